// A segment's sparse index, in private memory: for each block its position, and a key that is
// after all keys of the block before and not after its own first one (its *separator*). The
// bytes that all keys of the segment share are kept once, and the next eight of each separator
// stand in a column that is searched first.
//
// Immutable, so for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "src/index/segment_format.h"

namespace kvstore::index {

class SparseIndex {
 public:
  // Copies and checks the section of the body that a checked header names. Null: it does not
  // check out. Throws std::bad_alloc.
  static std::unique_ptr<const SparseIndex> load(const std::uint8_t* body,
                                                 const SegmentHeader& header,
                                                 const SegmentSeeds& seeds);

  std::uint32_t blocks() const { return static_cast<std::uint32_t>(prefixes_.size()); }
  // Where a block begins in the body; of blocks(), where the last one ends. No block is longer
  // than SegmentFormat::kMaxBlockSize, nor shorter than its head.
  std::uint32_t position(std::uint32_t block) const {
    return load_le<std::uint32_t>(section_.data() + kPositionsAt +
                                  std::size_t{block} * sizeof(std::uint32_t));
  }
  // The only block that can hold the key: the last whose separator is not after it. The first
  // if all are.
  std::uint32_t block_of(std::string_view key) const;
  // What a block's first key and the ones after it are not before.
  std::string_view common() const { return common_; }
  std::string_view separator(std::uint32_t block) const {  // without common()
    return separators_.substr(separator_begins_[block],
                              separator_begins_[block + 1] - separator_begins_[block]);
  }

  std::uint64_t bytes() const;  // of memory

 private:
  static constexpr std::size_t kPositionsAt = SegmentFormat::kSparseHeadSize;

  SparseIndex() = default;
  bool parse(const SegmentHeader& header);
  bool positions_are_valid(const SegmentHeader& header) const;
  bool take_separators(const std::uint8_t* sizes, std::uint32_t blocks);
  bool is_before(std::uint32_t block, std::uint64_t prefix, std::string_view rest) const;

  std::vector<std::uint8_t> section_;  // as in the file
  std::string_view common_, separators_;
  std::vector<std::uint32_t> separator_begins_;
  std::vector<std::uint64_t> prefixes_;
};

}  // namespace kvstore::index
