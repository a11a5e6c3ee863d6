#include "src/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/random.h"

namespace kvstore {

std::uint64_t hash_key(std::string_view key, std::uint64_t seed) {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}

namespace {

std::uint64_t process_seed() {
  static const std::uint64_t seed = random_bits();
  return seed;
}

}  // namespace

SeededHash::SeededHash() : seed_(process_seed()) {}

}  // namespace kvstore
