#include "src/index/sparse_index.h"

#include <algorithm>

#include "src/index/cursor.h"

namespace kvstore::index {

using F = SegmentFormat;

std::unique_ptr<const SparseIndex> SparseIndex::load(const std::uint8_t* body,
                                                     const SegmentHeader& header,
                                                     const SegmentSeeds& seeds) {
  const std::uint64_t size = std::uint64_t{header.sparse_end} - header.blocks_end;
  if (size < F::kSparseHeadSize) return nullptr;
  std::unique_ptr<SparseIndex> index(new SparseIndex);
  index->section_.assign(body + header.blocks_end, body + header.sparse_end);
  const std::uint8_t* const section = index->section_.data();
  if (load_le<std::uint32_t>(section) != segment_check(seeds.sparse(), section + 4, size - 4)) {
    return nullptr;
  }
  if (!index->parse(header)) return nullptr;
  return index;
}

bool SparseIndex::parse(const SegmentHeader& header) {
  const std::uint32_t blocks = header.blocks;
  const std::uint64_t common_size = load_le<std::uint32_t>(section_.data() + 4);
  const std::uint64_t sizes_at = kPositionsAt + (std::uint64_t{blocks} + 1) * sizeof(std::uint32_t);
  const std::uint64_t common_at = sizes_at + std::uint64_t{blocks} * sizeof(std::uint16_t);
  if (common_at + common_size > section_.size()) return false;
  const std::string_view bytes(reinterpret_cast<const char*>(section_.data()), section_.size());
  common_ = bytes.substr(common_at, common_size);
  separators_ = bytes.substr(common_at + common_size);
  return positions_are_valid(header) && take_separators(section_.data() + sizes_at, blocks);
}

bool SparseIndex::positions_are_valid(const SegmentHeader& header) const {
  if (position(0) != F::kHeaderSize || position(header.blocks) != header.blocks_end) return false;
  for (std::uint32_t i = 0; i < header.blocks; ++i) {
    const std::uint64_t begin = position(i), end = position(i + 1);
    if (end < begin + F::kBlockHeadSize || end - begin > F::kMaxBlockSize) return false;
  }
  return true;
}

// The first is empty, for all keys of the segment are after it; then they rise.
bool SparseIndex::take_separators(const std::uint8_t* sizes, std::uint32_t blocks) {
  separator_begins_.reserve(std::size_t{blocks} + 1);
  prefixes_.reserve(blocks);
  std::uint32_t begin = 0;
  separator_begins_.push_back(begin);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    begin += load_le<std::uint16_t>(sizes + std::size_t{i} * sizeof(std::uint16_t));
    if (begin > separators_.size() || (i == 0 && begin != 0)) return false;
    separator_begins_.push_back(begin);
    prefixes_.push_back(key_prefix(separator(i)));
    if (i != 0 && separator(i) <= separator(i - 1)) return false;
  }
  return begin == separators_.size();
}

bool SparseIndex::is_before(std::uint32_t block, std::uint64_t prefix,
                            std::string_view rest) const {
  if (prefixes_[block] != prefix) return prefixes_[block] < prefix;
  return separator(block) <= rest;
}

std::uint32_t SparseIndex::block_of(std::string_view key) const {
  const int place = key.substr(0, common_.size()).compare(common_);
  if (place != 0) return place < 0 ? 0 : blocks() - 1;
  const std::string_view rest = key.substr(common_.size());
  const std::uint64_t prefix = key_prefix(rest);
  std::uint32_t begin = 0, end = blocks();
  while (end - begin > 1) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    (is_before(middle, prefix, rest) ? begin : end) = middle;
  }
  return begin;
}

std::uint64_t SparseIndex::bytes() const {
  return sizeof *this + section_.capacity() + separator_begins_.capacity() * sizeof(std::uint32_t) +
         prefixes_.capacity() * sizeof(std::uint64_t);
}

}  // namespace kvstore::index
