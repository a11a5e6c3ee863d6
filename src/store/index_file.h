// The index as it is in the file: checkpoints, and the segments that they name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/function_ref.h"
#include "src/index/run.h"
#include "src/index/segment_builder.h"
#include "src/log/checkpoint.h"
#include "src/log/log.h"
#include "src/log/recovery_scan.h"
#include "src/log/view.h"

namespace kvstore {

// The checkpoint that a slot names, if it checks out and was durable by then: else none.
std::optional<log::Checkpoint> read_checkpoint(const log::View& view, const log::Slot& slot);

// Its runs, newest first. A segment that does not check out is null in its run.
std::vector<std::shared_ptr<const index::Run>> open_runs(const log::Checkpoint& checkpoint,
                                                         const log::View& view);
// Null if it does not check out.
std::shared_ptr<const index::Segment> open_segment(const log::SegmentPlace& place,
                                                   const log::View& view, std::uint64_t hash_seed);

// Keys from `first` on, and below `end`, if there is one.
struct SegmentKeys {
  std::string first;
  std::optional<std::string> end;
};
// Builds a segment in memory of what the run's stretch of the log says of these keys, as if
// it were at `body`. What cannot be read there is added to *corrupt.
// Reads all of that stretch. Throws std::bad_alloc.
std::shared_ptr<const index::Segment> segment_from_log(const log::View& view, const index::Run& run,
                                                       const SegmentKeys& range, std::uint64_t body,
                                                       std::uint64_t hash_seed,
                                                       std::vector<log::CorruptRange>* corrupt);

// Writes a run into the file, segment after segment, each of about kSegmentSize. One thread's.
class RunWriter {
 public:
  static constexpr std::uint64_t kSegmentSize = std::uint64_t{4} << 20;
  // Makes room for a body of so many bytes.
  using Room = FunctionRef<Result<log::ExtentPlace>(std::uint64_t size)>;

  // `view` is for the bytes' place and what binds them to it.
  RunWriter(const log::View& view, std::uint64_t hash_seed, std::uint8_t* data)
      : view_(view), data_(data), hash_seed_(hash_seed), builder_(*view.binding, hash_seed) {}

  // Keys strictly rising. Errors: room()'s. Throws std::bad_alloc. Then the run cannot be
  // finished; parts() are what was stored.
  Status add(std::string_view key, index::Entry entry, Room room);
  // What was added, as a run that knows the log's stretch [begin, end).
  Result<std::shared_ptr<const index::Run>> finish(std::uint64_t begin, std::uint64_t end,
                                                   std::uint64_t last_seq, Room room);
  const std::vector<index::Run::Part>& parts() const { return parts_; }

 private:
  Status store_segment(Room room);

  const log::View view_;
  std::uint8_t* const data_;
  const std::uint64_t hash_seed_;
  index::SegmentBuilder builder_;
  std::vector<index::Run::Part> parts_;
};

}  // namespace kvstore
