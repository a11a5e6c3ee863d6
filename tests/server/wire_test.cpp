// One connection, several protocols: text lines, RESP2 and RESP3, inline commands.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using namespace std::string_literals;
using test::Client;
using test::repeated;
using test::resp;
using test::TestServer;

namespace {

test::Finished redis_cli(const TestServer& server, std::vector<std::string> words,
                         std::string_view input = {}) {
  std::vector<std::string> argv{"redis-cli", "-p", server.port()};
  argv.insert(argv.end(), words.begin(), words.end());
  return test::run_tool(argv, input);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("RESP after text lines is RESP: a value is never executed") {
  TestServer server;
  REQUIRE(server.ask("SET precious 1\n") == "+OK\n");
  const std::string set = resp({"SET", "note", "DEL precious\r\nDEL precious"});
  CHECK(server.ask("PING\r\n" + set + "GET precious\r\n") == "+PONG\r\n+OK\r\n$1\r\n1\r\n");
  CHECK(server.ask("PING\n" + set + set) == "+PONG\n+OK\r\n+OK\r\n");
  CHECK(server.ask("SET a 0 5\nDEL *\n" + set) == "+OK\n+OK\r\n");
  CHECK(server.ask("EXISTS precious\n") == ":1\n");
  // Byte by byte, too.
  Client client = server.connect();
  for (const char byte : "ping\n" + set + "EXISTS precious\n") client.send({&byte, 1});
  client.half_close();
  CHECK(client.receive_all() == "+PONG\n+OK\r\n:1\r\n");
}

TEST_CASE("a connection that lost its framing is closed after one error") {
  TestServer server;
  REQUIRE(server.ask("SET precious 1\n") == "+OK\n");
  for (const std::string& lost :
       {"$12\r\nDEL precious\r\n"s, "PING\r\n$12\r\nDEL precious\r\n"s, "*x\r\nDEL precious\r\n"s,
        "*2\r\n$3\r\nGET\r\nDEL precious\r\n"s, "*1\r\n$1\r\nDEL precious\r\n"s}) {
    CAPTURE(lost);
    std::string replies = server.ask(lost + "DEL precious\r\n");
    if (replies.starts_with("+PONG\r\n")) replies.erase(0, 7);
    CHECK(contains(replies, "Protocol error"));
    CHECK(replies.find('\n') == replies.size() - 1);
  }
  CHECK(server.ask("EXISTS precious\n") == ":1\n");
}

TEST_CASE("redis-cli's pipe mode loads plain lines") {
  TestServer server;
  std::string lines;
  for (int i = 0; i < 5'000; ++i) lines += "SET a" + std::to_string(i) + " v\r\n";
  const auto run = redis_cli(server, {"--pipe"}, lines + "NOSUCH\r\n");
  CHECK(contains(run.output, "errors: 1, replies: 5001"));
  CHECK(server.store().count().value() == 5'000);
}

TEST_CASE("RESP after an empty line: what was not sent yet of the replies before is RESP, too") {
  TestServer server;
  CHECK(server.ask("SET a v\nGET a\nNOSUCH\n\r\n" + resp({"ECHO", "done"})) ==
        "+OK\r\n$1\r\nv\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n$4\r\ndone\r\n");
}

TEST_CASE("HELLO 3 speaks RESP3 until HELLO 2") {
  TestServer server;
  Client client = server.connect();
  client.send(resp({"HELLO", "3"}));
  CHECK(client.receive(21) == "%7\r\n$6\r\nserver\r\n$7\r\nk");
  client.send(resp({"GET", "k"}) + resp({"CONFIG", "GET", "save"}) + "HELLO 2\r\n" + resp({"GET", "k"}));
  client.half_close();
  const std::string replies = client.receive_all();
  CHECK(contains(replies, "_\r\n%1\r\n$4\r\nsave\r\n$0\r\n\r\n*14\r\n"));
  CHECK(replies.ends_with("$-1\r\n"));
}

TEST_CASE("what clients say when they connect is answered, and what is unknown with an error") {
  TestServer server;
  const std::string replies = server.ask(
      resp({"HELLO", "3", "AUTH", "default", "", "SETNAME", "app"}) +
      resp({"CLIENT", "SETINFO", "LIB-NAME", "redis-py"}) + resp({"CLIENT", "SETINFO", "LIB-VER", "8.0"}) +
      resp({"CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "internal-ip"}) +
      resp({"CLIENT", "TRACKING", "ON"}) + resp({"CLIENT", "GETNAME"}) + resp({"SELECT", "0"}));
  CHECK(replies.starts_with("%7\r\n"));
  CHECK(contains(replies, "+OK\r\n+OK\r\n-ERR unknown subcommand 'MAINT_NOTIFICATIONS'"));
  CHECK(replies.ends_with("$3\r\napp\r\n+OK\r\n"));
}

TEST_CASE("redis-cli reads INFO, and as a replica does not wait for a replication stream") {
  TestServer server;
  REQUIRE(server.ask("SET a 1\n") == "+OK\n");
  CHECK(contains(redis_cli(server, {"INFO", "keyspace"}).output, "db0:keys=1,"));
  CHECK(contains(redis_cli(server, {"INFO", "warnings"}).output, "warnings:0"));
  for (const char* option : {"--replica", "PSYNC"}) {
    CAPTURE(option);
    const auto run = redis_cli(server, {option});
    CHECK(contains(run.output + run.errors, "ERR"));
  }
  CHECK(redis_cli(server, {"FLUSHDISK"}).output == "OK\n");
  CHECK(server.ask("SYNC\n") == ":1\n");
}

TEST_CASE("what is between MULTI and EXEC is executed together, whatever the protocol") {
  TestServer server;
  CHECK(server.ask("MULTI\nSET a 1\nINCR a\nEXEC\n") ==
        "+OK\n+QUEUED\n+QUEUED\n+ARRAY 2\n+OK\n:2\n");
  const std::string replies = server.ask(resp({"MULTI"}) + resp({"SET", "b", "1"}) + resp({"NOSUCH"}) +
                                         resp({"EXEC"}) + resp({"SET", "c", "2"}));
  CHECK(replies.ends_with("-EXECABORT Transaction discarded because of previous errors.\r\n+OK\r\n"));
  CHECK(server.ask("EXISTS a b c\n") == ":2\n");
}
