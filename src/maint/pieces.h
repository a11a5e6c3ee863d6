// Which bytes of a damaged value are good. A value above 1 KiB has a CRC a
// block: one flipped bit costs one block, not the value. A compressed one loses what is
// compressed together, one that is elsewhere (REF) what it names in a record that is not there.
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

// In order, covering the value; adjacent ones differ in `good`. Empty for a value
// of no bytes, which cannot be damaged whatever its padding says.
std::vector<Piece> pieces_of(const log::View& view, const log::Record& record);

std::uint64_t lost_bytes(const std::vector<Piece>& pieces);

}  // namespace kvstore::maint
