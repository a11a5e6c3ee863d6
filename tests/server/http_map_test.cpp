// GET /_/map: what the server is told of its file, for who may know it.
#include <atomic>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "src/base/cancel.h"
#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

TEST_CASE("the map of the file is what the server was given to make it") {
  server::Config config = with_http();
  config.space_map = []() -> Result<std::string> { return std::string("{\"regions\":[]}\n"); };
  TestServer server(config);
  const auto answer = HttpClient(server).ask("GET", "/_/map");
  CHECK(answer.status == 200);
  CHECK(answer.field("content-type") == "application/json");
  CHECK(answer.body == "{\"regions\":[]}\n");
  CHECK(HttpClient(server).ask("POST", "/_/map").status == 405);
}

TEST_CASE("without it there is no map, and its errors are problems") {
  TestServer without(with_http());
  CHECK(outcome(HttpClient(without).ask("GET", "/_/map")) == "404 UNKNOWN");
  server::Config config = with_http();
  config.space_map = []() -> Result<std::string> { return fail(Code::kMemory, "too many keys"); };
  TestServer failing(config);
  CHECK(outcome(HttpClient(failing).ask("GET", "/_/map")).ends_with(" MEMORY"));
}

TEST_CASE("who may not read all keys gets no map") {
  server::Config config = with_http();
  config.space_map = []() -> Result<std::string> { return std::string("{}"); };
  TestServer server(config);
  HttpClient client(server);
  REQUIRE(client
              .ask("POST", "/_/command",
                   R"(["ACL","SETUSER","some","on",">pass","allcommands","~some:*"])")
              .status == 200);
  const std::string some = "Authorization: Basic c29tZTpwYXNz\r\n";  // some:pass
  CHECK(outcome(client.ask("GET", "/_/map", {}, some)) == "403 NOPERM");
  CHECK(client.ask("GET", "/_/map").status == 200);
}

TEST_CASE("a server that stops does not wait for a map") {
  std::atomic<bool> has_begun{false};
  server::Config config = with_http();
  config.space_map = [&]() -> Result<std::string> {
    has_begun = true;
    while (!is_cancelled()) std::this_thread::yield();
    return cancelled();
  };
  TestServer server(config);
  HttpClient client(server);
  client.send("GET", "/_/map");
  while (!has_begun) std::this_thread::yield();
  server.server().stop();
  CHECK(has_begun);
}

}  // namespace
}  // namespace kvstore::test
