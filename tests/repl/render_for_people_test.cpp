#include "repl/render_for_people.h"

#include <doctest/doctest.h>

#include "repl/render.h"

using namespace kvstore::repl;
using kvstore::command::Reply;

TEST_CASE("prose is broken between words, under its last column") {
  CHECK(wrapped("  GET key   The value, now or then\n", 26) ==
        "  GET key   The value, now\n            or then\n");
  CHECK(wrapped("one two three four five six\n", 20) == "one two three four\nfive six\n");
  CHECK(wrapped("012345678901234567890123456789\n", 20) == "012345678901234567890123456789\n");
  CHECK(wrapped("short\n\n", 20) == "short\n\n");
}

TEST_CASE("an example's replies are shown as the shell shows them") {
  CHECK(shown_replies("+OK") == "OK\n");
  CHECK(shown_replies("+NIL\n:3\n+PONG") == "(nil)\n(integer) 3\nPONG\n");
  CHECK(shown_replies("+VALUE 5\nhello") == "hello\n");
  CHECK(shown_replies("+VALUE ...\n# Activity\nreads:...\n") == "# Activity\nreads:...\n");
  CHECK(shown_replies("+ARRAY 1\n+ARRAY 3\n:2\n+VALUE 27\n...Z\n+VALUE 6\nappend") ==
        "1) 1) (integer) 2\n   2) ...Z\n   3) append\n");
}

TEST_CASE("help keeps its words and translates its example") {
  std::string out;
  render_help("PING\n  Example:\n    PING\n  answers\n    +PONG\n", 80, &out);
  CHECK(out == "PING\n  Example:\n    PING\n  answers\n    PONG\n");
}

TEST_CASE("versions have their own words in every mode") {
  const Reply version =
      Reply::array({Reply::of(10), Reply::value("2026"), Reply::value("set"), Reply::of(2)});
  for (const Mode mode : {Mode::kPlain, Mode::kHex, Mode::kQuoted}) {
    Look look;
    look.mode = mode;
    std::string out;
    render(Reply::array({version}), look, &out, Shape::kVersions);
    CHECK(out == "10\t2026\tset\t2\n");
    look.prompt = true;
    out.clear();
    render(Reply::array({version}), look, &out, Shape::kVersions);
    CHECK(out == "seq  time  kind  size\n 10  2026  set      2\n");
  }
}

TEST_CASE("versions are a table; what is none is an array as ever") {
  const Reply first = Reply::array({Reply::of(10), Reply::value("2026"), Reply::value("set"), Reply::of(2)});
  const Reply second =
      Reply::array({Reply::of(9), Reply::value("2025"), Reply::value("append"), Reply::of(100)});
  std::string out;
  render_history(Reply::array({first, second}), &out);
  CHECK(out == "seq  time  kind    size\n 10  2026  set        2\n  9  2025  append   100\n");
  out.clear();
  render_history(Reply::array({}), &out);
  CHECK(out == "(empty array)\n");
}
