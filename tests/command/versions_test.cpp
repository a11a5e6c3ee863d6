// HISTORY, UNDO, DIFF and AT: what keys were before.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

using VersionWords = std::vector<std::string>;

class VersionCommands : public Fixture {
 public:
  std::string operator()(const VersionWords& argv) { return as_text(Fixture::run(argv)); }
};

TEST_CASE("HISTORY tells a key's versions, newest first") {
  VersionCommands run;
  CHECK(run({"HISTORY", "k"}) == "+ARRAY 0\n");
  run({"SET", "k", "one"});
  run({"APPEND", "k", " two"});
  run({"DELETE", "k"});
  const Reply reply = run.run({"HISTORY", "k"});
  REQUIRE(reply.items.size() == 3);
  const std::vector<std::string> kinds = {"delete", "append", "set"};
  const std::vector<std::int64_t> sizes = {0, 7, 3};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& fields = reply.items[i].items;
    REQUIRE(fields.size() == 5);
    CHECK(fields[4].kind == Reply::Kind::kMissing);
    CHECK(fields[1].text.size() == 27);
    CHECK(fields[1].text.ends_with('Z'));
    CHECK(fields[2].text == kinds[i]);
    CHECK(fields[3].integer == sizes[i]);
    if (i > 0) CHECK(fields[0].integer < reply.items[i - 1].items[0].integer);
  }
  CHECK(run.run({"HISTORY", "k", "limit", "2"}).items.size() == 2);
}

TEST_CASE("UNDO answers which version the key is of again") {
  VersionCommands run;
  CHECK(run({"UNDO", "k"}) == "+NIL\n");
  run({"SET", "k", "one"});
  run({"APPEND", "k", " two"});
  CHECK(run({"UNDO", "k"}) == ":1\n");
  CHECK(run({"GET", "k"}) == "+VALUE 3\none\n");
  CHECK(run({"UNDO", "k"}) == ":2\n");
  CHECK(run({"GET", "k"}) == "+VALUE 7\none two\n");
  CHECK(run({"UNDO", "k", "to", "0"}) == ":0\n");
  CHECK(run({"GET", "k"}) == "+NIL\n");
  CHECK(run({"UNDO", "k", "TO", "@1"}) == "+NIL\n");
  CHECK(run({"UNDO", "k", "TO", "2"}) == ":2\n");
  CHECK(run({"UNDO", "k", "TO", "-0s"}) == "+NIL\n");
  CHECK(run.run({"HISTORY", "k"}).items.size() == 6);
}

TEST_CASE("UNDO brings the expiry back, and HISTORY shows it") {
  VersionCommands run;
  run({"SET", "k", "one", "PXAT", "1893456000123"});
  run({"SET", "k", "two"});
  CHECK(run({"UNDO", "k"}) == ":1\n");
  const Reply reply = run.run({"HISTORY", "k"});
  REQUIRE(reply.items.size() == 3);
  CHECK(reply.items[0].items[4].text == "2030-01-01T00:00:00.123000Z");
  CHECK(reply.items[1].items[4].kind == Reply::Kind::kMissing);
}

TEST_CASE("a wrong UNDO is an error that says what to type") {
  VersionCommands run;
  CHECK(run({"UNDO", "k", "TO"})
            .starts_with("-ERR SYNTAX TO needs a seq or a time; try: UNDO key [TO seq|time]"));
  CHECK(run({"UNDO", "k", "AT", "1"}).starts_with("-ERR SYNTAX unknown option 'AT' of UNDO"));
  CHECK(run({"UNDO", "k", "TO", "x"})
            .starts_with("-ERR NUMBER 'x' is neither a version nor a time; try: UNDO key TO 1234"));
}

TEST_CASE("a version that is yet to come is an error that names the newest") {
  VersionCommands run;
  run({"SET", "k", "one"});
  run({"SET", "k", "two"});
  const std::string refused = "-ERR NUMBER there is no version 3 yet: the newest is 2; try: ";
  CHECK(run({"UNDO", "k", "TO", "3"}).starts_with(refused + "UNDO key TO 1234"));
  CHECK(run({"GET", "k", "AT", "3"}).starts_with(refused + "AT a seq of HISTORY"));
  CHECK(run({"ZRANGE", "k", "0", "-1", "AT", "3"}).starts_with(refused));
  CHECK(run({"DIFF", "3"}).starts_with(refused + "DIFF 1234"));
  CHECK(run({"DIFF", "1", "3"}).starts_with(refused));
  CHECK(run({"GET", "k", "AT", "2"}) == "+VALUE 3\ntwo\n");
  CHECK(run({"GET", "k", "AT", "2099-01-01"}) == "+VALUE 3\ntwo\n");
  run({"BEGIN"});
  CHECK(run({"GET", "k", "AT", "3"}).starts_with(refused));
}

TEST_CASE("DIFF tells which keys changed, and what they were and are") {
  VersionCommands run;
  CHECK(run({"DIFF", "0"}) == "+ARRAY 0\n");
  for (const char* key : {"a", "b", "c"}) run({"SET", key, "1"});
  run({"SET", "a", "22"});
  run({"DELETE", "b"});
  run({"SET", "brief", "x"});
  run({"DELETE", "brief"});
  run({"SET", "new", "333"});
  const auto changes = [&run](const std::vector<std::string>& words) {
    std::string all;
    for (const Reply& row : run.run(words).items) {
      REQUIRE(row.items.size() == 6);
      all +=
          row.items[0].text + row.items[1].text + ":" + std::to_string(row.items[2].integer) + " ";
    }
    return all;
  };
  CHECK(changes({"DIFF", "3"}) == "~a:4 -b:5 +new:8 ");
  CHECK(changes({"DIFF", "0"}) == "+a:4 +c:3 +new:8 ");
  CHECK(changes({"DIFF", "0", "3"}) == "+a:1 +b:2 +c:3 ");
  CHECK(changes({"DIFF", "5", "6"}) == "+brief:6 ");
  CHECK(changes({"DIFF", "3", "prefix", "n"}) == "+new:8 ");
  CHECK(changes({"DIFF", "@1", "-0s", "PREFIX", "c"}) == "+c:3 ");
  CHECK(changes({"DIFF", "8"}).empty());
  CHECK(changes({"DIFF", "100", "200"}).empty());
}

TEST_CASE("a wrong DIFF is an error that says what to type") {
  VersionCommands run;
  for (int i = 0; i < 5; ++i) run({"SET", "k", "v"});
  CHECK(
      run({"DIFF", "4", "2"})
          .starts_with(
              "-ERR NUMBER the second moment (version 2) is before the first (4); try: DIFF 2 4"));
  CHECK(run({"DIFF", "x"})
            .starts_with("-ERR NUMBER 'x' is neither a version nor a time; try: DIFF "));
  CHECK(run({"DIFF", "1", "2", "3"}).starts_with("-ERR SYNTAX unknown option '3' of DIFF"));
  CHECK(run({"DIFF", "1", "PREFIX"}).starts_with("-ERR SYNTAX PREFIX needs what keys begin with"));
  run({"BEGIN"});
  CHECK(run({"DIFF", "1"}).starts_with("-ERR STATE DIFF is not supported in a transaction"));
}

TEST_CASE("a wrong HISTORY is an error") {
  VersionCommands run;
  CHECK(run({"HISTORY", "k", "LIMIT"}).starts_with("-ERR SYNTAX LIMIT needs a number;"));
  CHECK(run({"HISTORY", "k", "LIMIT", "0"}).starts_with("-ERR NUMBER '0' is not a limit"));
  CHECK(run({"HISTORY", "k", "FIRST", "1"})
            .starts_with("-ERR SYNTAX unknown option 'FIRST' of HISTORY"));
}

}  // namespace
}  // namespace kvstore::command::test
