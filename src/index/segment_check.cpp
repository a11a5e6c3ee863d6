// Segment::check_all: verifies a segment, including the agreement of its parts.

#include <algorithm>
#include <string>

#include "src/base/hash.h"
#include "src/index/segment.h"
#include "src/index/segment_cursor.h"

namespace kvstore::index {

class SegmentCheck {
 public:
  explicit SegmentCheck(const Segment& segment) : segment_(segment), cursor_(segment) {}

  std::optional<SegmentFault> run() {
    if (segment_.sparse() == nullptr) {
      return fault("its sparse index does not match its checksum", segment_.header().blocks_end);
    }
    std::optional<SegmentFault> found = check_gaps();
    if (!found) found = check_directory();
    if (!found) found = check_keys();
    return found;
  }

 private:
  using F = SegmentFormat;

  // `position` is relative to the body.
  SegmentFault fault(std::string what, std::uint64_t position) const {
    return {std::move(what), segment_.at() + position};
  }
  SegmentFault fault_in_block(std::string what) const {
    return fault(std::move(what), segment_.sparse()->position(cursor_.block()));
  }

  std::optional<SegmentFault> check_gap(std::uint64_t begin, std::uint64_t end) const {
    const std::uint8_t* const last = segment_.body() + end;
    const std::uint8_t* const found =
        std::find_if(segment_.body() + begin, last, [](std::uint8_t byte) { return byte != 0; });
    if (found == last) return std::nullopt;
    return fault("there are bytes where none should be",
                 static_cast<std::uint64_t>(found - segment_.body()));
  }

  std::optional<SegmentFault> check_gaps() const {
    const SegmentHeader& header = segment_.header();
    const std::uint64_t end = header.directory + std::uint64_t{header.buckets} * F::kBucketSize;
    std::optional<SegmentFault> found = check_gap(header.sparse_end, header.directory);
    if (!found) found = check_gap(end, header.size);
    return found;
  }

  // Buckets must be filled from the front, with as many slots as there are keys.
  std::optional<SegmentFault> check_directory() const {
    std::uint64_t slots = 0;
    for (std::uint32_t number = 0; number < segment_.shape_.buckets(); ++number) {
      const std::uint64_t position =
          segment_.header().directory + std::uint64_t{number} * F::kBucketSize;
      std::uint8_t copy[F::kBucketSize];
      if (!segment_.load_bucket(number, copy)) {
        return fault(
            "bucket " + std::to_string(number) + " of its directory does not match its checksum",
            position);
      }
      unsigned used = 0;
      for (unsigned i = 0; i < F::kSlots; ++i) {
        if (load_le48(copy + i * F::kSlotSize) == 0) continue;
        if (i != used++) {
          return fault("bucket " + std::to_string(number) +
                           " of its directory has a free slot "
                           "before a used one",
                       position);
        }
      }
      slots += used;
    }
    if (slots == segment_.keys()) return std::nullopt;
    return fault("its directory has " + std::to_string(slots) + " keys, its header says " +
                     std::to_string(segment_.keys()),
                 segment_.header().directory);
  }

  std::optional<SegmentFault> check_keys() {
    std::uint64_t keys = 0;
    std::string previous;
    std::uint32_t block = 0;
    for (cursor_.seek_first(); cursor_.valid(); cursor_.next(), ++keys) {
      if (keys != 0 && cursor_.key() <= previous) return fault_in_block("its keys do not rise");
      if ((keys == 0 || cursor_.block() != block) && !is_separated(previous, keys == 0)) {
        return fault_in_block("its sparse index has another key for block " +
                              std::to_string(cursor_.block()));
      }
      if (std::optional<SegmentFault> found = check_key()) return found;
      previous = cursor_.key();
      block = cursor_.block();
    }
    if (cursor_.damaged()) {
      return fault_in_block("block " + std::to_string(cursor_.block()) +
                            " does not match its checksum");
    }
    if (keys == segment_.keys()) return std::nullopt;
    return fault("its blocks have " + std::to_string(keys) + " keys, its header says " +
                     std::to_string(segment_.keys()),
                 0);
  }

  // Whether the separator of the block just entered is after the previous keys and not after its
  // own, and all keys have the common prefix.
  bool is_separated(std::string_view previous, bool first) const {
    const SparseIndex& sparse = *segment_.sparse();
    std::string separator(sparse.common());
    separator += sparse.separator(cursor_.block());
    if (cursor_.key() < separator) return false;
    return first ? cursor_.key().starts_with(sparse.common()) : previous < separator;
  }

  std::optional<SegmentFault> check_key() const {
    const std::uint64_t offset = cursor_.entry().offset();
    if (!cursor_.key().starts_with(segment_.sparse()->common())) {
      return fault_in_block("a key does not begin as the sparse index says that all do");
    }
    std::uint64_t found = 0;
    const Segment::Probe probe = segment_.find(
        hash_key(cursor_.key(), segment_.header().hash_seed),
        [&](std::uint64_t candidate) { return candidate == offset; }, &found);
    if (probe == Segment::Probe::kFound) return std::nullopt;
    return fault_in_block("the key whose record is at " + std::to_string(offset) +
                          " is not in its directory");
  }

  const Segment& segment_;
  SegmentCursor cursor_;
};

std::optional<SegmentFault> Segment::check_all() const { return SegmentCheck(*this).run(); }

}  // namespace kvstore::index
