#include "src/base/crc32c.h"

#include <algorithm>

#include <isa-l/crc.h>

namespace kvstore {

std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t size) {
  // ISA-L takes an int length and the un-inverted register.
  constexpr std::size_t kMaxStep = std::size_t{1} << 30;
  auto* at = static_cast<unsigned char*>(const_cast<void*>(bytes));
  std::uint32_t state = ~crc;
  while (size > 0) {
    const std::size_t step = std::min(size, kMaxStep);
    state = crc32_iscsi(at, static_cast<int>(step), state);
    at += step;
    size -= step;
  }
  return ~state;
}

}  // namespace kvstore
