#include "src/maint/pieces.h"

#include <algorithm>

namespace kvstore::maint {

std::vector<Piece> pieces_of(const log::Record& record, const log::Binding& binding) {
  std::vector<Piece> pieces;
  const std::uint64_t size = record.value_size;
  const std::uint64_t step = log::block_count(size) == 0 ? size : log::kBlockSize;
  for (std::uint64_t begin = 0; begin < size; begin += step) {
    const std::uint64_t end = std::min(begin + step, size);
    const bool good = log::body_part_is_valid(record, binding, begin, end);
    if (!pieces.empty() && pieces.back().good == good) {
      pieces.back().end = end;
    } else {
      pieces.push_back({begin, end, good});
    }
  }
  return pieces;
}

std::uint64_t lost_bytes(const std::vector<Piece>& pieces) {
  std::uint64_t lost = 0;
  for (const Piece& piece : pieces) lost += piece.good ? 0 : piece.end - piece.begin;
  return lost;
}

}  // namespace kvstore::maint
