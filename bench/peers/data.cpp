#include "bench/peers/data.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace peers {
namespace {

// Values are slices of it. Small enough to stay in a core's cache, so that making a value
// and checking one cost next to nothing beside the library that is measured.
constexpr std::size_t kPoolSize = std::size_t{64} << 10;

const std::string& pool() {
  static const std::string bytes = [] {
    std::string made(kPoolSize, '\0');
    for (std::size_t i = 0; i < kPoolSize; i += 8) {
      const std::uint64_t word = mix(i + 0x706f6f6cU);
      std::memcpy(&made[i], &word, 8);
    }
    return made;
  }();
  return bytes;
}

std::size_t& value_size() {
  static std::size_t size = 100;
  return size;
}

std::uint64_t first_word(std::string_view key) {
  std::uint64_t word;
  std::memcpy(&word, key.data(), sizeof word);
  return word;
}

std::string_view slice(std::uint64_t number, std::size_t size) {
  return std::string_view(pool()).substr(number % (kPoolSize - size), size);
}

}  // namespace

std::uint64_t mix(std::uint64_t number) {  // splitmix64
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

Key make_key(std::uint64_t number, KeySet set) {
  const std::uint64_t seed = static_cast<std::uint64_t>(set) << 40;
  const std::uint64_t words[2] = {mix(seed + 2 * number), mix(seed + 2 * number + 1)};
  Key key;
  std::memcpy(key.bytes, words, sizeof words);
  return key;
}

std::string_view value_of(std::string_view key) { return slice(first_word(key), value_size()); }

void set_value_size(std::size_t size) { value_size() = size; }

std::string_view piece_of(std::string_view key, std::uint64_t index, std::size_t size) {
  return slice(mix(first_word(key) + index), size);
}

bool is_part(std::string_view key, std::size_t piece_size, std::uint64_t offset,
             std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece =
        piece_of(key, offset / piece_size, piece_size).substr(offset % piece_size);
    const std::size_t size = std::min(piece.size(), bytes.size());
    if (piece.substr(0, size) != bytes.substr(0, size)) return false;
    bytes.remove_prefix(size);
    offset += size;
  }
  return true;
}

RowKey row_key(std::string_view key, std::uint64_t number) {
  RowKey made;
  std::memcpy(made.bytes, key.data(), kKeySize);
  const std::uint64_t ordered = __builtin_bswap64(number);
  std::memcpy(made.bytes + kKeySize, &ordered, sizeof ordered);
  return made;
}

std::uint64_t row_number(std::string_view row_key) {
  std::uint64_t ordered;
  std::memcpy(&ordered, row_key.data() + kKeySize, sizeof ordered);
  return __builtin_bswap64(ordered);
}

void fail(const std::string& what) {
  std::fprintf(stderr, "bench-peers: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace peers
