// What is asked by HTTP is what is asked elsewhere: the table's examples are answered the same, and
// what watches commands sees it.

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/base64.h"
#include "src/command/session.h"
#include "src/command/table.h"
#include "src/wire/json_writer.h"
#include "src/wire/text_parser.h"
#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

using nlohmann::json;

// The commands of an example, as words.
std::vector<std::vector<std::string>> commands_of(std::string_view example) {
  wire::TextParser parser;
  parser.feed(std::string(example) + "\n");
  std::vector<std::vector<std::string>> all;
  while (parser.next() == wire::RequestParser::Event::kRequest) {
    const auto& argv = parser.request().argv;
    all.emplace_back(argv.begin(), argv.end());
  }
  return all;
}

bool is_for_http(const std::vector<std::vector<std::string>>& commands) {
  for (const auto& words : commands) {
    const command::Command* const row = command::find_command(words[0]);
    constexpr std::string_view kNot[] = {"AUTH",    "EXIT",    "FOLLOW", "HELLO",
                                         "MONITOR", "ONERROR", "RESET",  "UNFOLLOW"};
    if (row == nullptr || row->has(command::kTransaction) || row->group == "pubsub") return false;
    if (row->name == "CLIENT" || (row->name == "SYNC" && words.size() > 1)) return false;
    for (const std::string_view name : kNot) {
      if (command::original(*row).name == name) return false;
    }
  }
  return true;
}

std::string by_session(command::Session& session, const std::vector<std::string>& words) {
  const std::vector<std::string_view> argv(words.begin(), words.end());
  std::string text;
  wire::JsonWriter writer(&text);
  const auto done = session.execute(argv, writer);
  REQUIRE(session.commit());
  return done.failure ? std::string(code_name(done.failure->error.code)) : text;
}

std::string by_http(HttpClient& client, const std::vector<std::string>& words) {
  json args = json::array();
  for (const std::string& word : words) {
    std::string digits;
    append_base64(word, &digits);
    args.push_back(digits);
  }
  const HttpAnswer answer =
      client.ask("POST", "/_/command", json{{"args", args}, {"base64", true}}.dump());
  constexpr std::string_view kBefore = R"({"result":)";
  if (answer.status != 200) return outcome(answer).substr(4);
  return answer.body.substr(kBefore.size(), answer.body.size() - kBefore.size() - 2);
}

void check_row(const command::Command& row) {
  const auto commands = commands_of(row.example);
  const bool differs = row.example_reply.find("...") != std::string_view::npos;
  if (differs || row.has(command::kHidden) || commands.empty() || !is_for_http(commands)) return;
  CAPTURE(row.example);
  testing::TempDir directory;
  auto store = Store::open(directory / "data.bin", TestServer::fast());
  REQUIRE(store);
  command::Session session(**store);
  TestServer server(with_http());
  HttpClient client(server);
  for (const auto& words : commands) {
    const std::string expected = by_session(session, words);
    // What only a server knows a session of its own does not.
    if (expected == "STATE") return;
    CHECK(by_http(client, words) == expected);
  }
}

TEST_CASE("the table's examples are answered by HTTP as by a session") {
  for (const command::Command& row : command::commands()) {
    check_row(row);
    for (const command::Command& one : row.subcommands) check_row(one);
  }
}

TEST_CASE("MONITOR, SLOWLOG and the figures see what is asked by HTTP") {
  server::Config config = with_http();
  TestServer server(config);
  Client monitor = server.connect();
  monitor.send("*1\r\n$7\r\nMONITOR\r\n");
  CHECK(monitor.receive_line() == "+OK\r\n");
  HttpClient client(server);
  client.ask("PUT", "/k", R"({"value": "secret", "ttl": 9})",
             "Authorization: Basic ZGVmYXVsdDpwdw==\r\n");
  client.ask("GET", "/k");
  std::string seen;
  while (seen.find("\"META\"") == seen.npos) seen += monitor.receive_line();
  CHECK(seen.find(R"("SET" "k" "secret" "EX" "9")") != seen.npos);
  CHECK(seen.find(R"("GET" "k" "META")") != seen.npos);
  CHECK(seen.find("pw\"") == seen.npos);
  const std::string stats = server.ask("*2\r\n$4\r\nINFO\r\n$12\r\ncommandstats\r\n");
  CAPTURE(stats);
  CHECK(stats.find("cmdstat_set:calls=1,") != std::string::npos);
  CHECK(server.ask("CLIENT LIST\n").find("cmd=get") != std::string::npos);
}

TEST_CASE("CLIENT PAUSE holds writes by HTTP, too") {
  TestServer server(with_http());
  CHECK(server.ask("CLIENT PAUSE 100000 WRITE\n") == "+OK\n");
  HttpClient reader(server);
  CHECK(reader.ask("GET", "/k").status == 404);
  HttpClient writer(server), commander(server);
  writer.send("PUT", "/k", R"({"value": "1"})");
  commander.send("POST", "/_/command", R"(["SET", "c", "1"])");
  CHECK(reader.ask("GET", "/k").status == 404);
  CHECK(!writer.socket().has_input());
  CHECK(reader.ask("POST", "/_/command", R"(["CLIENT", "UNPAUSE"])").status == 200);
  CHECK(writer.receive().status == 201);
  CHECK(commander.receive().status == 200);
}

TEST_CASE("a store that may not be written says so") {
  testing::TempDir directory;
  {
    auto store = Store::open(directory / "data.bin", TestServer::fast());
    REQUIRE(store);
    REQUIRE((*store)->set("k", "v"));
  }
  Options options = TestServer::fast();
  options.read_only = true;
  auto store = Store::open(directory / "data.bin", options);
  REQUIRE(store);
  server::Config config = with_http();
  config.listens_on_tcp = false;
  config.log_file = directory / "log";
  auto server = server::Server::start(config, **store);
  REQUIRE(server);
  Client client((*server)->http_endpoint());
  client.send(
      "PUT /k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{\"value\": \"1\"}"
      "GET /k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answers = client.receive_all();
  CHECK(answers.starts_with("HTTP/1.1 403 "));
  CHECK(answers.find("\"READONLY\"") != std::string::npos);
  CHECK(answers.find("\"value\":\"v\"") != std::string::npos);
}

}  // namespace
}  // namespace kvstore::test
