#include "src/index/segment_format.h"

#include <algorithm>

namespace kvstore::index {

using F = SegmentFormat;

namespace {

bool parts_fit(const SegmentHeader& header, std::uint64_t at) {
  const std::uint64_t blocks_size = std::uint64_t{header.blocks_end} - F::kHeaderSize;
  const std::uint64_t directory_size = std::uint64_t{header.buckets} * F::kBucketSize;
  return header.blocks_end >= F::kHeaderSize && header.blocks_end <= header.sparse_end &&
         header.sparse_end <= header.directory && (at + header.directory) % F::kBucketSize == 0 &&
         header.directory + directory_size <= header.size &&
         header.blocks <= blocks_size / F::kBlockHeadSize;
}

// A key takes at least two bytes of a block, and some slot of the directory is free.
bool counts_fit(const SegmentHeader& header) {
  return header.keys >= header.blocks && header.blocks >= 1 && header.keys < header.size / 2 &&
         header.keys < std::uint64_t{header.buckets} * F::kSlots;
}

bool offsets_fit(const SegmentHeader& header) {
  return header.base % 8 == 0 && header.span % 8 == 0 && header.base <= F::kMaxOffset &&
         header.span <= F::kMaxOffset - header.base;
}

}  // namespace

void SegmentHeader::store(std::uint8_t* to, const log::Binding& binding, std::uint64_t at) const {
  std::fill_n(to, F::kHeaderSize, std::uint8_t{0});
  store_le(to + 4, F::kVersion);
  store_le(to + 8, size);
  store_le(to + 16, hash_seed);
  store_le(to + 24, keys);
  store_le(to + 32, base);
  store_le(to + 40, span);
  store_le(to + 48, content);
  store_le(to + 52, blocks);
  store_le(to + 56, blocks_end);
  store_le(to + 60, sparse_end);
  store_le(to + 64, directory);
  store_le(to + 68, buckets);
  store_le(to, segment_check(SegmentSeeds::header(binding, at), to + 4, F::kHeaderSize - 4));
}

std::optional<SegmentHeader> SegmentHeader::load(const std::uint8_t* from,
                                                 const log::Binding& binding, std::uint64_t at,
                                                 std::uint64_t size) {
  std::uint8_t copy[F::kHeaderSize];  // so that check and use see the same bytes
  std::copy_n(from, sizeof copy, copy);
  if (load_le<std::uint32_t>(copy) !=
      segment_check(SegmentSeeds::header(binding, at), copy + 4, sizeof copy - 4)) {
    return std::nullopt;
  }
  SegmentHeader header;
  header.size = load_le<std::uint64_t>(copy + 8);
  header.hash_seed = load_le<std::uint64_t>(copy + 16);
  header.keys = load_le<std::uint64_t>(copy + 24);
  header.base = load_le<std::uint64_t>(copy + 32);
  header.span = load_le<std::uint64_t>(copy + 40);
  header.content = load_le<std::uint32_t>(copy + 48);
  header.blocks = load_le<std::uint32_t>(copy + 52);
  header.blocks_end = load_le<std::uint32_t>(copy + 56);
  header.sparse_end = load_le<std::uint32_t>(copy + 60);
  header.directory = load_le<std::uint32_t>(copy + 64);
  header.buckets = load_le<std::uint32_t>(copy + 68);
  const bool fits = load_le<std::uint32_t>(copy + 4) == F::kVersion && header.size == size &&
                    parts_fit(header, at) && counts_fit(header) && offsets_fit(header);
  if (!fits) return std::nullopt;
  return header;
}

std::size_t shared_prefix(const char* a, std::size_t a_size, const char* b, std::size_t b_size) {
  const std::size_t limit = std::min(a_size, b_size);
  std::size_t shared = 0;
  while (shared + 8 <= limit) {
    const auto differing = load_le<std::uint64_t>(a + shared) ^ load_le<std::uint64_t>(b + shared);
    if (differing != 0) return shared + static_cast<unsigned>(std::countr_zero(differing)) / 8;
    shared += 8;
  }
  while (shared < limit && a[shared] == b[shared]) ++shared;
  return shared;
}

}  // namespace kvstore::index
