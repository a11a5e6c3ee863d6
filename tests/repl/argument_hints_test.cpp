#include "repl/argument_hints.h"

#include <doctest/doctest.h>

#include "repl/completion.h"

using namespace kvstore::repl;

namespace {

const kvstore::command::Command& row(std::string_view name) {
  return *kvstore::command::find_command(name);
}

using Views = std::vector<std::string_view>;

}  // namespace

TEST_CASE("what remains shrinks with each word") {
  CHECK(remaining_arguments(row("SET"), {}) ==
        " key value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]");
  CHECK(remaining_arguments(row("SET"), {"a"}) ==
        " value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]");
  CHECK(remaining_arguments(row("SET"), {"a", "1", "EX"}) == " seconds [NX|XX] [GET]");
  CHECK(remaining_arguments(row("SET"), {"a", "1", "EX", "5"}) == " [NX|XX] [GET]");
  CHECK(remaining_arguments(row("SET"), {"a", "1", "nx"}) ==
        " [GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]");
  CHECK(remaining_arguments(row("DEL"), {"a", "b", "c"}) == " [key ...]");
  CHECK(remaining_arguments(row("PING"), {"a"}).empty());
  CHECK(remaining_arguments(row("STATS"), {"a"}) == " [section ...]");
  CHECK(remaining_arguments(row("GET"), {"a", "at"}) == " seq|time [META]");
}

TEST_CASE("subcommands have arguments of their own, and a block's show once it is begun") {
  CHECK(remaining_arguments(row("CLIENT"), {}).starts_with(" ID|GETNAME|SETNAME connection-name|SETINFO name value|INFO|LIST "));
  CHECK(remaining_arguments(row("CLIENT"), {"setinfo", "x"}) == " value");
  CHECK(remaining_arguments(row("CLIENT"), {"NOSUCH"}).empty());
  CHECK(options_after(row("CONFIG"), {}) == Views{"GET", "SET", "RESETSTAT", "REWRITE", "HELP"});
  CHECK(remaining_arguments(row("HELLO"), {}) == " [2|3 [AUTH user password] [SETNAME name]]");
  CHECK(remaining_arguments(row("HELLO"), {"3", "SETNAME", "x"}) == " [AUTH user password]");
}

TEST_CASE("a key is next where the row says so") {
  CHECK(is_key_next(row("GET"), {}));
  CHECK_FALSE(is_key_next(row("GET"), {"a"}));
  CHECK(is_key_next(row("DEL"), {"a", "b"}));
  CHECK_FALSE(is_key_next(row("PING"), {}));
  CHECK_FALSE(is_key_next(row("COUNT"), {}));
  CHECK_FALSE(is_key_next(row("CLIENT"), {}));
}

TEST_CASE("options may follow once the arguments before them are there") {
  CHECK(options_after(row("SET"), {"a"}).empty());
  CHECK(options_after(row("SET"), {"a", "1"}) ==
        Views{"NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"});
  CHECK(options_after(row("SET"), {"a", "1", "EX"}).empty());
  CHECK(options_after(row("SET"), {"a", "1", "EX", "5"}) == Views{"NX", "XX", "GET"});
  CHECK(options_after(row("ONERROR"), {}) == Views{"STOP", "GO"});
}

TEST_CASE("a hint follows a whole command word, or what is typed of its arguments") {
  CHECK(hint_for("STRLEN") == " key");
  CHECK(hint_for("STRLEN ") == "key");
  CHECK(hint_for("STRLEN a").empty());
  CHECK(hint_for("STRLE").empty());
  CHECK(hint_for("").empty());
  CHECK(hint_for(".mode") == " [plain|quoted|hex|json|csv]");
}
