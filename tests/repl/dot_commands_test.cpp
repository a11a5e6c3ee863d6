#include "repl/dot_commands.h"

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

TEST_CASE("a dot line is a name and the rest as one argument") {
  const auto line = parse_dot_line(" .read  my script.kv \r\n");
  REQUIRE(line);
  CHECK(line->name == ".read");
  CHECK(line->argument == "my script.kv");
}

TEST_CASE("a wrong dot line says what to type instead") {
  const auto unknown = parse_dot_line(".moed hex");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Code::kUnknown);
  CHECK(unknown.error().hint == ".help");
  const auto too_many = parse_dot_line(".quit now");
  REQUIRE_FALSE(too_many);
  CHECK(too_many.error().code == Code::kArity);
  const auto too_few = parse_dot_line(".read");
  REQUIRE_FALSE(too_few);
  CHECK(too_few.error().hint == ".read script.kv");
}

TEST_CASE("every dot command is in the help") {
  const std::string help = dot_help();
  for (const DotCommand& command : dot_commands()) CHECK(help.find(command.name) != help.npos);
}
