// A segment's sparse index: for each block its position, and a key that is after all keys of the
// block before and not after its own first one (its *separator*). The bytes that all keys of the
// segment share are kept once, and the next eight of each separator stand in a column that is
// searched first.
//
// In private memory, but for separators that are long. Those would take as much as the keys, so
// they stay in the file, and memory keeps a check of each: it is compared where it is, and then
// checked, so that what has changed meanwhile decides nothing.
//
// Immutable, so for any thread. The body must stay mapped as long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
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
  std::uint32_t position(std::uint32_t block) const { return positions_[block]; }
  // The only block that can hold the key: the last whose separator is not after it. The first
  // if all are. blocks(): what is in the file does not check out any more.
  std::uint32_t block_of(std::string_view key) const;
  // What a block's first key and the ones after it are not before. Of long ones what the file has
  // now.
  std::string_view common() const { return common_; }
  std::string_view separator(std::uint32_t block) const {  // without common()
    return separators_.substr(separator_begins_[block],
                              separator_begins_[block + 1] - separator_begins_[block]);
  }

  std::uint64_t bytes() const;  // of memory

 private:
  static constexpr std::size_t kPositionsAt = SegmentFormat::kSparseHeadSize;
  // Bytes a block: longer ones stay in the file. Sixteen beside them are in memory anyway.
  static constexpr std::size_t kKept = 64;

  SparseIndex() = default;
  bool parse(const SegmentHeader& header, std::string_view section);
  bool take_positions(const SegmentHeader& header, const char* from);
  bool take_separators(const char* sizes, std::uint32_t blocks);
  void keep();
  void leave_in_file(std::string_view section, std::string_view in_file);
  enum Order : std::uint8_t { kNotAfter, kAfter, kDamaged };
  // Of a separator and what a key has beyond what is common.
  Order compare(std::uint32_t block, std::uint64_t prefix, std::string_view rest) const;
  bool is_in_file() const { return !checks_.empty(); }

  std::string kept_;  // what the two views are of, if not of the file
  std::string_view common_, separators_;
  std::vector<std::uint32_t> positions_, separator_begins_;
  std::vector<std::uint64_t> prefixes_;
  std::vector<std::uint32_t> checks_;  // of separators in the file, and of what is common
};

}  // namespace kvstore::index
