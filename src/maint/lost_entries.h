// What the index in a damaged file knows of records that the log has lost.
//
// A run holds the keys themselves, so where the log has nothing but rotten bytes left, the index
// may still say whose newest record stood there; and that no other key's did.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/index/run.h"
#include "src/maint/source.h"

namespace kvstore::maint {

// Constant once it is made; then for any thread.
class LostEntries {
 public:
  struct Entry {
    std::string key;
    std::uint64_t offset = 0;  // of its newest record in a run's stretch of the log
  };

  // `source` is not needed afterwards. Walks all runs of the newest slot's checkpoint, if that checks out. `is_lost`: whether the
  // record at an offset is. Throws std::bad_alloc.
  LostEntries(const Source& source, const std::function<bool(std::uint64_t offset)>& is_lost);

  // Those whose record is lost, the newest run's first.
  const std::vector<Entry>& entries() const { return entries_; }
  // Whether all keys with a record in these bytes of the log are known.
  bool know(std::uint64_t begin, std::uint64_t end) const;

 private:
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  bool read(const index::Run& run, const std::function<bool(std::uint64_t offset)>& is_lost);

  std::vector<Entry> entries_;
  std::uint64_t covered_ = 0;     // the runs know the log up to here
  std::vector<Stretch> unknown_;  // of runs that have a segment which does not check out
};

}  // namespace kvstore::maint
