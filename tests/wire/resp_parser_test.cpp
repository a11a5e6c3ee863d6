#include "src/wire/resp_parser.h"

#include <array>
#include <memory>
#include <span>
#include <string>

#include <doctest/doctest.h>

#include "tests/command/support.h"

namespace kvstore::wire::test {

using namespace command;
using namespace command::test;
namespace {

using namespace std::string_literals;

std::string parse(std::string_view input) {
  return dump_however_split([] { return std::make_unique<RespParser>(); }, input);
}

std::string parse_small(std::string_view input) {
  Limits limits;
  limits.max_line = 40;
  limits.max_value = 20;
  limits.max_request = 100;
  limits.max_words = 10;
  return dump_however_split([=] { return std::make_unique<RespParser>(limits); }, input);
}

TEST_CASE("multibulk requests hold any bytes") {
  CHECK(parse("*1\r\n$4\r\nPING\r\n") == "0crlf [PING]\n");
  CHECK(parse("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n\0\xff\r\n"s) == "0crlf [SET][][\\r\\n\\x00\\xff]\n");
  CHECK(parse("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\n*1\r\n") == "0crlf [PING]\n0crlf [ECHO][*1]\n");
}

TEST_CASE("an argument is always itself in RESP") {
  CHECK(parse("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n0\r\n$1\r\n5\r\n") == "0crlf [SET][k][0][5]\n");
  CHECK(parse("*2\r\n$3\r\nSET\r\n$1\r\nk\r\n*1\r\n$3\r\nEND\r\n") == "0crlf [SET][k]\n0crlf [END]\n");
}

TEST_CASE("an empty request is nothing") {
  CHECK(parse("*0\r\n*-1\r\n\r\n\n  \r\nPING\r\n*1\r\n$4\r\nPING\r\n") == "0crlf [PING]\n0crlf [PING]\n");
}

TEST_CASE("malformed requests are fatal in Redis' words") {
  CHECK(parse("*x\r\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*\r\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*01\r\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*+1\r\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*1 \r\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*1\n$4\nPING\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*99999999999999999999\r\n") == "FATAL SYNTAX Protocol error: invalid multibulk length\n");
  CHECK(parse("*2000000\r\n") == "FATAL TOOBIG Protocol error: invalid multibulk length\n");
  CHECK(parse("*1\r\nPING\r\n") == "FATAL SYNTAX Protocol error: expected '$', got 'P'\n");
  CHECK(parse("*1\r\n\r\n") == "FATAL SYNTAX Protocol error: expected '$', got '\\r'\n");
  CHECK(parse("*1\r\n$x\r\n") == "FATAL SYNTAX Protocol error: invalid bulk length\n");
  CHECK(parse("*1\r\n$-1\r\n") == "FATAL SYNTAX Protocol error: invalid bulk length\n");
  CHECK(parse("*1\r\n$600000000\r\n") == "FATAL TOOBIG Protocol error: invalid bulk length\n");
  CHECK(parse("*1\r\n$3\r\nPING\r\n") == "FATAL SYNTAX Protocol error: no CRLF after a bulk of 3 bytes\n");
  CHECK(parse("*" + std::string(70, '1')) == "FATAL SYNTAX Protocol error: too big mbulk count string\n");
  CHECK(parse("*1\r\n$" + std::string(70, '1')) == "FATAL SYNTAX Protocol error: too big bulk count string\n");
  CHECK(parse("GET 'a\r\n") == "FATAL SYNTAX Protocol error: unbalanced quotes in request\n");
}

TEST_CASE("what came before a malformed request is answered") {
  CHECK(parse("*1\r\n$4\r\nPING\r\n*x\r\n") ==
        "0crlf [PING]\nFATAL SYNTAX Protocol error: invalid multibulk length\n");
}

TEST_CASE("limits are kept") {
  CHECK(parse_small("*11\r\n") == "FATAL TOOBIG Protocol error: invalid multibulk length\n");
  CHECK(parse_small("*1\r\n$21\r\n") == "FATAL TOOBIG Protocol error: invalid bulk length\n");
  CHECK(parse_small(std::string(41, 'x')) == "FATAL TOOBIG Protocol error: too big inline request\n");
  CHECK(parse_small("a b c d e f g h i j\r\n").find("FATAL") == std::string::npos);
  CHECK(parse_small("a b c d e f g h i j k\r\n") == "FATAL TOOBIG Protocol error: too many inline arguments\n");
  std::string many = "*6\r\n";
  for (int i = 0; i < 6; ++i) many += "$20\r\n" + std::string(20, 'x') + "\r\n";
  CHECK(parse_small(many) == "FATAL TOOBIG Protocol error: the request is over the limit of 100 bytes\n");
}

TEST_CASE("the end of input inside a request is an error") {
  const std::string error = "0crlf SYNTAX Protocol error: the input ended inside a request\n";
  CHECK(parse("*2\r\n$3\r\nGET\r\n$5\r\nab") == error);
  CHECK(parse("*2\r\n$3\r\nGET\r\n") == error);
  CHECK(parse("*") == error);
}

TEST_CASE("inline commands have Redis' quoting") {
  CHECK(parse("SET k v\r\nGET k\n") == "0crlf [SET][k][v]\n0crlf [GET][k]\n");
  CHECK(parse(R"(SET a"b c" "\x41\n\t\q" 'it\'s \n' "")" "\r\n") ==
        "0crlf [SET][ab c][A\\n\\tq][it's \\n][]\n");
  CHECK(parse("SET k \"a\"b\r\n") == "FATAL SYNTAX Protocol error: unbalanced quotes in request\n");
  CHECK(parse("PING\nDEL k") == "0crlf [PING]\n");  // cut off, and dropped
}

TEST_CASE("announced lengths allocate nothing before their bytes come") {
  RespParser parser;
  const std::size_t before = Heap::now();
  parser.feed("*1048576\r\n$536870912\r\nabc");
  CHECK(parser.next() == RequestParser::Event::kNeedInput);
  CHECK(Heap::now() - before < 4096);
  CHECK(parser.pending().what == Pending::What::kBulk);
  CHECK(parser.pending().bytes == 536870909);
}

TEST_CASE("an idle parser has given back what a large request needed") {
  std::string words = "*200000\r\n";
  for (int i = 0; i < 200'000; ++i) words += "$1\r\nx\r\n";
  const std::string large = "*1\r\n$33554432\r\n" + std::string(32 << 20, 'x') + "\r\n";
  for (const std::string& input : {words, large}) {
    RespParser parser;
    const std::size_t before = Heap::now();
    parser.feed(input);
    REQUIRE(parser.next() == RequestParser::Event::kRequest);
    CHECK(parser.next() == RequestParser::Event::kNeedInput);
    CHECK(Heap::now() - before < (1 << 19));
  }
}

TEST_CASE("many arguments are found again when the last one has come") {
  for (const int count : {40, 64, 65, 80}) {
    CAPTURE(count);
    std::string input = "*" + std::to_string(count) + "\r\n", expected = "0crlf ";
    for (int i = 0; i < count; ++i) {
      const std::string word(static_cast<std::size_t>(i % 40), static_cast<char>('a' + i % 26));
      input += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
      expected += "[" + word + "]";
    }
    CHECK(parse(input + input) == expected + "\n" + expected + "\n");
  }
}

TEST_CASE("an unfinished request holds its bytes and hardly more, however many words they are") {
  RespParser parser;
  std::string bytes;
  for (int i = 0; i < 30'000; ++i) bytes += "$1\r\na\r\n";
  parser.feed("*1000001\r\n");
  std::size_t fed = 0;
  for (int i = 0; i < 30; ++i) {
    const std::size_t after = parser.memory_after(bytes.size());
    parser.feed(bytes);
    fed += bytes.size();
    REQUIRE(parser.next() == RequestParser::Event::kNeedInput);
    CHECK(parser.memory() <= after);
    CHECK(parser.memory() < 2 * fed + 8192);
  }
  CHECK(parser.memory() < fed + fed / 4 + 8192);
}

TEST_CASE("a look ahead sees the second words of whole requests, and judges nothing") {
  const auto ahead = [](std::string_view input) {
    RespParser parser;
    parser.feed(input);
    std::array<std::string_view, 3> words;
    std::string seen;
    for (const std::string_view word : std::span(words).first(parser.look_ahead(words))) {
      seen.append("[").append(word).append("]");
    }
    return seen;
  };
  constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
  constexpr std::string_view kSet = "*3\r\n$3\r\nSET\r\n$2\r\nbb\r\n$1\r\nv\r\n";
  const std::string both = std::string(kGet).append(kSet);
  CHECK(ahead("").empty());
  CHECK(ahead(both) == "[a][bb]");
  CHECK(ahead(both + both) == "[a][bb][a]");
  for (std::size_t cut = kGet.size(); cut < both.size(); ++cut) {
    CHECK(ahead(both.substr(0, cut)) == "[a]");
  }
  CHECK(ahead("*1\r\n$4\r\nPING\r\n" + both).empty());
  CHECK(ahead("PING\r\n" + both).empty());
  for (const char* malformed :
       {"*", "*2", "*2\r", "*-1\r\n", "*x\r\n", "*99999999999999999999\r\n", "*2\r\n$-5\r\n",
        "*2\r\n$99999999999999999999\r\nGET\r\n", "*2\r\n$3\r\nGET\r\n$1073741823\r\n"}) {
    CHECK(ahead(malformed).empty());
    CHECK(ahead(std::string(kGet).append(malformed)) == "[a]");
  }
}

TEST_CASE("trim() gives back all but what is unfinished") {
  RespParser parser;
  parser.feed("*1\r\n$100000\r\n" + std::string(100'000, 'x') + "\r\n*1\r\n$4\r\nPI");
  REQUIRE(parser.next() == RequestParser::Event::kRequest);
  REQUIRE(parser.next() == RequestParser::Event::kNeedInput);
  parser.trim();
  CHECK(parser.memory() < 200);
  parser.feed("NG\r\n");
  REQUIRE(parser.next() == RequestParser::Event::kRequest);
  CHECK(parser.request().argv[0] == "PING");
}

}  // namespace
}  // namespace kvstore::wire::test
