// A sorted run: for each key with a record in a range of the log, the newest such record. It is a
// list of segments (segment.h), each the body of an EXTENT, with ascending key ranges: each has the
// keys from its first key, which is held in memory, to the next one's; the first segment has lower
// keys, too. Immutable.
//
// The records that a segment names lie in the run's range: index_file.h opens no others.
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
  // A segment in the file, or one that was rebuilt in memory because that is damaged.
  struct Part {
    log::SegmentPlace place;
    std::shared_ptr<const Segment> segment;  // null: it is damaged
  };

  Run(std::uint64_t begin, std::uint64_t end, std::uint64_t last_seq, std::vector<Part> parts);

  std::uint64_t begin() const { return begin_; }  // begin of its range of the log
  std::uint64_t end() const { return end_; }
  // No record that it names has a higher seq.
  std::uint64_t last_seq() const { return last_seq_; }
  std::uint64_t keys() const { return keys_; }
  std::uint64_t bytes() const;  // of memory
  const std::vector<Part>& parts() const { return parts_; }
  log::RunPlace place() const;

  // The index of the only segment that can have the key. 0 if there are none.
  std::size_t segment_of(std::string_view key) const;
  // The same, and prefetches the memory that a look-up of the key reads first.
  std::size_t prefetch(std::string_view key, std::uint64_t hash) const {
    const std::size_t number = segment_of(key);
    const Segment* const segment = number < parts_.size() ? parts_[number].segment.get() : nullptr;
    if (segment != nullptr) segment->prefetch(hash);
    return number;
  }

  // A segment without keys, because none in its range could be read, has this entry instead, which
  // is not the offset of a record in the range.
  static bool is_empty(const Segment& segment, std::uint64_t end) {
    return segment.keys() == 1 && segment.lowest_offset() == end;
  }
  // Verifies a segment completely.
  bool checks_out(std::size_t number) const;

  // The cursor is damaged() at a damaged segment.
  std::unique_ptr<Cursor> cursor() const;

  // A copy of the run with one segment replaced.
  std::shared_ptr<const Run> with(std::size_t number, Part part) const;

 private:
  const std::uint64_t begin_, end_, last_seq_;
  const std::vector<Part> parts_;
  std::vector<std::uint64_t> prefixes_;  // of the first keys
  std::uint64_t keys_ = 0;
};

}  // namespace kvstore::index
