#include "src/base/utf8.h"

#include <doctest/doctest.h>

using namespace kvstore;

TEST_CASE("UTF-8 is checked strictly") {
  CHECK(is_utf8("grün 日本 🎉"));
  CHECK_FALSE(is_utf8("\xc0\x80"));          // overlong
  CHECK_FALSE(is_utf8("\xe0\x80\x80"));      // overlong
  CHECK_FALSE(is_utf8("\xf0\x80\x80\x80"));  // overlong
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));      // a surrogate
  CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_utf8("\xe2\x82"));          // cut off
  CHECK_FALSE(is_utf8("\x80"));
}

TEST_CASE("a code point is decoded with its size") {
  CHECK(first_code_point("a").value == 'a');
  CHECK(first_code_point("ü").value == 0xFC);
  CHECK(first_code_point("日本").value == 0x65E5);
  CHECK(first_code_point("日本").size == 3);
  CHECK(first_code_point("🎉").value == 0x1F389);
  CHECK(first_code_point("").size == 0);
  CHECK(first_code_point("\xff").size == 0);
}

TEST_CASE("control characters and those that reorder text are not printable") {
  for (const std::uint32_t point : {0x20u, 0x7Eu, 0xA0u, 0xFCu, 0x200Du, 0x65E5u, 0x1F389u}) {
    CAPTURE(point);
    CHECK(is_printable(point));
  }
  for (const std::uint32_t point :
       {0x00u, 0x0Au, 0x1Bu, 0x7Fu, 0x80u, 0x9Bu, 0x061Cu, 0x200Eu, 0x200Fu, 0x2028u, 0x2029u,
        0x202Eu, 0x2066u, 0x2069u, 0xFEFFu}) {
    CAPTURE(point);
    CHECK_FALSE(is_printable(point));
  }
}

TEST_CASE("a prefix ends between characters, but binary is cut where it was asked") {
  CHECK(utf8_prefix("abc", 3) == "abc");
  CHECK(utf8_prefix("abc", 2) == "ab");
  CHECK(utf8_prefix("abc", 0) == "");
  CHECK(utf8_prefix("ab\xc3\xbc", 3) == "ab");
  CHECK(utf8_prefix("ab\xc3\xbc"
                    "c",
                    4) == "ab\xc3\xbc");
  for (const std::size_t size : {1u, 2u, 3u}) CHECK(utf8_prefix("🎉", size) == "");
  CHECK(utf8_prefix("\x80\x80\x80\x80\x80\x80", 5).size() == 5);
  CHECK(utf8_prefix("\xf0\xf0\xf0\xf0", 3).size() == 3);
}
