#include "src/wire/render.h"

#include <string>

#include <doctest/doctest.h>

#include "src/command/quote.h"

namespace kvstore::wire {

using namespace command;
namespace {

using namespace std::string_literals;

std::string text(const Reply& reply, bool crlf = false) {
  std::string out;
  render_text(reply, crlf, &out);
  return out;
}

std::string resp(const Reply& reply) {
  std::string out;
  render_resp2(reply, &out);
  return out;
}

const Reply kNested = Reply::array({Reply::of(-1), Reply::array({Reply::value("a\0\n"s), Reply::missing()}),
                                    Reply::array({}), Reply::ok()});

TEST_CASE("replies look as the design's table says in text") {
  CHECK(text(Reply::ok()) == "+OK\n");
  CHECK(text(Reply::status("PONG")) == "+PONG\n");
  CHECK(text(Reply::value("hello")) == "+VALUE 5\nhello\n");
  CHECK(text(Reply::value("")) == "+VALUE 0\n\n");
  CHECK(text(Reply::of(3)) == ":3\n");
  CHECK(text(Reply::missing()) == "+NIL\n");
  CHECK(text(kNested) == "+ARRAY 4\n:-1\n+ARRAY 2\n+VALUE 3\na\0\n\n+NIL\n+ARRAY 0\n+OK\n"s);
  CHECK(text(Reply::failure({Code::kArity, "GET takes a key", ""})) == "-ERR ARITY GET takes a key\n");
  CHECK(text(Reply::failure({Code::kArity, "GET takes a key", "GET k"})) ==
        "-ERR ARITY GET takes a key; try: GET k\n");
}

TEST_CASE("text lines end as the command's did, and values are left alone") {
  CHECK(text(Reply::array({Reply::value("a\nb"), Reply::of(1)}), true) ==
        "+ARRAY 2\r\n+VALUE 3\r\na\nb\r\n:1\r\n");
  CHECK(text(Reply::failure({Code::kFull, "no room", ""}), true) == "-ERR FULL no room\r\n");
}

TEST_CASE("replies look as the design's table says in RESP2") {
  CHECK(resp(Reply::ok()) == "+OK\r\n");
  CHECK(resp(Reply::status("PONG")) == "+PONG\r\n");
  CHECK(resp(Reply::value("hello")) == "$5\r\nhello\r\n");
  CHECK(resp(Reply::of(3)) == ":3\r\n");
  CHECK(resp(Reply::missing()) == "$-1\r\n");
  CHECK(resp(kNested) == "*4\r\n:-1\r\n*2\r\n$3\r\na\0\n\r\n$-1\r\n*0\r\n+OK\r\n"s);
}

TEST_CASE("RESP errors are in Redis' words where it has some") {
  Reply reply = Reply::failure({Code::kSyntax, "SET has no option", "SET key value"});
  reply.text = "ERR syntax error";
  CHECK(resp(reply) == "-ERR syntax error\r\n");
  CHECK(text(reply) == "-ERR SYNTAX SET has no option; try: SET key value\n");
  CHECK(resp(Reply::failure({Code::kCorrupt, "key 'a'", "kvstore verify"})) ==
        "-CORRUPT key 'a'; try: kvstore verify\r\n");
  CHECK(resp(Reply::failure({Code::kTooBig, "Protocol error: invalid bulk length", ""})) ==
        "-ERR Protocol error: invalid bulk length\r\n");
}

TEST_CASE("an error is one line, whatever is in it") {
  const Reply reply = Reply::failure({Code::kIo, "a\r\n+OK\0\x1b"s, "\n"});
  CHECK(text(reply) == "-ERR IO a\\r\\n+OK\\x00\\x1b; try: \\n\n");
  CHECK(resp(reply) == "-IO a\\r\\n+OK\\x00\\x1b; try: \\n\r\n");
}

TEST_CASE("messages keep UTF-8 and show every other byte above ASCII as hex") {
  CHECK(escape_controls("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(escape_controls("\xff\xc3") == "\\xff\\xc3");
  CHECK(escape_controls("\xc2\x9b") == "\\xc2\\x9b");          // a terminal's control
  CHECK(escape_controls("\xc0\xaf") == "\\xc0\\xaf");          // overlong
  CHECK(escape_controls("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(escape_controls("\x7f") == "\\x7f");
}

TEST_CASE("quoted user input is cut between characters") {
  CHECK(quote("abc") == "'abc'");
  CHECK(quote("abcdef", 3) == "'abc...'");
  CHECK(quote("ab\xc3\xbc", 3) == "'ab...'");
}

}  // namespace
}  // namespace kvstore::wire
