#include "tests/fuzz/seal_segment.h"

#include <optional>
#include <utility>
#include <vector>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/index/segment_format.h"

namespace kvstore::fuzz {
namespace {

using F = index::SegmentFormat;

constexpr std::uint32_t kLeaveBad = 0xFFFFFFFF;
constexpr std::uint64_t kCheckSize = 4;

struct Piece {
  std::uint64_t begin = 0, end = 0;
};

std::uint32_t u32_at(const std::uint8_t* body, std::uint64_t position) {
  return load_le<std::uint32_t>(body + position);
}

void seal_piece(std::uint8_t* body, const Piece& piece, std::uint32_t seed) {
  if (u32_at(body, piece.begin) == kLeaveBad) return;
  store_le(body + piece.begin,
           index::segment_check(seed, body + piece.begin + kCheckSize,
                                static_cast<std::size_t>(piece.end - piece.begin - kCheckSize)));
}

// As the sparse index has them; none if it makes no sense of any.
std::vector<Piece> blocks_of(const std::uint8_t* body, const Piece& sparse) {
  const std::uint64_t count = u32_at(body, 52);
  const std::uint64_t positions = sparse.begin + 8;
  std::vector<Piece> blocks;
  if (count > (sparse.end - sparse.begin) / 4 || positions + (count + 1) * 4 > sparse.end)
    return {};
  for (std::uint64_t i = 0; i < count; ++i) {
    const Piece block{u32_at(body, positions + i * 4), u32_at(body, positions + i * 4 + 4)};
    const bool fits = block.begin >= F::kHeaderSize && block.end <= sparse.begin &&
                      block.begin + kCheckSize <= block.end;
    if (!fits) return {};
    blocks.push_back(block);
  }
  return blocks;
}

std::uint32_t content_of(const std::uint8_t* body, const std::vector<Piece>& blocks) {
  std::uint32_t content = 0;
  for (const Piece& block : blocks) {
    content = crc32c(content, body + block.begin + kCheckSize,
                     static_cast<std::size_t>(block.end - block.begin - kCheckSize));
  }
  return content;
}

}  // namespace

void seal_segment(std::uint8_t* body, std::uint64_t at, std::uint64_t size,
                  const log::Binding& binding) {
  if (size < F::kHeaderSize) return;
  const Piece sparse{u32_at(body, 56), u32_at(body, 60)};
  const bool has_sparse =
      sparse.begin >= F::kHeaderSize && sparse.end >= sparse.begin + 8 && sparse.end <= size;
  if (has_sparse) {
    const std::vector<Piece> blocks = blocks_of(body, sparse);
    if (!blocks.empty()) store_le(body + 48, content_of(body, blocks));
    const index::SegmentSeeds seeds(binding, at, u32_at(body, 48));
    for (std::uint32_t i = 0; i < blocks.size(); ++i) seal_piece(body, blocks[i], seeds.block(i));
    seal_piece(body, sparse, seeds.sparse());
    const std::uint64_t directory = u32_at(body, 64), buckets = u32_at(body, 68);
    for (std::uint32_t i = 0; i < buckets; ++i) {
      const std::uint64_t begin = directory + std::uint64_t{i} * F::kBucketSize;
      if (begin + F::kBucketSize > size) break;
      std::uint8_t* const check = body + begin + F::kBucketSize - kCheckSize;
      if (load_le<std::uint32_t>(check) == kLeaveBad) continue;
      store_le(check,
               index::segment_check(seeds.bucket(i), body + begin, F::kBucketSize - kCheckSize));
    }
  }
  seal_piece(body, {0, F::kHeaderSize}, index::SegmentSeeds::header(binding, at));
}

}  // namespace kvstore::fuzz
