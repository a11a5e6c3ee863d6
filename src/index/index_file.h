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

// A checkpoint, and the runs that it names, newest first. A segment that does not check out
// is null in its run.
struct SealedIndex {
  log::Checkpoint checkpoint;
  std::vector<std::shared_ptr<const Run>> runs;
};

// The checkpoint that a slot names, if it and nearly all of its segments check out and it was
// durable by then: else none.
std::optional<SealedIndex> read_checkpoint(const log::View& view, const log::Slot& slot);

// The runs alone. Null, too, is a segment that is not its run's: it names records outside the
// run's stretch, or has keys of the next one, or the next one has keys of it. Reads some six pages a
// segment. Throws std::bad_alloc.
std::vector<std::shared_ptr<const Run>> open_runs(const log::Checkpoint& checkpoint,
                                                  const log::View& view);
// Keys from `first` on, and below `end`, if there is one.
struct SegmentKeys {
  std::string first;
  std::optional<std::string> end;
  // Of a run's segment.
  static SegmentKeys of(const Run& run, std::size_t number);
};
// Builds the run's segment `number` anew, in memory, as if it were at its place: from its
// blocks if those check out, else from the run's stretch of the log, all of which it reads. Before
// that stretch the log's last seq is `seq_before`. What cannot be read there is added to *corrupt.
// Throws std::bad_alloc.
std::shared_ptr<const Segment> rebuilt_segment(const log::View& view, const Run& run,
                                               std::size_t number, std::uint64_t seq_before,
                                               std::uint64_t hash_seed,
                                               std::vector<log::CorruptRange>* corrupt);

}  // namespace kvstore::index
