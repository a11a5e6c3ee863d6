// A sorted run: of each key that has a record in a stretch of the log, the newest record
// there. It is a list of segments (segment.h), each the body of an EXTENT, whose ranges of
// keys rise: each has those from its first key on, which is held in memory, to the next one's; the
// first segment has those below its own, too. Immutable.
//
// What a segment names lies in the run's stretch: index_file.h opens no other.
//
// Thread rule: any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/index/cursor.h"
#include "src/index/segment.h"
#include "src/log/checkpoint.h"

namespace kvstore::index {

class Run {
 public:
  // A segment that is in the file, or was built anew in memory because that one does not
  // check out.
  struct Part {
    log::SegmentPlace place;
    std::shared_ptr<const Segment> segment;  // null: it does not check out
  };

  Run(std::uint64_t begin, std::uint64_t end, std::uint64_t last_seq, std::vector<Part> parts);

  std::uint64_t begin() const { return begin_; }  // of the log, in bytes
  std::uint64_t end() const { return end_; }
  // No record that it names has a higher one.
  std::uint64_t last_seq() const { return last_seq_; }
  std::uint64_t keys() const { return keys_; }
  std::uint64_t bytes() const;  // of memory
  const std::vector<Part>& parts() const { return parts_; }
  log::RunPlace place() const;

  // The number of the segment that has the key if any has. 0 if there are none.
  std::size_t segment_of(std::string_view key) const;
  // The same, and asks for the memory that a look-up of the key looks at first.
  std::size_t prefetch(std::string_view key, std::uint64_t hash) const {
    const std::size_t number = segment_of(key);
    const Segment* const segment = number < parts_.size() ? parts_[number].segment.get() : nullptr;
    if (segment != nullptr) segment->prefetch(hash);
    return number;
  }

  // Where a segment has no keys, because none of its range could be read, it names this instead:
  // the place of no record of the stretch.
  static bool is_empty(const Segment& segment, std::uint64_t end) {
    return segment.keys() == 1 && segment.lowest_offset() == end;
  }
  // Whether a segment is what its place says: reads all of it.
  bool checks_out(std::size_t number) const;

  // Ends with damaged() where a segment does not check out.
  std::unique_ptr<Cursor> cursor() const;

  // The same run with another segment in the place of one.
  std::shared_ptr<const Run> with(std::size_t number, Part part) const;

 private:
  const std::uint64_t begin_, end_, last_seq_;
  const std::vector<Part> parts_;
  std::vector<std::uint64_t> prefixes_;  // of the first keys
  std::uint64_t keys_ = 0;
};

}  // namespace kvstore::index
