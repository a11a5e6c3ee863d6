// The CLEARs that the newest checkpoint in a file lists: where the log has lost one, that says so.
#pragma once

#include <cstdint>
#include <vector>

#include "src/log/checkpoint.h"
#include "src/log/recovery_scan.h"
#include "src/maint/source.h"

namespace kvstore::maint {

class KnownClears {
 public:
  // Of the newest slot's checkpoint, if that checks out. Throws std::bad_alloc.
  explicit KnownClears(const Source& source);

  // Those that stood in a damaged range, oldest first.
  std::vector<log::ClearMark> in(const log::CorruptRange& corrupt) const;
  // Whether no others can have stood there.
  bool know(const log::CorruptRange& corrupt) const {
    return corrupt.begin >= begin_ && corrupt.end <= covered_;
  }

 private:
  std::vector<log::ClearMark> clears_;
  std::uint64_t begin_ = 0;    // they are all that stood between here
  std::uint64_t covered_ = 0;  // and here
};

}  // namespace kvstore::maint
