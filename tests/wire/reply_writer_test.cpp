#include "src/wire/reply_writer.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "src/command/quote.h"
#include "tests/support/written_reply.h"

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

const Reply kNested =
    Reply::array({Reply::of(-1), Reply::array({Reply::value("a\0\n"s), Reply::missing()}),
                  Reply::array({}), Reply::ok()});

TEST_CASE("replies look as the design's table says in text") {
  CHECK(text(Reply::ok()) == "+OK\n");
  CHECK(text(Reply::status("PONG")) == "+PONG\n");
  CHECK(text(Reply::value("hello")) == "+VALUE 5\nhello\n");
  CHECK(text(Reply::value("")) == "+VALUE 0\n\n");
  CHECK(text(Reply::of(3)) == ":3\n");
  CHECK(text(Reply::missing()) == "+NIL\n");
  CHECK(text(kNested) == "+ARRAY 4\n:-1\n+ARRAY 2\n+VALUE 3\na\0\n\n+NIL\n+ARRAY 0\n+OK\n"s);
  CHECK(text(Reply::failure({Code::kArity, "GET takes a key", ""})) ==
        "-ERR ARITY GET takes a key\n");
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

TEST_CASE("RESP3 has types of its own for maps, sets, doubles, texts, what is pushed and nothing") {
  std::string out;
  RespWriter writer(&out);
  const auto write_all_kinds = [&writer, &out] {
    out.clear();
    writer.begin(Aggregate::kPush, 2);
    writer.begin(Aggregate::kMap, 2);
    writer.value("a");
    writer.real(1.5);
    writer.end();
    writer.begin(Aggregate::kSet, 2);
    writer.text("t");
    writer.missing();
    writer.end();
    writer.end();
    return out;
  };
  CHECK(write_all_kinds() == "*2\r\n*2\r\n$1\r\na\r\n$3\r\n1.5\r\n*2\r\n$1\r\nt\r\n$-1\r\n");
  writer.speak(Dialect::kResp3);
  CHECK(write_all_kinds() == ">2\r\n%1\r\n$1\r\na\r\n,1.5\r\n~2\r\n=5\r\ntxt:t\r\n_\r\n");
}

TEST_CASE("a length that is known at the end stands in front all the same") {
  std::string out = "before ";
  TextWriter writer(&out);
  writer.start();
  writer.begin(Aggregate::kArray, ReplySink::kUncounted);
  writer.integer(1);
  writer.begin(Aggregate::kMap, ReplySink::kUncounted);
  writer.end();
  writer.value("x");
  writer.end();
  CHECK(out == "before +ARRAY 3\n:1\n+ARRAY 0\n+VALUE 1\nx\n");
}

TEST_CASE("a discarded reply leaves nothing, an error takes its place") {
  std::string out = "+OK\n";
  TextWriter writer(&out);
  writer.start();
  writer.begin(Aggregate::kArray, 2);
  writer.ok();
  writer.discard();
  writer.error(Error{Code::kIo, "broken", ""});
  writer.start();
  writer.ok();
  CHECK(out == "+OK\n-ERR IO broken\n+OK\n");
}

class Words final : public ReplyStream {
 public:
  Words(Kind kind, std::uint64_t left, std::uint64_t breaks_at = UINT64_MAX)
      : kind_(kind), left_(left), breaks_at_(breaks_at) {}
  Kind kind() const override { return kind_; }
  std::uint64_t left() const override { return left_; }
  Status next(ReplySink& to) override {
    if (left_ == breaks_at_) return fail(Code::kCorrupt, "rotten");
    --left_;
    if (kind_ == Kind::kValue)
      to.part("w");
    else
      to.value("w");
    return {};
  }
  std::size_t memory() const override { return 7; }

 private:
  const Kind kind_;
  std::uint64_t left_;
  const std::uint64_t breaks_at_;
};

TEST_CASE("a stream is written a piece at a time, its beginning with the reply it is in") {
  std::string out;
  TextWriter writer(&out);
  writer.start();
  writer.begin(Aggregate::kArray, 2);
  writer.value("0");
  writer.stream(std::make_unique<Words>(ReplyStream::Kind::kArray, 3));
  writer.end();
  CHECK(out == "+ARRAY 2\n+VALUE 1\n0\n+ARRAY 3\n");
  CHECK(writer.is_streaming());
  CHECK(writer.memory() == 7);
  CHECK(writer.pump(1));
  CHECK(out.ends_with("+ARRAY 3\n+VALUE 1\nw\n"));
  CHECK(writer.is_streaming());
  CHECK(writer.pump(1000));
  CHECK_FALSE(writer.is_streaming());
  CHECK(out.ends_with("+ARRAY 3\n+VALUE 1\nw\n+VALUE 1\nw\n+VALUE 1\nw\n"));

  out.clear();
  writer.start();
  writer.stream(std::make_unique<Words>(ReplyStream::Kind::kValue, 3));
  CHECK(writer.pump(3));
  CHECK(out == "+VALUE 3\nwww\n");
}

TEST_CASE("a stream that breaks is an error, and never ends") {
  std::string out;
  RespWriter writer(&out);
  writer.start();
  writer.stream(std::make_unique<Words>(ReplyStream::Kind::kValue, 3, 1));
  const Status pumped = writer.pump(1000);
  REQUIRE(!pumped);
  CHECK(pumped.error().code == Code::kCorrupt);
  CHECK(out == "$3\r\nww");
}

TEST_CASE("a Reply that is collected is the one that was written, streams and all") {
  ReplyCollector collector;
  collector.begin(Aggregate::kArray, 2);
  collector.stream(std::make_unique<Words>(ReplyStream::Kind::kValue, 2));
  collector.stream(std::make_unique<Words>(ReplyStream::Kind::kArray, 2));
  collector.end();
  CHECK(text(collector.take()) == "+ARRAY 2\n+VALUE 2\nww\n+ARRAY 2\n+VALUE 1\nw\n+VALUE 1\nw\n");
  write(kNested, collector);
  CHECK(text(collector.take()) == text(kNested));
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
  CHECK(escape_controls("\xc2\x9b") == "\\xc2\\x9b");           // a terminal's control
  CHECK(escape_controls("\xc0\xaf") == "\\xc0\\xaf");           // overlong
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
