// Whether memory has only zeros, at the speed of memcmp(): compilers do not make as much of a loop
// that ends at the first other byte.
#pragma once

#include <cstddef>
#include <cstring>

namespace kvstore {

inline bool all_zero(const void* bytes, std::size_t size) {
  if (size == 0) return true;
  // They are if the first one is, and all equal themselves shifted by one.
  const auto* const at = static_cast<const char*>(bytes);
  return at[0] == 0 && std::memcmp(at, at + 1, size - 1) == 0;
}

}  // namespace kvstore
