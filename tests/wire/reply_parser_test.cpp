#include "src/wire/reply_parser.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/command/support.h"
#include "tests/support/written_reply.h"

namespace kvstore::wire::test {

using namespace command;
using namespace command::test;
namespace {

using namespace std::string_literals;

// The replies found, rendered again; "error: ..." at the end if there was one.
template <class Of = ReplyLimits>
std::string parse(const std::vector<std::string_view>& pieces, const Of& of = {}) {
  ReplyParser parser(of);
  std::string out;
  for (const std::string_view piece : pieces) {
    parser.feed(piece);
    for (bool more = true; more;) {
      switch (parser.next()) {
        case ReplyParser::Event::kReply: render_text(parser.take(), false, &out); break;
        case ReplyParser::Event::kNeedInput: more = false; break;
        case ReplyParser::Event::kError: return out + "error: " + parser.error().message;
      }
    }
  }
  return out + (parser.in_reply() ? "(more)" : "");
}

template <class Of = ReplyLimits>
std::string parse_however_split(std::string_view input, const Of& limits = {}) {
  const std::string whole = parse({input}, limits);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < input.size(); ++i) {
    bytes.push_back(input.substr(i, 1));
    CHECK(parse({input.substr(0, i), input.substr(i)}, limits) == whole);
  }
  CHECK(parse(bytes, limits) == whole);
  return whole;
}

TEST_CASE("what the server renders, the client reads back") {
  const std::string replies =
      "+OK\n+NIL\n+PONG\n:-3\n+VALUE 5\nhello\n+VALUE 0\n\n+VALUE 4\na\n\0\n\n+ARRAY 0\n"
      "+ARRAY 2\n+ARRAY 2\n:1\n+VALUE 3\n+OK\n+ARRAY 1\n+NIL\n"
      "-ERR ARITY GET takes a key; try: GET k\n+OK\n"s;
  CHECK(parse_however_split(replies) == replies);
}

TEST_CASE("RESP2 means the same") {
  const std::string replies =
      "+OK\r\n+PONG\r\n:-3\r\n$5\r\nhello\r\n$0\r\n\r\n$4\r\n\r\n\0\n\r\n$-1\r\n*0\r\n"
      "*2\r\n*2\r\n:1\r\n$3\r\n+OK\r\n*1\r\n$-1\r\n-ARITY GET takes a key\r\n*-1\r\n"s;
  CHECK(parse_however_split(replies, Protocol::kResp) ==
        "+OK\n+PONG\n:-3\n+VALUE 5\nhello\n+VALUE 0\n\n+VALUE 4\n\r\n\0\n\n+NIL\n+ARRAY 0\n"
        "+ARRAY 2\n+ARRAY 2\n:1\n+VALUE 3\n+OK\n+ARRAY 1\n+NIL\n"
        "-ERR ARITY GET takes a key\n+NIL\n"s);
  CHECK(parse({"hello\r\n"}, Protocol::kResp).find("does not speak RESP") != std::string::npos);
  CHECK(parse({"$-2\r\n"}, Protocol::kResp).find("is not a size") != std::string::npos);
}

TEST_CASE("lines may end in CRLF") {
  CHECK(parse_however_split("+OK\r\n+VALUE 2\r\nhi\r\n+ARRAY 1\r\n:1\r\n") ==
        "+OK\n+VALUE 2\nhi\n+ARRAY 1\n:1\n");
}

TEST_CASE("an error comes back with its code, message and hint") {
  ReplyParser parser;
  parser.feed("-ERR CORRUPT key 'a' seq 5; try: kvstore verify data.bin\n-ERR EXISTS\n");
  REQUIRE(parser.next() == ReplyParser::Event::kReply);
  const Reply reply = parser.take();
  CHECK(reply.error.code == Code::kCorrupt);
  CHECK(reply.error.message == "key 'a' seq 5");
  CHECK(reply.error.hint == "kvstore verify data.bin");
  REQUIRE(parser.next() == ReplyParser::Event::kReply);
  CHECK(parser.take().error.code == Code::kExists);
}

TEST_CASE("an error of another program is told whole") {
  ReplyParser parser;
  parser.feed("-ERR syntax error\r\n");
  REQUIRE(parser.next() == ReplyParser::Event::kReply);
  CHECK(parser.take().error.message == "syntax error");
  CHECK(parse({"-NOAUTH Authentication required.\r\n"}).find("but RESP") != std::string::npos);
  CHECK(parse({"*14\r\n"}).find("but RESP") != std::string::npos);
}

TEST_CASE("the end of a connection inside a reply can be told") {
  CHECK(parse({"+VALUE 5\nhel"}) == "(more)");
  CHECK(parse({"+ARRAY 2\n:1\n"}) == "(more)");
  CHECK(parse({"+OK"}) == "(more)");
  CHECK(parse({"+OK\n"}) == "+OK\n");
}

TEST_CASE("what is no reply is an error, once and for all") {
  for (const char* input : {"OK\n", "\n", "+\n", ":\n", ":x\n", ":1 \n", "+VALUE x\n", "+VALUE -1\n",
                            "+ARRAY x\n", "+VALUE 2\nhix\n", "+VALUE 2\nhi\rx", "-OOPS\n",
                            "HTTP/1.1 200 OK\r\n", "$5\r\nhello\r\n", ":99999999999999999999\n"}) {
    CAPTURE(input);
    CHECK(parse_however_split("+OK\n"s + input + "+OK\n").starts_with("+OK\nerror: the server does not speak"));
  }
}

TEST_CASE("replies over a limit are errors, before their bytes come") {
  ReplyLimits limits;
  limits.max_line = 20;
  limits.max_value = 10;
  limits.max_total = 15;
  limits.max_items = 4;
  limits.max_depth = 2;
  CHECK(parse_however_split("+VALUE 10\n0123456789\n", limits) == "+VALUE 10\n0123456789\n");
  CHECK(parse_however_split("+VALUE 11\n", limits).starts_with("error:"));
  CHECK(parse_however_split("+ARRAY 2\n+VALUE 9\n012345678\n+VALUE 7\n", limits).starts_with("error:"));
  CHECK(parse_however_split("+ARRAY 5\n", limits).starts_with("error:"));
  CHECK(parse_however_split("+ARRAY 1\n+ARRAY 1\n:1\n", limits) == "+ARRAY 1\n+ARRAY 1\n:1\n");
  CHECK(parse_however_split("+ARRAY 1\n+ARRAY 1\n+ARRAY 1\n", limits).starts_with("error:"));
  CHECK(parse_however_split(std::string(21, '+') + "\n", limits).starts_with("error:"));
}

TEST_CASE("an announced size allocates nothing") {
  ReplyParser parser;
  const std::size_t before = Heap::now();
  parser.feed("+ARRAY 16000000\n+VALUE 500000000\nabc");
  CHECK(parser.next() == ReplyParser::Event::kNeedInput);
  CHECK(Heap::now() - before < 8192);
}

}  // namespace
}  // namespace kvstore::wire::test
