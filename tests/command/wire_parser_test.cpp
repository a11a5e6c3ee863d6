#include "src/command/wire_parser.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

std::string parse(std::string_view input) {
  return dump_however_split([] { return std::make_unique<WireParser>(); }, input);
}

const std::string kSet = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nDEL k\r\n";
const std::string kSetParsed = "0crlf [SET][k][DEL k]\n";

TEST_CASE("a connection's first byte selects its protocol") {
  CHECK(parse("*1\r\n$4\r\nPING\r\n") == "0crlf [PING]\n");
  CHECK(parse("SET k 0 2\nhi\n") == "1 [SET][k][hi]\n");
}

TEST_CASE("'*' opens RESP wherever a command may begin") {
  CHECK(parse("PING\r\n" + kSet) == "1crlf [PING]\n" + kSetParsed);
  CHECK(parse("PING\n" + kSet + kSet) == "1 [PING]\n" + kSetParsed + kSetParsed);
  CHECK(parse("\r\n# comment\n" + kSet) == kSetParsed);
  CHECK(parse("SET a 0 2\nhi\n" + kSet) == "1 [SET][a][hi]\n" + kSetParsed);
  CHECK(parse("SET a <<X\n*3\nX\n" + kSet) == "1 [SET][a][*3]\n" + kSetParsed);
  CHECK(parse("GET \"\n" + kSet).ends_with(kSetParsed));
  // After a counted value that was too long the rest of its line is skipped.
  CHECK(parse("SET a 0 2\nhip *\n" + kSet).ends_with(kSetParsed));
}

TEST_CASE("'*' elsewhere is a byte like others") {
  CHECK(parse("KEYS *\n *\n") == "1 [KEYS][*]\n2 [*]\n");
  CHECK(parse("SET a 0 2\n*1\n") == "1 [SET][a][*1]\n");
}

TEST_CASE("once RESP is open, plain lines are Redis' inline commands") {
  CHECK(parse("GET 'it\\\n" + kSet + "GET 'it\\'s'\r\n" + kSet) .ends_with(
        kSetParsed + "0crlf [GET][it's]\n" + kSetParsed));
  CHECK(parse(kSet + "SET k 0 2\r\n") == kSetParsed + "0crlf [SET][k][0][2]\n");
}

TEST_CASE("a connection that lost its framing is told once, and nothing after it is executed") {
  for (const char* lost : {"$5\r\nDEL a\r\n", "*1\r\n$4\r\nPING\r\n*x\r\nDEL a\r\n",
                           "PING\n*1\r\nDEL a\r\n", "PING\n$5\r\nDEL a\r\n"}) {
    CAPTURE(lost);
    const std::string found = parse(lost);
    CHECK(found.find("FATAL SYNTAX Protocol error") != std::string::npos);
    CHECK(found.find("DEL") == std::string::npos);
  }
}

}  // namespace
}  // namespace kvstore::command::test
