#include "src/base/human.h"

#include <doctest/doctest.h>

#include "src/base/hex.h"

using namespace kvstore;

TEST_CASE("numbers are grouped and sizes have units") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1234567890) == "1,234,567,890");
  CHECK(plural(1, "key") == "1 key");
  CHECK(plural(2000, "key") == "2,000 keys");
  CHECK(human_size(1) == "1 byte");
  CHECK(human_size(1023) == "1023 bytes");
  CHECK(human_size(1536) == "1.5 KiB");
  CHECK(human_size(std::uint64_t{3} << 30) == "3.0 GiB");
  CHECK(short_size(1023) == "1023 B");
  CHECK(short_size(1536, "") == "1.5KiB");
}

TEST_CASE("hexadecimal digits are read in both cases, and nothing else is one") {
  CHECK(hex_digit('0') == 0);
  CHECK(hex_digit('9') == 9);
  CHECK(hex_digit('a') == 10);
  CHECK(hex_digit('F') == 15);
  for (const char c : {'/', ':', '@', 'G', '`', 'g', '\0'}) CHECK(hex_digit(c) == -1);
}

TEST_CASE("a time is told from now") {
  constexpr std::uint64_t kSecond = 1'000'000, kNow = 1'800'000'000 * kSecond;
  CHECK(relative_time(kNow, kNow + kSecond / 2) == "now");
  CHECK(relative_time(kNow - 90 * kSecond, kNow) == "90 s ago");
  CHECK(relative_time(kNow - 180 * kSecond, kNow) == "3 min ago");
  CHECK(relative_time(kNow + 3 * 3600 * kSecond, kNow) == "in 3 h");
  CHECK(relative_time(0, kNow) == "20,833 days ago");
  CHECK(relative_time(UINT64_MAX, 0) == "in 213,503,982 days");
}
