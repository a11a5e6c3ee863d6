// Requests of HTTP that arrive together: they share a sync, and each has its own answer.

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "server/http/answers.h"
#include "tests/server/fixture.h"
#include "tests/server/http_client.h"
#include "tests/support/sim_files.h"

namespace kvstore::test {
namespace {

std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view fields = {}) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, target, fields);
  if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
  return text + "\r\n" + std::string(body);
}

// "201 200 404 NIL": of all requests that are sent in one piece.
std::string outcomes(const server::Endpoint& endpoint, const std::vector<std::string>& requests,
                     std::vector<HttpAnswer>* answers = nullptr) {
  HttpClient client(endpoint);
  std::string all;
  for (const std::string& one : requests) all += one;
  client.socket().send(all);
  std::string text;
  for (const std::string& one : requests) {
    const HttpAnswer answer = client.receive(one.starts_with("HEAD"));
    if (!text.empty()) text += ' ';
    text += outcome(answer);
    if (answers != nullptr) answers->push_back(answer);
  }
  return text;
}

constexpr std::string_view kValue = R"({"value": "1"})";

TEST_CASE("pipelined writes share their syncs, whatever their kind, and each has its own status") {
  TestServer server(with_http(), Options{});
  std::vector<std::string> requests;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(request("PUT", fmt::format("/k{}", i), kValue));
    requests.push_back(request("POST", fmt::format("/k{}?append", i), kValue));
    requests.push_back(request("PUT", fmt::format("/k{}", i), kValue, "If-None-Match: *\r\n"));
    requests.push_back(request("DELETE", fmt::format("/none{}", i)));
    requests.push_back(request("POST", "/_/batch", R"([["INCR", "n"]])"));
    requests.push_back(request("POST", "/_/command", R"(["SADD", "wrong"])"));
    expected += "201 200 412 CONFLICT 404 NIL 200 400 UNKNOWN ";
  }
  expected.pop_back();
  const std::uint64_t before = server.store().stats().syncs;
  CHECK(outcomes(server.server().http_endpoint(), requests) == expected);
  const std::uint64_t syncs = server.store().stats().syncs - before;
  CHECK(syncs >= 1);
  CHECK(syncs < 100);
  CHECK(server.ask("GET n\n") == "+VALUE 3\n100\n");
}

TEST_CASE("a page between writes does not wait for the end of their run, and holds nobody up") {
  TestServer server(with_http());
  CHECK(outcomes(server.server().http_endpoint(),
                 {request("PUT", "/a", kValue), request("GET", "/_/ready"),
                  request("GET", "/metrics"), request("PUT", "/b", kValue),
                  request("GET", "/_/commands"), request("GET", "/?values"),
                  request("DELETE", "/a")}) == "201 200 200 201 200 200 204");
}

TEST_CASE("a sync that fails is the answer of each write of the pipeline, and of no read") {
  testing::SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = Store::open("/data.bin", options);
  REQUIRE(store);
  REQUIRE((*store)->set("old", "v"));
  server::Config config = with_http();
  config.listen.port = 0;
  testing::TempDir directory;
  config.log_file = directory / "log";
  auto server = server::Server::start(config, **store);
  REQUIRE(server);
  files.on_sync = [] { return fail(Code::kIo, "the disk is gone"); };
  std::vector<HttpAnswer> answers;
  const std::string seen =
      outcomes((*server)->http_endpoint(),
               {request("PUT", "/a", kValue), request("GET", "/old"), request("HEAD", "/old"),
                request("POST", "/_/batch", R"([{"op": "delete", "key": "old"}])"),
                request("PUT", "/b", kValue, "Expect: 100-continue\r\n"), request("GET", "/none")},
               &answers);
  // What is between two answers stays there.
  CHECK(seen == "500 IO 200 200 500 IO 100 500 IO");
  CHECK(answers[1].body.find("\"v\"") != std::string::npos);
  CHECK(answers[2].body.empty());
  CHECK(outcomes((*server)->http_endpoint(), {request("GET", "/_/ready")}) == "503 FAILED");
  (*server)->stop();
}

TEST_CASE("an answer that is taken back leaves the others as they are") {
  std::string output = "before,first,between,second,third";
  server::http::Answers answers(output);
  answers.add({.begin = 7, .end = 12});
  answers.add(
      {.begin = 21, .end = 27, .acknowledges_write = true, .closes = true, .is_head = true});
  answers.add({.begin = 28, .end = 33});
  answers.take_back(Error{Code::kFull, "the disk is full", {}});
  CHECK(output.starts_with("before,first,between,HTTP/1.1 507 "));
  CHECK(output.ends_with("\r\nConnection: close\r\n\r\n,third"));
}

}  // namespace
}  // namespace kvstore::test
