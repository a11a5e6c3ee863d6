#include "src/client/resp_request.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/wire/resp_parser.h"

using namespace kvstore;

TEST_CASE("a server's parser reads the words that a RESP request was made of") {
  using namespace std::string_literals;
  const std::vector<std::string> words{"SET", "", "\0\r\n$5\xff"s, std::string(100'000, '\n')};
  std::string bytes;
  client::append_resp_request({words[0], words[1], words[2], words[3]}, &bytes);
  client::append_resp_request({"PING"}, &bytes);
  wire::RespParser parser;
  parser.feed(bytes);
  REQUIRE(parser.next() == wire::RequestParser::Event::kRequest);
  const auto& argv = parser.request().argv;
  CHECK(std::vector<std::string>(argv.begin(), argv.end()) == words);
  REQUIRE(parser.next() == wire::RequestParser::Event::kRequest);
  CHECK(parser.next() == wire::RequestParser::Event::kNeedInput);
}
