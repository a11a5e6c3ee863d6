#include "src/index/sparse_index.h"

#include <algorithm>

#include "src/index/cursor.h"

namespace kvstore::index {

using F = SegmentFormat;

namespace {

std::uint32_t check_of(std::string_view bytes) { return crc32c(0, bytes.data(), bytes.size()); }

}  // namespace

// Verifies a copy, which cannot change.
std::unique_ptr<const SparseIndex> SparseIndex::load(const std::uint8_t* body,
                                                     const SegmentHeader& header,
                                                     const SegmentSeeds& seeds) {
  const std::uint64_t size = std::uint64_t{header.sparse_end} - header.blocks_end;
  if (size < F::kSparseHeadSize) return nullptr;
  const std::string_view in_file(reinterpret_cast<const char*>(body) + header.blocks_end, size);
  const std::string section(in_file);
  if (load_le<std::uint32_t>(section.data()) !=
      segment_check(seeds.sparse(), section.data() + 4, size - 4)) {
    return nullptr;
  }
  std::unique_ptr<SparseIndex> index(new SparseIndex);
  if (!index->parse(header, section)) return nullptr;
  if (index->common_.size() + index->separators_.size() <= kKept * header.blocks) {
    index->keep();
  } else {
    index->leave_in_file(section, in_file);
  }
  return index;
}

bool SparseIndex::parse(const SegmentHeader& header, std::string_view section) {
  const std::uint32_t blocks = header.blocks;
  const std::uint64_t common_size = load_le<std::uint32_t>(section.data() + 4);
  const std::uint64_t sizes_at = kPositionsAt + (std::uint64_t{blocks} + 1) * sizeof(std::uint32_t);
  const std::uint64_t common_at = sizes_at + std::uint64_t{blocks} * sizeof(std::uint16_t);
  if (common_at + common_size > section.size()) return false;
  common_ = section.substr(common_at, common_size);
  separators_ = section.substr(common_at + common_size);
  return take_positions(header, section.data() + kPositionsAt) &&
         take_separators(section.data() + sizes_at, blocks);
}

bool SparseIndex::take_positions(const SegmentHeader& header, const char* from) {
  positions_.reserve(std::size_t{header.blocks} + 1);
  for (std::uint32_t i = 0; i <= header.blocks; ++i) {
    positions_.push_back(load_le<std::uint32_t>(from + std::size_t{i} * sizeof(std::uint32_t)));
  }
  if (position(0) != F::kHeaderSize || position(header.blocks) != header.blocks_end) return false;
  for (std::uint32_t i = 0; i < header.blocks; ++i) {
    const std::uint64_t begin = position(i), end = position(i + 1);
    if (end < begin + F::kBlockHeadSize || end - begin > F::kMaxBlockSize) return false;
  }
  return true;
}

// The first is empty, because all keys of the segment are after it; the others ascend.
bool SparseIndex::take_separators(const char* sizes, std::uint32_t blocks) {
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

// Stores the bytes of both views consecutively.
void SparseIndex::keep() {
  const std::size_t common_size = common_.size();
  kept_.assign(common_.data(), common_size + separators_.size());
  common_ = std::string_view(kept_).substr(0, common_size);
  separators_ = std::string_view(kept_).substr(common_size);
}

void SparseIndex::leave_in_file(std::string_view section, std::string_view in_file) {
  checks_.reserve(std::size_t{blocks()} + 1);
  for (std::uint32_t i = 0; i < blocks(); ++i) checks_.push_back(check_of(separator(i)));
  checks_.push_back(check_of(common_));
  const auto common_at = static_cast<std::size_t>(common_.data() - section.data());
  separators_ = in_file.substr(common_at + common_.size());
  common_ = in_file.substr(common_at, common_.size());
}

SparseIndex::Order SparseIndex::compare(std::uint32_t block, std::uint64_t prefix,
                                        std::string_view rest) const {
  if (prefixes_[block] != prefix) return prefixes_[block] < prefix ? kNotAfter : kAfter;
  const Order order = separator(block) <= rest ? kNotAfter : kAfter;
  return is_in_file() && check_of(separator(block)) != checks_[block] ? kDamaged : order;
}

std::uint32_t SparseIndex::block_of(std::string_view key) const {
  const int place = key.substr(0, common_.size()).compare(common_);
  if (is_in_file() && check_of(common_) != checks_.back()) return blocks();
  if (place != 0) return place < 0 ? 0 : blocks() - 1;
  const std::string_view rest = key.substr(common_.size());
  const std::uint64_t prefix = key_prefix(rest);
  std::uint32_t begin = 0, end = blocks();
  while (end - begin > 1) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    const Order order = compare(middle, prefix, rest);
    if (order == kDamaged) return blocks();
    (order == kNotAfter ? begin : end) = middle;
  }
  return begin;
}

std::uint64_t SparseIndex::bytes() const {
  return sizeof *this + kept_.capacity() +
         (positions_.capacity() + separator_begins_.capacity() + checks_.capacity()) *
             sizeof(std::uint32_t) +
         prefixes_.capacity() * sizeof(std::uint64_t);
}

}  // namespace kvstore::index
