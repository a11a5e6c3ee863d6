// Makes the host of a virtual machine give memory before it is needed.
//
// A host may take back what its guest has free (free page reporting), and hands it out again at a
// tenth of the speed of memory that the guest has kept: a file that grows into such pages measures
// the host. So before each measurement memory is used and given back, in small pages and in huge
// ones: the kernel keeps them in different lists, and kvstore's file takes huge ones where it can.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>

namespace bench {

// Null if there is not so much memory, which costs the measurement its warm-up and nothing else.
inline void* use_memory(std::size_t size, int advice) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  madvise(memory, size, advice);
  return std::memset(memory, 1, size);
}

// `size` bytes of each kind, more than 0. Takes up to 10 us for each 4 KiB of them.
inline void warm_memory(std::size_t size) {
  void* const small = use_memory(size, MADV_NOHUGEPAGE);
  void* const huge = use_memory(size, MADV_HUGEPAGE);
  if (small) munmap(small, size);
  if (huge) munmap(huge, size);
}

}  // namespace bench
