#include "server/endpoint.h"

#include <string_view>

#include <doctest/doctest.h>

#include "server/socket.h"

using namespace kvstore;
using server::looks_like_endpoint;
using server::parse_endpoint;

namespace {

std::string parsed(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  return endpoint ? endpoint->to_string() : std::string(code_name(endpoint.error().code));
}

}  // namespace

TEST_CASE("an endpoint is a port, with or without an address") {
  CHECK(parsed("7878") == "127.0.0.1:7878");
  CHECK(parsed("0") == "127.0.0.1:0");
  CHECK(parsed("127.0.0.2:80") == "127.0.0.2:80");
  CHECK(parsed("localhost:80") == "localhost:80");
  CHECK(parsed("[::1]:7878") == "[::1]:7878");
  CHECK(parsed("65535") == "127.0.0.1:65535");
}

TEST_CASE("what is no endpoint is a usage error") {
  for (const char* text : {"", "x", "65536", "-1", "+1", " 1", "1 ", "127.0.0.1", "127.0.0.1:",
                           ":7878", "::1:7878", "[]:1", "a:b", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(parsed(text) == "USAGE");
  }
}

TEST_CASE("a word is taken for an endpoint by its shape") {
  for (const char* word : {"7878", "0", "127.0.0.1:1", "[::1]:1", "localhost:7", "999999"}) {
    CAPTURE(word);
    CHECK(looks_like_endpoint(word));
  }
  for (const char* word : {"", "data.bin", "./a:1", "SET", ":1", "a:", "a:b", "-1", "dir/7878"}) {
    CAPTURE(word);
    CHECK_FALSE(looks_like_endpoint(word));
  }
}

TEST_CASE("an address outside loopback is refused unless it is asked for twice") {
  const auto refused = server::listen_on({"0.0.0.0", 0}, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kUsage);
  CHECK(refused.error().hint.find("--unsafe-listen") != std::string::npos);
  CHECK_FALSE(server::listen_on({"::", 0}, false));
  const auto allowed = server::listen_on({"0.0.0.0", 0}, true);
  REQUIRE(allowed);
  CHECK(allowed->endpoint.port != 0);
  CHECK(server::listen_on({"127.0.0.2", 0}, false));
}

TEST_CASE("a port in use and an address that is not ours are told apart") {
  const auto first = server::listen_on({"127.0.0.1", 0}, false);
  REQUIRE(first);
  const auto second = server::listen_on(first->endpoint, false);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kNetwork);
  CHECK(second.error().message.find("in use") != std::string::npos);
  const auto http = server::listen_on(first->endpoint, false, "--http");
  CHECK(http.error().hint.starts_with("another port: --http "));
  CHECK(server::listen_on({"0.0.0.0", 0}, false, "--http").error().hint.starts_with("--http 127"));
  const auto nowhere = server::listen_on({"not a host name", 0}, false);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == Code::kNetwork);
}
