#include "src/base/quote.h"

#include <doctest/doctest.h>

using namespace kvstore;
using namespace std::string_view_literals;

namespace {

std::string quoted(std::string_view bytes, std::size_t max_size = std::string_view::npos,
                   Controls controls = Controls::kNamed) {
  std::string out;
  append_quoted(bytes, &out, max_size, controls);
  return out;
}

std::string escaped(std::string_view bytes, const Escapes& escapes) {
  std::string out;
  append_escaped(bytes, escapes, &out);
  return out;
}

}  // namespace

TEST_CASE("printable text stays as it is when quoted, controls and the rest do not") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("grün") == "\"grün\"");
  CHECK(quoted("a\"b\\c'\n\r\t\0"sv) == "\"a\\\"b\\\\c'\\n\\r\\t\\x00\"");
  CHECK(quoted("\x1b[31m") == "\"\\x1b[31m\"");
  CHECK(quoted("\xc2\x9b") == "\"\\xc2\\x9b\"");           // a terminal's control
  CHECK(quoted("\xe2\x80\xae") == "\"\\xe2\\x80\\xae\"");  // right to left from here
  CHECK(quoted("\xed\xa0\x80") == "\"\\xed\\xa0\\x80\"");  // a surrogate
  CHECK(quoted("\xff") == "\"\\xff\"");
}

TEST_CASE("what is quoted can be cut, and then says its size") {
  CHECK(quoted("abc", 3) == "\"abc\"");
  CHECK(quoted("abcd", 3) == "\"abc\"... 4 bytes");
  CHECK(quoted("ab\xc3\xbc", 3) == "\"ab\"... 4 bytes");
}

TEST_CASE("a newline is named, in hex, or kept") {
  CHECK(quoted("\n\r\t", 3, Controls::kHex) == "\"\\x0a\\x0d\\x09\"");
  CHECK(escaped("a\n\t\"\\\xff", {}) == "a\\n\\t\"\\\\xff");
  CHECK(escaped("a\n\t\x1b", {.controls = Controls::kHex, .kept = "\n"}) == "a\n\\x09\\x1b");
}

TEST_CASE("a bare word is visible ASCII without quotes") {
  CHECK(is_bare_word("--listen"));
  for (const auto word :
       {""sv, "a b"sv, "a\"b"sv, "it's"sv, "a\\b"sv, "grün"sv, "\x7f"sv, "\0"sv}) {
    CHECK_FALSE(is_bare_word(word));
  }
}
