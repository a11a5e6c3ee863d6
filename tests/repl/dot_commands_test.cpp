#include "repl/dot_commands.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::repl;

TEST_CASE("a line whose first non-blank is a dot is the shell's") {
  CHECK(is_dot_line(".help\n"));
  CHECK(is_dot_line("  .mode hex"));
  CHECK_FALSE(is_dot_line("GET .help"));
  CHECK_FALSE(is_dot_line(""));
  CHECK_FALSE(is_dot_line("\n"));
}

TEST_CASE("a dot line is a name and one word after the text grammar") {
  const auto line = parse_dot_line(" .read  \"my \\x73cript.kv\" \r\n");
  REQUIRE(line);
  CHECK(line->name == ".read");
  CHECK(line->argument == "my script.kv");
  CHECK(parse_dot_line(".MODE hex")->name == ".mode");
  const auto two = parse_dot_line(".read my script.kv");
  REQUIRE_FALSE(two);
  CHECK(two.error().code == Code::kArity);
  const auto open = parse_dot_line(".read \"my");
  REQUIRE_FALSE(open);
  CHECK(open.error().code == Code::kSyntax);
}

TEST_CASE("~ is the home directory, but not in 'verbatim' words") {
  const std::string home = std::getenv("HOME");
  CHECK(parse_dot_line(".read ~/x")->argument == home + "/x");
  CHECK(parse_dot_line(".read \"~/x y\"")->argument == home + "/x y");
  CHECK(parse_dot_line(".read '~/x'")->argument == "~/x");
  CHECK(parse_dot_line(".read ~x/y")->argument == "~x/y");
}

TEST_CASE("a wrong dot line says what to type instead") {
  const auto unknown = parse_dot_line(".moed hex");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Code::kUnknown);
  CHECK(unknown.error().hint == ".mode");
  CHECK(parse_dot_line(".q").error().hint == ".quit");
  CHECK(parse_dot_line(".hlep").error().hint == ".help");
  CHECK(parse_dot_line(".nonsense").error().hint == ".help");
  CHECK(parse_dot_line(".tables").error().hint == "KEYS");
  CHECK(parse_dot_line(".TIMER on").error().hint == ".timing on");
  const auto too_many = parse_dot_line(".quit now");
  REQUIRE_FALSE(too_many);
  CHECK(too_many.error().code == Code::kArity);
  const auto too_few = parse_dot_line(".read");
  REQUIRE_FALSE(too_few);
  CHECK(too_few.error().hint == ".read script.kv");
  CHECK(parse_dot_line(".output")->argument.empty());  // back to the terminal, as in sqlite3
}

TEST_CASE("every dot command is in the help") {
  const std::string help = dot_help();
  for (const DotCommand& command : dot_commands()) CHECK(help.find(command.name) != help.npos);
}
