// What the index of one file is made of, from the newest part to the oldest: the memtable
// that is written to, the one that is being sealed, the sealed runs. Each knows the newest
// records of the keys written in its stretch of the log, and the stretches follow one another,
// so the first part that knows a key knows its newest record. Immutable; replaced as a whole.
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
  // Records from this offset on are in it, and no others.
  std::uint64_t active_begin = log::kHeaderPageSize;
  std::shared_ptr<Memtable> sealing;  // null for none
  std::uint64_t sealing_begin = 0;
  std::vector<std::shared_ptr<const Run>> runs;  // newest first

  // Whether a run has a segment behind the EXTENT record there.
  bool have_extent(std::uint64_t extent) const {
    return std::any_of(runs.begin(), runs.end(), [extent](const auto& run) {
      return std::any_of(run->parts().begin(), run->parts().end(),
                         [extent](const auto& part) { return part.place.extent == extent; });
    });
  }
};

}  // namespace kvstore::index
