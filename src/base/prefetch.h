// Asks for the memory at an address, which need not exist.
#pragma once

namespace kvstore {

inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  // Without this gcc finds that a function which only prefetches has no effect, and drops
  // the calls to it.
  asm volatile("");
}

}  // namespace kvstore
