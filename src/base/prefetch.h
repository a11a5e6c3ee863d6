// Prefetches memory at an address, which need not be valid.
#pragma once

#include <algorithm>
#include <cstdint>

namespace kvstore {

inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  // Without this gcc finds that a function that only prefetches has no effect, and drops the calls.
  asm volatile("");
}

// For writing: the line is not only loaded, no other processor keeps it.
inline void prefetch_to_write(const void* at) {
#ifdef __x86_64__
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(at)));  // no-op where unknown
#else
  __builtin_prefetch(at, 1);
  asm volatile("");
#endif
}

constexpr std::uint64_t kCacheLine = 64;

// Prefetches the cache lines of `size` bytes from an offset on, up to `limit`.
inline void prefetch_bytes(const std::uint8_t* data, std::uint64_t offset, std::uint64_t size,
                           std::uint64_t limit) {
  const std::uint64_t end = offset < limit ? std::min(offset + size, limit) : 0;
  for (offset &= ~(kCacheLine - 1); offset < end; offset += kCacheLine) prefetch(data + offset);
}

// Prefetches `lines` cache lines from an offset on, up to `limit`.
inline void prefetch_lines(const std::uint8_t* data, std::uint64_t offset, unsigned lines,
                           std::uint64_t limit) {
  for (unsigned i = 0; i < lines && offset < limit; ++i, offset += kCacheLine)
    prefetch(data + offset);
}

}  // namespace kvstore
