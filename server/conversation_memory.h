// Memory that a conversation may use without accounting, for both protocols.
#pragma once

#include <algorithm>
#include <cstddef>

#include "server/shared.h"

namespace kvstore::server {

// The part of the uncounted memory that the caller's own memory leaves.
inline std::size_t unasked_of(const Shared& shared, std::size_t outside) {
  constexpr std::size_t kLeast = std::size_t{1} << 10;
  constexpr std::size_t kMost = std::size_t{48} << 10;
  const std::size_t free = shared.buffered.free_part();
  return std::clamp(free > outside ? free - outside : 0, kLeast, kMost);
}

// Size of a piece of a long value that is sent. Smaller pieces would cost more calls.
inline std::size_t piece_of(const Shared& shared) {
  constexpr std::size_t kLeast = std::size_t{4} << 10;
  constexpr std::size_t kMost = std::size_t{64} << 10;
  return std::clamp(shared.buffered.free_part(), kLeast, kMost);
}

}  // namespace kvstore::server
