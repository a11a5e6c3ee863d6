// The CLEARs listed by the newest checkpoint in a file, to find CLEARs that the log has lost.
#pragma once

#include <cstdint>
#include <vector>

#include "src/log/checkpoint.h"
#include "src/log/recovery_scan.h"
#include "src/maint/source.h"

namespace kvstore::maint {

class KnownClears {
 public:
  // Reads the newest slot's checkpoint, if it is valid. Throws std::bad_alloc.
  explicit KnownClears(const Source& source);

  // The CLEARs that were in a damaged range, oldest first.
  std::vector<log::ClearMark> in(const log::CorruptRange& corrupt) const;
  // Whether the range cannot have had other CLEARs.
  bool know(const log::CorruptRange& corrupt) const {
    return corrupt.begin >= begin_ && corrupt.end <= covered_;
  }

 private:
  std::vector<log::ClearMark> clears_;
  std::uint64_t begin_ = 0;    // all CLEARs between this offset
  std::uint64_t covered_ = 0;  // and this one are known
};

}  // namespace kvstore::maint
