// CRC-32C (Castagnoli, iSCSI), by ISA-L with the machine's carry-less multiply.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvstore {

// The CRC of `size` bytes, continuing from `crc` (0 to begin):
// crc32c(crc32c(0, a), b) == crc32c(0, a followed by b).
std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t size);

}  // namespace kvstore
