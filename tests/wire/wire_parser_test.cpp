#include "src/wire/wire_parser.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/command/support.h"

namespace kvstore::wire::test {

using namespace command;
using namespace command::test;
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
  CHECK(parse("GET \"\\q\"\n" + kSet).ends_with(kSetParsed));
  // After a counted value that was too long the rest of its line is skipped.
  CHECK(parse("SET a 0 2\nhip *\n" + kSet).ends_with(kSetParsed));
}

TEST_CASE("'*' elsewhere is a byte like others") {
  CHECK(parse("KEYS *\n *\n") == "1 [KEYS][*]\n2 [*]\n");
  CHECK(parse("SET a 0 2\n*1\n") == "1 [SET][a][*1]\n");
}

TEST_CASE("once RESP is open, plain lines are Redis' inline commands") {
  CHECK(parse("GET 'it'x\n" + kSet + "GET 'it\\'s'\r\n" + kSet) .ends_with(
        kSetParsed + "0crlf [GET][it's]\n" + kSetParsed));
  CHECK(parse(kSet + "SET k v EX 60\r\n") == kSetParsed + "0crlf [SET][k][v][EX][60]\n");
  CHECK(parse(kSet + "APPEND k 5\r\nPING\r\n") == kSetParsed + "0crlf [APPEND][k][5]\n0crlf [PING]\n");
}

TEST_CASE("once RESP is open, a value announced as in the text protocol is the end") {
  for (const char* line : {"SET k <<E", "SET k 0 6", "PUT k 60 <<E", "APPEND k <<E", "SET k 0 6 NX"}) {
    CAPTURE(line);
    CHECK(parse(kSet + line + "\r\nDEL  a\r\nE\r\n") ==
          kSetParsed + "FATAL SYNTAX Protocol error: a value of the text protocol was announced, and "
                       "RESP has none\n");
  }
  CHECK(parse(kSet + "SET k \"<<E\"\r\n") == kSetParsed + "0crlf [SET][k][<<E]\n");
}

TEST_CASE("a write whose line was cut off by the end of a connection is not executed") {
  const std::string cut = "SYNTAX the input ended inside a line that writes; it was not executed | "
                          "a newline after the last line, too\n";
  CHECK(parse("PING\nSET p 10") == "1 [PING]\n2 " + cut);
  CHECK(parse("DEL k\r") == "1crlf " + cut);
  CHECK(parse("APPEND k 5") == "1 " + cut);
  CHECK(parse("SET k <<E\nx\nE").find("nothing was stored") != std::string::npos);
  CHECK(parse("SET k 0 2\nhi") == "1 [SET][k][hi]\n");
  CHECK(parse("GET k") == "1 [GET][k]\n");
  CHECK(parse(kSet + "DEL k") == kSetParsed);
  CHECK(parse(kSet + "GET k") == kSetParsed);
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
}  // namespace kvstore::wire::test
