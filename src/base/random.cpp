#include "src/base/random.h"

#include <unistd.h>

#include "src/base/check.h"

namespace kvstore {

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  KV_CHECK(::getentropy(&bits, sizeof bits) == 0);
  return bits;
}

}  // namespace kvstore
