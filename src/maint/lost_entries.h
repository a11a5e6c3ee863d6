// What the index in a damaged file knows about records that the log has lost.
//
// A run holds the keys themselves. So even if the log is unreadable at a place, the index may tell
// which keys had their newest record there, and that no others did.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/index/run.h"
#include "src/maint/source.h"

namespace kvstore::maint {

// Constant after construction; then thread rule: any thread.
class LostEntries {
 public:
  struct Entry {
    std::string key;
    std::uint64_t offset = 0;  // of its newest record in a run's part of the log
  };

  // Reads all runs of the newest slot's checkpoint, if it is valid. `is_lost` tells whether the
  // record at an offset is lost. `source` is not needed afterwards. Throws std::bad_alloc.
  LostEntries(const Source& source, const std::function<bool(std::uint64_t offset)>& is_lost);

  // The entries with a lost record, those of the newest run first.
  const std::vector<Entry>& entries() const { return entries_; }
  // Whether all keys with a record in this range of the log are known.
  bool know(std::uint64_t begin, std::uint64_t end) const;

 private:
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  bool read(const index::Run& run, const std::function<bool(std::uint64_t offset)>& is_lost);

  std::vector<Entry> entries_;
  std::uint64_t covered_ = 0;     // the runs cover the log up to here
  std::vector<Stretch> unknown_;  // of runs with a damaged segment
};

}  // namespace kvstore::maint
