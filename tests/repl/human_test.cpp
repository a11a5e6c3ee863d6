#include "repl/human.h"

#include <doctest/doctest.h>

#include "repl/columns.h"
#include "repl/report.h"

using namespace kvstore;
using namespace kvstore::repl;

TEST_CASE("numbers are grouped and sizes have units") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1234567890) == "1,234,567,890");
  CHECK(human_size(1) == "1 byte");
  CHECK(human_size(1023) == "1023 bytes");
  CHECK(human_size(1536) == "1.5 KiB");
  CHECK(human_size(std::uint64_t{3} << 30) == "3.0 GiB");
}

TEST_CASE("words go down the columns first") {
  CHECK(in_columns({"a", "b", "c"}, 8) == "a  c\nb\n");
  CHECK(in_columns({"wide-word", "b"}, 5) == "wide-word\nb\n");
  CHECK(in_columns({}, 80).empty());
}

TEST_CASE("an error is its place, code, message and what to type next") {
  const Error error{Code::kArity, "GET takes one key", "GET key"};
  CHECK(describe("script.kv:12", error, false) ==
        "script.kv:12: ARITY: GET takes one key\n  try: GET key\n");
  CHECK(describe("", {Code::kType, "no", ""}, false) == "TYPE: no\n");
}

TEST_CASE("an error cannot smuggle control characters to the terminal") {
  const std::string text = describe("", {Code::kType, "key \x1b[31m\x07", "\x9b"}, false);
  CHECK(text == "TYPE: key \\x1b[31m\\x07\n  try: \\x9b\n");
}
