#include "src/client/text_request.h"

#include <doctest/doctest.h>

#include "src/wire/text_parser.h"

using namespace kvstore;
using namespace kvstore::client;

namespace {

using Words = std::vector<std::string_view>;

// What a server's parser makes of the request, and that it is one request.
std::vector<std::string> over_the_wire(const Words& argv) {
  std::string wire;
  REQUIRE(append_text_request(argv, &wire));
  wire::TextParser parser;
  parser.feed(wire);
  REQUIRE(parser.next() == wire::RequestParser::Event::kRequest);
  std::vector<std::string> got(parser.request().argv.begin(), parser.request().argv.end());
  CHECK(parser.next() == wire::RequestParser::Event::kNeedInput);
  CHECK_FALSE(parser.has_buffered());
  return got;
}

void check_unchanged(const Words& argv) {
  const std::vector<std::string> got = over_the_wire(argv);
  CHECK(Words(got.begin(), got.end()) == argv);
}

}  // namespace

TEST_CASE("a request arrives as it was given") {
  check_unchanged({"GET", "key"});
  check_unchanged({"SET", "key", "hello world"});
  check_unchanged({"SET", "", ""});
  check_unchanged({"SET", std::string_view("\0\n\r\xff\"", 5), std::string_view("\n\0", 2)});
  check_unchanged({"PING"});
}

TEST_CASE("words that mean something in the text grammar stay words") {
  check_unchanged({"APPEND", "log", "5"});
  check_unchanged({"SET", "key", "0", "5"});
  check_unchanged({"SET", "key", "<<EOT"});
  check_unchanged({"APPEND", "key", "<<EOT"});
  check_unchanged({"SET", "key", "v", "EX", "60"});
}

TEST_CASE("large values follow their line, expiry included") {
  const std::string large(3'000'000, '\n');
  check_unchanged({"SET", "key", large});
  check_unchanged({"PUT", "key", large});
  check_unchanged({"APPEND", "key", large});
  check_unchanged({"SET", "key", large, "EX", "60"});
}

TEST_CASE("what would open a block on the other side is refused here") {
  for (const char* command : {"SET", "put", "APPEND"}) {
    std::string wire;
    const Status status = append_text_request(Words{command, "key"}, &wire);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Code::kArity);
    CHECK(wire.empty());
  }
}

TEST_CASE("an unknown command is passed on if it is a word, and refused if not") {
  check_unchanged({"FROBNICATE", "a b"});
  for (const char* word : {"*1", "#", "two words", "new\nline", ""}) {
    std::string wire;
    CHECK_FALSE(append_text_request(Words{word}, &wire));
    CHECK(wire.empty());
  }
}

TEST_CASE("counted values are any bytes") {
  const std::string value = std::string("5\n\0END\n", 8);
  std::string bytes;
  append_counted_set("a \"key", value, &bytes);
  append_counted_append("k", value, &bytes);
  wire::TextParser parser;
  parser.feed(bytes);
  REQUIRE(parser.next() == wire::RequestParser::Event::kRequest);
  CHECK(parser.request().argv[1] == "a \"key");
  CHECK(parser.request().argv[2] == value);
  REQUIRE(parser.next() == wire::RequestParser::Event::kRequest);
  CHECK(parser.request().argv[2] == value);
  CHECK(parser.next() == wire::RequestParser::Event::kNeedInput);
}
