// The exchanges of the design, byte for byte, and one script through every way in.
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

constexpr const char* kTyped =
    "CREATE trades\nAPPEND trades 12\nAAPL,189.20\n\nREAD trades 5 6\nDELETE trades\n"
    "SET mykey 0 5\nhello\nGET mykey\n"
    "SET key value\nGET key\nDELETE key\nGET key\n";
constexpr const char* kAnswered =
    "+OK\n:12\n+VALUE 6\n189.20\n+OK\n+OK\n+VALUE 5\nhello\n+OK\n+VALUE 5\nvalue\n+OK\n+NIL\n";

// "\n" to "\r\n", except within the counted value of 12 bytes, which ends in LF.
std::string with_crlf(std::string text) {
  const std::string value = "AAPL,189.20\n";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, value.size(), value) == 0) {
      out += value;
      i += value.size() - 1;
    } else {
      out += text[i] == '\n' ? "\r\n"s : std::string(1, text[i]);
    }
  }
  return out;
}

TEST_CASE("the design's transcripts work letter for letter, however they arrive") {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    Fixture fixture;
    CHECK(fixture.text(kTyped, piece) == kAnswered);
  }
}

TEST_CASE("the design's transcripts work with CRLF") {
  Fixture fixture;
  CHECK(fixture.text(with_crlf(kTyped)) == with_crlf(kAnswered));
}

TEST_CASE("a second CREATE fails") {
  Fixture fixture;
  const std::string answer = fixture.text("CREATE trades\nCREATE trades\n");
  CHECK(answer.starts_with("+OK\n-ERR EXISTS "));
}

TEST_CASE("an error answers its own line, and the session goes on") {
  Fixture fixture;
  const std::string answer = fixture.text("SET k \"\\v\"\nSET k 0 3\nhello\nSET k 0 2\r\nhi\r\nGET k\n");
  CHECK(answer ==
        "-ERR SYNTAX column 8: unknown escape \\v; try: use \\n \\r \\t \\\\ \\\" \\xHH, or '...' to take every "
        "character as it is\n"
        "-ERR LENGTH no line end follows the 3 bytes taken as the value, 'hel'; the rest of the line is skipped; try: "
        "make the count the exact number of bytes\n"
        "+OK\r\n+VALUE 2\nhi\n");
}

// A script as words, and as typed where the text protocol has a form of its own.
struct Step {
  std::vector<std::string> argv;
  std::string typed;
};

const std::vector<Step>& script() {
  static const std::vector<Step> steps = {
      {{"CREATE", "log"}, "create log\n"},
      {{"CREATE", "log"}, "CREATE log\n"},
      {{"SET", "a b", "x\ny"}, "SET \"a b\" \"x\\ny\"\n"},
      {{"SET", "note", "one\ntwo"}, "SET note <<EOT\none\ntwo\nEOT\n"},
      {{"SET", "temp", "gone soon", "EX", "1000"}, "SET temp 1000 9\ngone soon\n"},
      {{"APPEND", "log", "12345"}, "APPEND log 5\n12345\n"},
      {{"APPEND", "log", "6"}, "APPEND log \"6\"\n"},
      {{"GET", "log"}, "GET log\n"},
      {{"GET", "note"}, "GET note\n"},
      {{"GET", "a b"}, "GET 'a b'\n"},
      {{"GET", "none"}, "GET none\n"},
      {{"READ", "log", "-2", "9"}, "READ log -2 9\n"},
      {{"STRLEN", "log"}, "STRLEN log\n"},
      {{"EXISTS", "log", "none"}, "EXISTS log none\n"},
      {{"TYPE", "log"}, "TYPE log\n"},
      {{"KEYS", "*"}, "KEYS *\n"},
      {{"COUNT"}, "COUNT\n"},
      {{"SCAN", "0", "MATCH", "log", "COUNT", "1000"}, "SCAN 0 MATCH log COUNT 1000\n"},
      {{"SET", "k", "hello", "world"}, "SET k hello world\n"},
      {{"READ", "k", "zero", "1"}, "READ k zero 1\n"},
      {{"NONSENSE"}, "NONSENSE\n"},
      {{"GET"}, "GET\n"},
      {{"DELETE", "a b"}, "DELETE \"a b\"\n"},
      {{"DELETE", "a b"}, "DELETE \"a b\"\n"},
      {{"DEL", "note", "temp", "none"}, "DEL note temp none\n"},
      {{"PING"}, "PING\n"},
      {{"ECHO", ""}, "ECHO ''\n"},
      {{"SYNC"}, "SYNC\n"},
      {{"HELP", "GET"}, "HELP GET\n"},
      {{"COMMAND", "DOCS"}, "COMMAND DOCS\n"},
      {{"CONFIG", "GET", "max*"}, "CONFIG GET max*\n"},
      {{"EXIT"}, "EXIT\n"},
  };
  return steps;
}

TEST_CASE("one script gets the same replies as words, as text and as RESP") {
  Fixture by_words, by_text, by_resp;
  std::string typed, sent, words_as_text, words_as_resp;
  for (const Step& step : script()) {
    const Reply reply = by_words.run(step.argv);
    render_text(reply, false, &words_as_text);
    render_resp2(reply, &words_as_resp);
    typed += step.typed;
    sent += as_resp(step.argv);
  }
  CHECK(by_text.text(typed) == words_as_text);
  CHECK(by_resp.resp(sent) == words_as_resp);
}

}  // namespace
}  // namespace kvstore::wire::test
