// Redis' own tools against this server.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using test::resp;
using test::TestServer;

namespace {

std::string redis_cli(const TestServer& server, std::vector<std::string> words,
                      std::string_view input = {}) {
  std::vector<std::string> argv{"redis-cli", "-p", server.port()};
  argv.insert(argv.end(), words.begin(), words.end());
  return test::run_tool(argv, input).output;
}

}  // namespace

TEST_CASE("redis-cli sets, gets, lists and deletes") {
  TestServer server;
  CHECK(redis_cli(server, {"SET", "greeting", "hello world"}) == "OK\n");
  CHECK(redis_cli(server, {"GET", "greeting"}) == "hello world\n");
  CHECK(redis_cli(server, {"GET", "nothing"}) == "\n");
  CHECK(redis_cli(server, {"EXISTS", "greeting"}) == "1\n");
  CHECK(redis_cli(server, {"SET", "other", "5"}) == "OK\n");
  CHECK(redis_cli(server, {"KEYS", "*"}) == "greeting\nother\n");
  CHECK(redis_cli(server, {"DBSIZE"}) == "2\n");
  CHECK(redis_cli(server, {"DEL", "greeting", "other"}) == "2\n");
  CHECK(redis_cli(server, {"PING"}) == "PONG\n");
  CHECK(redis_cli(server, {"INFO"}).find("connections") != std::string::npos);
}

TEST_CASE("redis-cli shows errors as it knows them") {
  TestServer server;
  CHECK(redis_cli(server, {"NOSUCH"}).find("ERR unknown command") == 0);
  CHECK(redis_cli(server, {"GET"}).find("ERR wrong number of arguments for 'get' command") == 0);
}

TEST_CASE("redis-cli works as a script and with a value from its input") {
  TestServer server;
  CHECK(redis_cli(server, {}, "SET a 1\nGET a\n") == "OK\n1\n");
  CHECK(redis_cli(server, {"-x", "SET", "file"}, "line one\nline two\n") == "OK\n");
  CHECK(redis_cli(server, {"GET", "file"}) == "line one\nline two\n\n");
}

TEST_CASE("redis-cli's pipe mode loads 20,000 keys") {
  TestServer server;
  std::string input;
  for (int i = 0; i < 20'000; ++i) input += resp({"SET", "k" + std::to_string(i), "value"});
  const std::string output = redis_cli(server, {"--pipe"}, input);
  CHECK(output.find("errors: 0, replies: 20000") != std::string::npos);
  CHECK(server.store().count().value() == 20'000);
}

TEST_CASE("redis-cli's pipe mode takes more than a MiB of lines that end in CR LF") {
  TestServer server;
  std::string input;
  for (int i = 0; i < 60'000; ++i) input += "SET key" + std::to_string(i) + " some-value\r\n";
  REQUIRE(input.size() > (1 << 20));
  const std::string output = redis_cli(server, {"--pipe"}, input);
  CHECK(output.find("errors: 0, replies: 60000") != std::string::npos);
  CHECK(server.store().count().value() == 60'000);
}

TEST_CASE("redis-benchmark runs through, pipelined and not") {
  TestServer server({}, Options{});
  for (const char* pipeline : {"1", "16"}) {
    CAPTURE(pipeline);
    const auto run = test::run_tool({"redis-benchmark", "-p", server.port(), "-t", "set,get", "-n",
                                     "20000", "-P", pipeline, "-q"});
    CHECK(run.exit_code == 0);
    CHECK(run.output.find("SET: ") != std::string::npos);
    CHECK(run.output.find("GET: ") != std::string::npos);
    CHECK(run.output.find("requests per second") != std::string::npos);
    CHECK(run.output.find("rror") == std::string::npos);
  }
}
