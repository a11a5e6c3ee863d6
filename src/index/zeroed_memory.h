// Zeroed memory from the system, which takes none before it is used.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace kvstore::index {

// Throws std::bad_alloc.
inline void* map_zeroed(std::size_t size) {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

inline void unmap(void* memory, std::size_t size) { ::munmap(memory, size); }

}  // namespace kvstore::index
