#include "src/wire/http/target.h"

#include <string>

#include <doctest/doctest.h>

namespace kvstore::wire::http {
namespace {

using namespace std::string_literals;

std::string key_of(std::string_view target) {
  const auto parsed = parse_target(target);
  return parsed ? parsed->key : "<none>";
}

TEST_CASE("a key is what the path says, decoded") {
  CHECK(key_of("/a") == "a");
  CHECK(key_of("/") == "");
  CHECK(key_of("/a/b//c?x") == "a/b//c");
  CHECK(key_of("/a%2Fb%2fc") == "a/b/c");
  CHECK(key_of("/%00%FF") == "\0\xff"s);
  CHECK(key_of("/a+b%20c") == "a+b c");
  CHECK(key_of("/%25%32%35") == "%25");
  CHECK(key_of("/%3Fx?y") == "?x");
  CHECK(key_of("/../.") == "../.");
  for (const std::string_view bad :
       {"/%", "/%4", "/a%4", "/%g0", "/%0g", "/% 1", "/%-1", "a", "", "?a", "//%"}) {
    CAPTURE(bad);
    CHECK(key_of(bad) == "<none>");
  }
}

TEST_CASE("a target may name the server") {
  const auto target = parse_target("http://host:8080/a?b=c");
  REQUIRE(target);
  CHECK(target->authority == "host:8080");
  CHECK(target->path == "/a");
  CHECK(target->parameter("b") == "c");
  CHECK(parse_target("HTTPS://host")->path == "/");
  CHECK(parse_target("http://host?a")->key == "");
  CHECK(!parse_target("http:///a"));
  CHECK(!parse_target("ftp://host/a"));
  CHECK(parse_target("*")->path == "*");
}

TEST_CASE("a query has names and values") {
  const auto target = parse_target("/?prefix=a%26b+c&values&limit=&limit=2&&=x");
  REQUIRE(target);
  CHECK(target->parameter("prefix") == "a&b c");
  CHECK(target->parameter("values") == "");
  CHECK(target->parameter("limit") == "");
  CHECK(!target->parameter("after"));
  CHECK(!parse_target("/?a=%"));
  CHECK(!parse_target("/?%zz"));
}

TEST_CASE("whatever is encoded is decoded to what it was") {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  CHECK(percent_decode(percent_encode(all), false) == all);
  CHECK(percent_decode(percent_encode(all), true) == all);
  CHECK(percent_encode("a b/c~d") == "a%20b%2Fc~d");
  CHECK(percent_encode("a/b", "/") == "a/b");
}

}  // namespace
}  // namespace kvstore::wire::http
