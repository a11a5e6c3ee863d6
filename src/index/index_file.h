// The index as it is in the file: checkpoints, and the segments that they name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/index/run.h"
#include "src/log/checkpoint.h"
#include "src/log/header_page.h"
#include "src/log/recovery_scan.h"
#include "src/log/view.h"

namespace kvstore::index {

// The checkpoint that a slot names, if it checks out and was durable by then: else none.
std::optional<log::Checkpoint> read_checkpoint(const log::View& view, const log::Slot& slot);

// Its runs, newest first. A segment that does not check out is null in its run.
std::vector<std::shared_ptr<const Run>> open_runs(const log::Checkpoint& checkpoint,
                                                  const log::View& view);
// Null if it does not check out.
std::shared_ptr<const Segment> open_segment(const log::SegmentPlace& place, const log::View& view,
                                            std::uint64_t hash_seed);

// Keys from `first` on, and below `end`, if there is one.
struct SegmentKeys {
  std::string first;
  std::optional<std::string> end;
};
// Builds a segment in memory of what the run's stretch of the log says of these keys, as if
// it were at `body`. What cannot be read there is added to *corrupt.
// Reads all of that stretch. Throws std::bad_alloc.
std::shared_ptr<const Segment> segment_from_log(const log::View& view, const Run& run,
                                                const SegmentKeys& range, std::uint64_t body,
                                                std::uint64_t hash_seed,
                                                std::vector<log::CorruptRange>* corrupt);

}  // namespace kvstore::index
