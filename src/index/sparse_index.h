// A segment's sparse index: for each block its position, and a key that is after all keys of the
// previous block and not after its own first one (its *separator*). The prefix that all keys of the
// segment share is stored once, and the next eight bytes of each separator are in a column that is
// searched first.
//
// It is in private memory, except long separators, which would take as much as the keys. These stay
// in the file, and memory holds a checksum of each: they are compared in place and then verified,
// so that later changes of the file have no effect.
//
// Thread rule: any thread, because it is immutable. The body must stay mapped.
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
  // Copies and verifies the section of the body that a verified header names. Null: it is damaged.
  // Throws std::bad_alloc.
  static std::unique_ptr<const SparseIndex> load(const std::uint8_t* body,
                                                 const SegmentHeader& header,
                                                 const SegmentSeeds& seeds);

  std::uint32_t blocks() const { return static_cast<std::uint32_t>(prefixes_.size()); }
  // The begin of a block in the body; for blocks(), the end of the last one. A block is not longer
  // than SegmentFormat::kMaxBlockSize, and not shorter than its header.
  std::uint32_t position(std::uint32_t block) const { return positions_[block]; }
  // The only block that can hold the key: the last whose separator is not after it, or the first if
  // all are. blocks(): the separators in the file have become invalid.
  std::uint32_t block_of(std::string_view key) const;
  // The lower bound of a block's keys, as common() and the rest. Long ones are read from the file.
  std::string_view common() const { return common_; }
  std::string_view separator(std::uint32_t block) const {  // without common()
    return separators_.substr(separator_begins_[block],
                              separator_begins_[block + 1] - separator_begins_[block]);
  }

  std::uint64_t bytes() const;  // of memory

 private:
  static constexpr std::size_t kPositionsAt = SegmentFormat::kSparseHeadSize;
  // Bytes for each block: longer separators stay in the file. Sixteen bytes more are in memory
  // anyway.
  static constexpr std::size_t kKept = 64;

  SparseIndex() = default;
  bool parse(const SegmentHeader& header, std::string_view section);
  bool take_positions(const SegmentHeader& header, const char* from);
  bool take_separators(const char* sizes, std::uint32_t blocks);
  void keep();
  void leave_in_file(std::string_view section, std::string_view in_file);
  enum Order : std::uint8_t { kNotAfter, kAfter, kDamaged };
  // Compares a separator with the part of a key after the common prefix.
  Order compare(std::uint32_t block, std::uint64_t prefix, std::string_view rest) const;
  bool is_in_file() const { return !checks_.empty(); }

  std::string kept_;  // storage of the two views, unless they are in the file
  std::string_view common_, separators_;
  std::vector<std::uint32_t> positions_, separator_begins_;
  std::vector<std::uint64_t> prefixes_;
  std::vector<std::uint32_t> checks_;  // of the separators in the file, and of the common prefix
};

}  // namespace kvstore::index
