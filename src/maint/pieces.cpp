#include "src/maint/pieces.h"

#include <algorithm>
#include <string>

#include "src/log/encoded_value.h"
#include "src/log/reference.h"

namespace kvstore::maint {

namespace {

// Size of the units in which the value is good or damaged.
std::uint64_t step_of(const log::Record& record) {
  if (record.is_encoded()) return std::uint64_t{1} << record.encoding.block_shift;
  return log::block_count(record.value_size) == 0 ? record.value_size : log::kBlockSize;
}

bool is_good(const log::View& view, const log::Record& record, std::uint64_t begin,
             std::uint64_t end) {
  if (!record.is_encoded()) return log::body_part_is_valid(record, *view.binding, begin, end);
  std::string block(end - begin, '\0');
  return log::decode_part(view, record, begin, end, block.data()) == nullptr;
}

void add(std::uint64_t begin, std::uint64_t end, bool good, std::vector<Piece>* pieces) {
  if (!pieces->empty() && pieces->back().good == good) {
    pieces->back().end = end;
  } else {
    pieces->push_back({begin, end, good});
  }
}

// The pieces by the records' heads alone.
std::vector<Piece> pieces_of_reference(const log::View& view, const log::Record& record) {
  const auto reference = log::Reference::of(view, record);
  if (!reference) return {{0, record.length(), false}};
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < reference->size(); ++i) {
    const log::ReferencePiece piece = reference->piece(i);
    const bool is_there = log::find_target(view, piece, record.type).has_value();
    add(reference->begin(i), piece.end, is_there, &pieces);
  }
  return pieces;
}

}  // namespace

std::vector<Piece> pieces_of(const log::View& view, const log::Record& record) {
  if (record.is_reference()) return pieces_of_reference(view, record);
  std::vector<Piece> pieces;
  const std::uint64_t size = record.is_encoded() ? record.length() : record.value_size;
  const std::uint64_t step = step_of(record);
  for (std::uint64_t begin = 0; begin < size; begin += step) {
    const std::uint64_t end = std::min(begin + step, size);
    add(begin, end, is_good(view, record, begin, end), &pieces);
  }
  return pieces;
}

std::uint64_t lost_bytes(const std::vector<Piece>& pieces) {
  std::uint64_t lost = 0;
  for (const Piece& piece : pieces) lost += piece.good ? 0 : piece.end - piece.begin;
  return lost;
}

}  // namespace kvstore::maint
