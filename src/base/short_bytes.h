// Keys are mostly 8 to 16 bytes long. Of so few bytes a call of memcpy() or memcmp() takes longer
// than the work: two words that overlap are all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kvstore {

inline void copy_short(char* to, const char* from, std::size_t size) {
  if (size < sizeof(std::uint64_t) || size > 2 * sizeof(std::uint64_t)) [[unlikely]] {
    std::memcpy(to, from, size);
    return;
  }
  const std::size_t second = size - sizeof(std::uint64_t);
  std::uint64_t words[2];
  std::memcpy(&words[0], from, sizeof words[0]);
  std::memcpy(&words[1], from + second, sizeof words[1]);
  std::memcpy(to, &words[0], sizeof words[0]);
  std::memcpy(to + second, &words[1], sizeof words[1]);
}

inline bool equal_short(const char* one, const char* other, std::size_t size) {
  if (size < sizeof(std::uint64_t) || size > 2 * sizeof(std::uint64_t)) [[unlikely]]
    return std::memcmp(one, other, size) == 0;
  const std::size_t second = size - sizeof(std::uint64_t);
  std::uint64_t words[4];
  std::memcpy(&words[0], one, sizeof words[0]);
  std::memcpy(&words[1], one + second, sizeof words[1]);
  std::memcpy(&words[2], other, sizeof words[2]);
  std::memcpy(&words[3], other + second, sizeof words[3]);
  return ((words[0] ^ words[2]) | (words[1] ^ words[3])) == 0;
}

}  // namespace kvstore
