// Inputs nobody would think of: whatever comes, and however it is cut up, a parser
// answers the same, loses no line and keeps its limits.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/wire/resp_parser.h"
#include "src/wire/text_parser.h"
#include "src/wire/reply_parser.h"
#include "tests/command/support.h"

namespace kvstore::wire::test {

using namespace command;
using namespace command::test;
namespace {

using namespace std::string_literals;

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t n) { return random() % n; }

// Fragments that mean something to a parser, in an order that mostly does not.
std::string make_input(Random& random, const std::vector<std::string>& fragments) {
  std::string input;
  for (std::size_t i = 1 + below(random, 30); i > 0; --i) {
    input += fragments[below(random, fragments.size())];
    if (below(random, 8) == 0) input += static_cast<char>(random());
  }
  return input;
}

std::vector<std::string_view> cut(Random& random, std::string_view input) {
  std::vector<std::string_view> pieces;
  while (!input.empty()) {
    const std::size_t size = 1 + below(random, below(random, 4) == 0 ? 40 : 4);
    pieces.push_back(input.substr(0, size));
    input.remove_prefix(std::min(size, input.size()));
  }
  return pieces;
}

Limits tiny_limits() {
  Limits limits;
  limits.max_line = 30;
  limits.max_value = 12;
  limits.max_request = 60;
  limits.max_words = 5;
  return limits;
}

void check_splits(const std::vector<std::string>& fragments, const ParserFactory& make) {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const std::string input = make_input(random, fragments);
    const std::string whole = dump(*make(), {input});
    const std::string cut_up = dump(*make(), cut(random, input));
    REQUIRE(cut_up == whole);
  }
}

const std::vector<std::string> kTextFragments = {
    "SET k 0 5\n", "SET k 0 12\n", "SET k 0 13\r\n", "APPEND k 3\r\n", "SET k <<EOT\n", "SET k\r\n", "EOT\n",
    "EOT\r\n", "END\n", "END", "EOT", "hello\n", "abc", "\n", "\r\n", "\r", "\"", "\\x4", "'", " ", "# ", "GET ",
    "a b c d e f ", "0123456789", "0123456789012345678901234567890", "\0"s, "SET k -1 2\n", "APPEND k 99999999999\n"};

TEST_CASE("random text gives the same however it is cut up") {
  check_splits(kTextFragments, [] { return std::make_unique<TextParser>(); });
  check_splits(kTextFragments, [] { return std::make_unique<TextParser>(tiny_limits()); });
}

TEST_CASE("random RESP gives the same however it is cut up") {
  const std::vector<std::string> fragments = {
      "*1\r\n", "*2\r\n", "*0\r\n", "*-1\r\n", "$3\r\nGET\r\n", "$1\r\nk\r\n", "$0\r\n\r\n", "$12\r\n", "$13\r\n",
      "012345678901", "\r\n", "\n", "GET k\r\n", "*1\r\n$4\r\nPING\r\n", "*", "$", "\"a b\" ", "'", "PING\n", "9"};
  check_splits(fragments, [] { return std::make_unique<RespParser>(); });
  check_splits(fragments, [] { return std::make_unique<RespParser>(tiny_limits()); });
}

TEST_CASE("every line of random text is counted") {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const std::string input = make_input(random, kTextFragments) + "\n";
    TextParser parser(seed % 2 == 0 ? tiny_limits() : Limits{});
    const std::string found = dump(parser, cut(random, input), false);
    if (found.find("FATAL") != found.npos) continue;  // nothing behind it is read
    if (parser.pending().what != Pending::What::kNothing) continue;  // inside a value
    const auto newlines = static_cast<std::uint64_t>(std::count(input.begin(), input.end(), '\n'));
    REQUIRE(parser.line() == newlines + 1);
  }
}

TEST_CASE("random replies are read or refused, never more") {
  const std::vector<std::string> fragments = {"+OK\n", "+NIL\r\n", "+VALUE 3\n", "abc", "\n", "\r\n", "+ARRAY 2\n",
                                              ":1\n", "-ERR IO x\n", "+", ":", "+VALUE 0\n", "+ARRAY 0\n", "9"};
  std::size_t read = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const std::string input = make_input(random, fragments);
    ReplyParser whole, pieces;
    std::string by_whole, by_pieces;
    const auto drain = [&](ReplyParser& parser, std::string* out) {
      ReplyParser::Event event;
      while ((event = parser.next()) == ReplyParser::Event::kReply) *out += as_text(parser.take()), ++read;
      return event;
    };
    whole.feed(input);
    const auto ended = drain(whole, &by_whole);
    auto pieces_ended = ReplyParser::Event::kNeedInput;
    for (const std::string_view piece : cut(random, input)) {
      pieces.feed(piece);
      pieces_ended = drain(pieces, &by_pieces);
    }
    REQUIRE(by_pieces == by_whole);
    REQUIRE(bool(pieces_ended == ended));
  }
  CHECK(read > 4000);
}

}  // namespace
}  // namespace kvstore::wire::test
