// The parts of a file's index, from the newest to the oldest: the active memtable, the memtable
// that is being sealed, the sealed runs. Each has the newest records of the keys written in its
// range of the log. The ranges are consecutive, so the first part that has a key has its newest
// record. Immutable; replaced as a whole.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/index/memtable.h"
#include "src/index/run.h"

namespace kvstore::index {

struct Parts {
  std::shared_ptr<Memtable> active;
  // It covers exactly the records from this offset on.
  std::uint64_t active_begin = log::kHeaderPageSize;
  std::shared_ptr<Memtable> sealing;  // null for none
  std::uint64_t sealing_begin = 0;
  std::vector<std::shared_ptr<const Run>> runs;  // newest first

  // Whether a run has the segment of the EXTENT record at this offset.
  bool have_extent(std::uint64_t extent) const {
    return std::any_of(runs.begin(), runs.end(), [extent](const auto& run) {
      return std::any_of(run->parts().begin(), run->parts().end(),
                         [extent](const auto& part) { return part.place.extent == extent; });
    });
  }
};

}  // namespace kvstore::index
