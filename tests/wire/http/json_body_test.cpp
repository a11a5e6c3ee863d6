#include "src/wire/http/json_body.h"

#include <string>

#include <doctest/doctest.h>

namespace kvstore::wire::http {
namespace {

using namespace std::string_literals;

std::string problem_of(std::string_view body) {
  const auto parsed = parse_value_body(body, true);
  if (parsed) return "";
  CHECK(parsed.error().code == Code::kSyntax);
  return parsed.error().message;
}

TEST_CASE("a value is text, or bytes in base64") {
  CHECK(parse_value_body(R"({"value": "a\u0000\u00e9"})", true)->value == "a\0\xc3\xa9"s);
  CHECK(parse_value_body(R"({"value": {"base64": "AP8="}})", true)->value == "\0\xff"s);
  CHECK(parse_value_body(R"( {"value":"","ttl":60} )", true)->ttl == "60");
  CHECK(!parse_value_body(R"({"value":"","ttl":null})", true)->ttl);
  CHECK(!parse_value_body(R"({"value":"","ttl":1})", false));
}

TEST_CASE("a body that is none says where") {
  CHECK(problem_of("").find("byte 1") != std::string::npos);
  CHECK(problem_of(R"({"value": "a")").find("byte 14") != std::string::npos);
  CHECK(problem_of(R"({"value": "a", "value": "b"})").find("comes twice") != std::string::npos);
  CHECK(problem_of(R"({"value": "a", "x\u0000": 1})").find("is not known") != std::string::npos);
  CHECK(problem_of(R"({"value": {"base64": "AP8"}})").find("base64") != std::string::npos);
  CHECK(problem_of(R"({"value": {"base64": "AP8=", "x": 1}})").find("neither") !=
        std::string::npos);
  CHECK(problem_of(std::string(100, '[')).find("too deep") != std::string::npos);
  std::string many = "[";
  for (std::size_t i = 0; i < kMostJsonValues; ++i) many += "1,";
  const auto too_many = parse_value_body(many + "1]", true);
  REQUIRE(!too_many);
  CHECK(too_many.error().code == Code::kTooBig);
  CHECK(too_many.error().message.find("more than 100000 values") != std::string::npos);
  CHECK(memory_to_parse(many) >= many.size() + kMostJsonValues * sizeof(std::string));
  std::string names = "{";
  for (int i = 0; i < 20; ++i) names += "\"" + std::to_string(i) + "\":1,";
  CHECK(problem_of(names + "\"x\":1}").find("too many names") != std::string::npos);
}

TEST_CASE("a command is words") {
  CHECK(*parse_command_body(R"(["GET", "k", 7, -1, {"base64": "AA=="}])") ==
        std::vector<std::string>{"GET", "k", "7", "-1", "\0"s});
  CHECK(*parse_command_body(R"({"args": ["R0VU"], "base64": true})") ==
        std::vector<std::string>{"GET"});
  for (const std::string_view bad :
       {"[]", "{}", "1", R"([1.5])", R"([null])", R"({"args": "GET"})",
        R"({"args": ["GET"], "base64": true})", R"({"args": ["R0VU"], "base64": "true"})",
        R"({"args": ["GET"], "more": 1})", R"([["GET"]])"}) {
    CAPTURE(bad);
    CHECK(!parse_command_body(bad));
  }
}

TEST_CASE("a body that is nearly right is answered with what is") {
  CHECK(parse_value_body(R"({"value": 1})", true).error().hint == "a value is text: \"1\"");
  CHECK(parse_value_body(R"({"value": true})", true).error().hint == "a value is text: \"true\"");
  CHECK(parse_command_body("GET a").error().hint == R"(["GET", "key"])");
  CHECK(parse_command_body(R"("GET a")").error().hint == R"(["GET", "key"])");
}

TEST_CASE("a batch says which of its operations is wrong") {
  const auto batch = parse_batch_body(
      R"([{"op":"put","key":"a","value":"1","ttl":5},["INCR","n"],{"op":"check","key":"b","version":7}])");
  REQUIRE(batch);
  CHECK((*batch)[0].words == std::vector<std::string>{"SET", "a", "1", "EX", "5"});
  CHECK((*batch)[1].words == std::vector<std::string>{"INCR", "n"});
  CHECK((*batch)[2].words.empty());
  CHECK((*batch)[2].version == 7);
  const auto wrong = parse_batch_body(R"([["A"],{"op":"append","key":"a"}])");
  REQUIRE(!wrong);
  CHECK(wrong.error().message == "operation 2: \"value\" is missing");
}

}  // namespace
}  // namespace kvstore::wire::http
