#include "src/base/bit_strings.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace kvstore {
namespace {

std::uint64_t word_at(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

[[gnu::always_inline]] inline std::size_t count(std::string_view bytes) {
  std::size_t ones = 0;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    ones += static_cast<std::size_t>(std::popcount(word_at(bytes.data())));
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes.data(), bytes.size());
  return ones + static_cast<std::size_t>(std::popcount(rest));
}

#ifdef __x86_64__
// The oldest processors of this kind have no such instruction, and compilers call a function.
[[gnu::target("popcnt")]] std::size_t count_by_instruction(std::string_view bytes) {
  return count(bytes);
}
#endif

}  // namespace

std::size_t count_ones(std::string_view bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("popcnt")) [[likely]]
    return count_by_instruction(bytes);
#endif
  return count(bytes);
}

std::size_t first_other_than(unsigned char byte, std::string_view bytes) {
  const std::uint64_t same = 0x0101010101010101U * byte;
  std::size_t at = 0;
  while (bytes.size() - at >= sizeof same && word_at(bytes.data() + at) == same) at += sizeof same;
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) == byte) ++at;
  return at;
}

}  // namespace kvstore
