#include "repl/open_quote.h"

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::repl;

namespace {

bool stays_open(std::string_view line) {
  OpenQuote quote;
  quote.take(line);
  return quote.is_open();
}

}  // namespace

TEST_CASE("a quote at a word's start stays open until its own kind closes it") {
  CHECK(stays_open("SET a \"b\n"));
  CHECK(stays_open("SET a 'b\"\n"));
  CHECK(stays_open("SET a \"b\\\"\n"));
  CHECK_FALSE(stays_open("SET a \"b\"\n"));
  CHECK_FALSE(stays_open("SET a it's\n"));
  CHECK_FALSE(stays_open("SET a {\"b\n"));
  CHECK_FALSE(stays_open("# it is 'open\n"));
  CHECK_FALSE(stays_open("GET a\n"));
}

TEST_CASE("lines within quotes are one line that means the same") {
  OpenQuote quote;
  quote.take("APPEND a 'x\\n\n");
  REQUIRE(quote.is_open());
  quote.take("\n");
  REQUIRE(quote.is_open());
  quote.take("y' \"\" 5\n");
  REQUIRE_FALSE(quote.is_open());
  CHECK(quote.has_joined());
  CHECK(quote.as_one_line().value() == "APPEND a \"x\\\\n\\n\\ny\" \"\" 5\n");
  quote.reset();
  CHECK(quote.is_empty());
}

TEST_CASE("what is wrong with the words is said once they are whole") {
  OpenQuote quote;
  quote.take("SET a \"x\n");
  quote.take("y\"z\n");
  REQUIRE_FALSE(quote.is_open());
  const auto line = quote.as_one_line();
  REQUIRE_FALSE(line);
  CHECK(line.error().code == Code::kSyntax);
}
