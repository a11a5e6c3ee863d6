// Determines the good bytes of a damaged value. A value above 1 KiB has a CRC for each block: a
// flipped bit costs one block, not the value. A compressed value loses what was compressed
// together. A REF loses the bytes of missing targets.
#pragma once

#include <cstdint>
#include <vector>

#include "src/log/view.h"

namespace kvstore::maint {

// Bytes [begin, end) of what a record adds to its value.
struct Piece {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool good = true;
};

// The pieces in order, covering the value; adjacent ones differ in `good`. Empty for an empty
// value, which has no bytes to lose.
std::vector<Piece> pieces_of(const log::View& view, const log::Record& record);

std::uint64_t lost_bytes(const std::vector<Piece>& pieces);

}  // namespace kvstore::maint
