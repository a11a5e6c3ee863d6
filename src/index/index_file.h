// The index in the file: checkpoints, and the segments that they name.
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

// A checkpoint with its runs, newest first. A damaged segment is null in its run.
struct SealedIndex {
  log::Checkpoint checkpoint;
  std::vector<std::shared_ptr<const Run>> runs;
};

// The checkpoint that a slot names, if it was durable by then and it and nearly all of its segments
// are valid; else nullopt.
std::optional<SealedIndex> read_checkpoint(const log::View& view, const log::Slot& slot);

// Opens only the runs. A segment is null if it is damaged or does not belong to its run: it names
// records outside the run's range, or its keys overlap those of the next segment. Reads about six
// pages for each segment. Throws std::bad_alloc.
std::vector<std::shared_ptr<const Run>> open_runs(const log::Checkpoint& checkpoint,
                                                  const log::View& view);
// The keys from `first` on, and below `end` if that is set.
struct SegmentKeys {
  std::string first;
  std::optional<std::string> end;
  // The keys of a segment of a run.
  static SegmentKeys of(const Run& run, std::size_t number);
};
// Rebuilds segment `number` of the run in memory, as if it were at its place: from its blocks if
// they are valid, else from the run's range of the log, all of which it reads. `seq_before` is the
// log's last seq before that range. Unreadable ranges are added to *corrupt. Throws std::bad_alloc.
std::shared_ptr<const Segment> rebuilt_segment(const log::View& view, const Run& run,
                                               std::size_t number, std::uint64_t seq_before,
                                               std::uint64_t hash_seed,
                                               std::vector<log::CorruptRange>* corrupt);

}  // namespace kvstore::index
