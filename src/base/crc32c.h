// CRC-32C (Castagnoli, iSCSI), with ISA-L and the carry-less multiply instruction.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvstore {

// The CRC of `size` bytes, continuing from `crc` (0 to begin):
// crc32c(crc32c(0, a), b) == crc32c(0, a followed by b).
std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t size);

// A CRC that goes on over some bytes.
struct Crc32cStep {
  std::uint32_t crc = 0;  // before them, and then after them
  const void* bytes = nullptr;
  std::size_t size = 0;
};

// Makes both steps. Of short stretches (below 1 KiB or so) that takes no longer than the longer
// one alone: the processor waits for one result while it computes the other.
void crc32c_both(Crc32cStep* one, Crc32cStep* other);

}  // namespace kvstore
