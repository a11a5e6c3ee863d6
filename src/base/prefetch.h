// Asks for the memory at an address, which need not exist.
#pragma once

#include <cstdint>

namespace kvstore {

inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  // Without this gcc finds that a function which only prefetches has no effect, and drops
  // the calls to it.
  asm volatile("");
}

// So many cache lines from an offset on, of those below `limit`.
inline void prefetch_lines(const std::uint8_t* data, std::uint64_t offset, unsigned lines,
                           std::uint64_t limit) {
  constexpr std::uint64_t kLine = 64;
  for (unsigned i = 0; i < lines && offset < limit; ++i, offset += kLine) prefetch(data + offset);
}

}  // namespace kvstore
