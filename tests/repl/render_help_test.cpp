#include "repl/render_help.h"

#include <doctest/doctest.h>

#include "repl/render.h"
#include "src/command/help.h"

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

TEST_CASE("help of UNDO and HISTORY shows what the shell answers to them") {
  using kvstore::command::find_command;
  using kvstore::command::help_command;
  std::string undo, history;
  render_help(help_command(*find_command("UNDO")), 80, &undo);
  CHECK(undo.find("  answers\n    OK: as of version 1 again\n") != undo.npos);
  render_help(help_command(*find_command("HISTORY")), 80, &history);
  CHECK(history.find("    seq  time  kind    size  expires\n      2  ...Z  append     5\n") !=
        history.npos);
}

TEST_CASE("outside a terminal help shows replies as the shell does, and its lines stay whole") {
  const std::string text = "GET key\n  " + std::string(90, 'x') + " y\n  answers\n    +VALUE 5\n    hello\n";
  Look look;
  std::string out;
  render(kvstore::command::Reply::value(text), look, &out, Shape::kProse);
  CHECK(out == "GET key\n  " + std::string(90, 'x') + " y\n  answers\n    hello\n");
}
