#include "src/base/crc32c.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore {
namespace {

// Bit by bit, as RFC 3720 (B.4) defines it.
std::uint32_t by_bits(std::uint32_t crc, std::string_view bytes) {
  constexpr std::uint32_t kReversedPolynomial = 0x82F63B78;
  std::uint32_t state = ~crc;
  for (const char byte : bytes) {
    state ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (state & 1 ? kReversedPolynomial : 0);
  }
  return ~state;
}

TEST_CASE("the CRC of RFC 3720's examples") {
  CHECK(crc32c(0, std::string(32, '\0').data(), 32) == 0x8A9136AA);
  CHECK(crc32c(0, std::string(32, '\xFF').data(), 32) == 0x62A8AB43);
  CHECK(crc32c(0, "123456789", 9) == 0xE3069283);
}

TEST_CASE("the CRC is the same for short and long bytes, wherever they lie, in one piece or two") {
  std::string bytes;
  for (unsigned i = 0; i < 700; ++i) bytes += static_cast<char>(i * 167 + i / 13);
  for (std::size_t size = 0; size <= 600; ++size) {
    const std::size_t begin = size * 7 % 64, first = size * 5 % (size + 1);
    const std::string_view piece = std::string_view(bytes).substr(begin, size);
    const std::uint32_t expected = by_bits(0, piece);
    CAPTURE(size);
    CHECK(crc32c(0, piece.data(), size) == expected);
    const std::uint32_t begun = crc32c(0, piece.data(), first);
    CHECK(crc32c(begun, piece.data() + first, size - first) == expected);
  }
}

TEST_CASE("two CRCs at once are what each is by itself") {
  std::string bytes;
  for (unsigned i = 0; i < 700; ++i) bytes += static_cast<char>(i * 167 + i / 13);
  for (std::size_t size = 0; size <= 260; ++size) {
    const std::size_t other_size = size * 31 % 261;
    Crc32cStep one{static_cast<std::uint32_t>(size * 77777), bytes.data() + 3, size};
    Crc32cStep other{0, bytes.data() + 301, other_size};
    const std::uint32_t expected = crc32c(one.crc, one.bytes, size);
    const std::uint32_t expected_other = crc32c(0, other.bytes, other_size);
    crc32c_both(&one, &other);
    CAPTURE(size);
    CHECK(one.crc == expected);
    CHECK(other.crc == expected_other);
  }
}

}  // namespace
}  // namespace kvstore
