#include "src/base/bit_strings.h"

#include <doctest/doctest.h>

#include <bit>
#include <random>
#include <string>

namespace kvstore {
namespace {

std::size_t ones_one_by_one(std::string_view bytes) {
  std::size_t ones = 0;
  for (const char byte : bytes) {
    ones += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(byte)));
  }
  return ones;
}

TEST_CASE("the ones of bytes are counted at any length and alignment") {
  std::mt19937 random(7);
  std::string bytes(100, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; begin + size <= bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      CHECK(count_ones(part) == ones_one_by_one(part));
    }
  }
}

TEST_CASE("the first other byte is found wherever it is") {
  for (const unsigned char byte : {0x00, 0xff, 0x80}) {
    for (std::size_t size = 0; size < 40; ++size) {
      std::string bytes(size, static_cast<char>(byte));
      CHECK(first_other_than(byte, bytes) == size);
      for (std::size_t at = 0; at < size; ++at) {
        bytes[at] = static_cast<char>(byte ^ 1);
        CHECK(first_other_than(byte, bytes) == at);
        bytes[at] = static_cast<char>(byte);
      }
    }
  }
}

}  // namespace
}  // namespace kvstore
