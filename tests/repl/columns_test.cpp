#include "repl/columns.h"

#include <doctest/doctest.h>

#include "repl/report.h"

using namespace kvstore;
using namespace kvstore::repl;

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
