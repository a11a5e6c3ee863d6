#include "src/base/random.h"

#include <random>

namespace kvstore {

std::uint64_t random_bits() {
  // Kept, because making one asks the processor what it can do, which a virtual
  // machine answers in tens of microseconds.
  thread_local std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace kvstore
