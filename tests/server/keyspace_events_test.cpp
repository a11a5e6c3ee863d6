// Keyspace notifications: which commands cause which is compared with Redis in
// redis_compare_test.cpp.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

using namespace kvstore;
using namespace kvstore::test;

namespace {

server::Config notifying(const std::string& classes, server::Config config = {}) {
  config.notify_keyspace_events = classes;
  return config;
}

std::string line_for(Client& client, const std::vector<std::string>& words) {
  client.send(resp(words));
  return client.receive_line();
}

// One listener to all events of one kind.
class Listener {
 public:
  explicit Listener(const TestServer& server, bool speaks_resp3 = false)
      : client_(server.connect()), pushes_(speaks_resp3) {
    if (speaks_resp3) {
      client_.send(resp({"HELLO", "3"}) + resp({"PING"}));
      while (client_.receive_line() != "+PONG\r\n") {
      }
    }
    client_.send(resp({"PSUBSCRIBE", kPattern}));
    const std::string expected = message({"psubscribe", kPattern});
    const std::string got = client_.receive(expected.size() + 4);
    CHECK(got.ends_with(":1\r\n"));
  }

  // The next is `event` of `key`.
  void hears(const std::string& event, const std::string& key) {
    const std::string expected = message({"pmessage", kPattern, "__keyevent@0__:" + event, key});
    CHECK(client_.receive(expected.size()) == expected);
  }

 private:
  static constexpr const char* kPattern = "__keyevent@0__:*";
  std::string message(const std::vector<std::string>& words) const {
    const std::string text = resp(words);
    return pushes_ ? '>' + text.substr(1) : text;
  }

  Client client_;
  bool pushes_;
};

std::string hits_and_misses(Client& client) {
  client.send(resp({"INFO", "stats"}));
  const std::string header = client.receive_line();
  const std::string text =
      client.receive(static_cast<std::size_t>(std::atol(header.c_str() + 1)) + 2);
  const auto number = [&](const std::string& name) {
    const std::size_t at = text.find(name + ':');
    return at == text.npos ? -1 : std::atol(text.c_str() + at + name.size() + 1);
  };
  return std::to_string(number("keyspace_hits")) + ' ' + std::to_string(number("keyspace_misses"));
}

}  // namespace

TEST_CASE("CONFIG SET notify-keyspace-events takes effect at once, and CONFIG GET shows it") {
  const TestServer server;
  Listener listener(server);
  Client client = server.connect();
  CHECK(line_for(client, {"SET", "before", "1"}) == "+OK\r\n");
  CHECK(line_for(client, {"CONFIG", "SET", "notify-keyspace-events", "EgK$"}) == "+OK\r\n");
  CHECK(line_for(client, {"SET", "k", "1"}) == "+OK\r\n");
  listener.hears("set", "k");
  CHECK(line_for(client, {"CONFIG", "SET", "notify-keyspace-events", "y"}) ==
        "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - "
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.\r\n");
  client.send(resp({"CONFIG", "GET", "notify-keyspace-events"}));
  const std::string expected = resp({"notify-keyspace-events", "g$KE"});
  CHECK(client.receive(expected.size()) == expected);
  CHECK(line_for(client, {"CONFIG", "SET", "notify-keyspace-events", "K$"}) == "+OK\r\n");
  CHECK(line_for(client, {"SET", "other", "1"}) == "+OK\r\n");
  CHECK(line_for(client, {"CONFIG", "SET", "notify-keyspace-events", "Eg"}) == "+OK\r\n");
  CHECK(line_for(client, {"SET", "other", "1"}) == "+OK\r\n");
  CHECK(line_for(client, {"DEL", "other"}) == ":1\r\n");
  listener.hears("del", "other");
}

TEST_CASE("a write of any protocol is told of, to listeners of RESP2 and RESP3") {
  TestServer server(notifying("EA", with_http()));
  Listener resp2(server), resp3(server, true);
  Client redis = server.connect(), text = server.connect();
  HttpClient http(server);
  text.send("SET a 1\n");
  CHECK(text.receive_line() == "+OK\n");
  CHECK(line_for(redis, {"APPEND", "b", "1"}) == ":1\r\n");
  CHECK(http.ask("PUT", "/c", R"({"value": "1"})").status == 201);
  CHECK(http.ask("POST", "/_/batch", R"([["SET", "d", "1"], ["DEL", "a"]])",
                 "Content-Type: application/json\r\n")
            .status == 200);
  for (Listener* const one : {&resp2, &resp3}) {
    one->hears("set", "a");
    one->hears("append", "b");
    one->hears("set", "c");
    one->hears("set", "d");
    one->hears("del", "a");
  }
}

TEST_CASE("of what was refused, taken back or changed nothing, nobody is told") {
  const TestServer server(notifying("EA"));
  Listener listener(server);
  Client client = server.connect();
  client.send(resp({"SET", "k", "v"}) + resp({"SET", "k", "w", "NX"}) + resp({"INCR", "k"}) +
              resp({"ZADD", "k", "1", "m"}) + resp({"DEL", "none"}) + resp({"PERSIST", "k"}) +
              resp({"MULTI"}) + resp({"SET", "k", "x"}) + resp({"DISCARD"}) + resp({"BEGIN"}) +
              resp({"SET", "k", "x"}) + resp({"ROLLBACK"}) + resp({"MULTI"}) + resp({"NOSUCH"}) +
              resp({"SET", "k", "x"}) + resp({"EXEC"}) + resp({"DEL", "k"}));
  listener.hears("set", "k");
  listener.hears("del", "k");
}

TEST_CASE("a key that is damaged is removed and set anew, and told of, as any other") {
  TestServer server(notifying("EA"));
  Listener listener(server);
  Client client = server.connect();
  const std::string file = server.directory() / "data.bin";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"DEL", "needle", "none"}, {"DELETE", "needle"}, {"MSET", "needle", "2"}}) {
    CAPTURE(words[0]);
    CHECK(line_for(client, {"SET", "needle", "1"}) == "+OK\r\n");
    listener.hears("set", "needle");
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(bytes)), {});
    bytes.clear();
    bytes.seekp(static_cast<std::streamoff>(all.rfind("needle"))).put('N').flush();
    const std::string damaged = line_for(client, {"STRLEN", "needle"});
    REQUIRE_MESSAGE(damaged.starts_with("-"), damaged);
    client.send(resp(words));
    CHECK_FALSE(client.receive_line().starts_with("-"));
    listener.hears(words[0].starts_with("DEL") ? "del" : "set", "needle");
  }
}

TEST_CASE("what a transaction wrote is told of when it has ended, in its order") {
  const TestServer server(notifying("EA"));
  Listener listener(server);
  Client client = server.connect(), other = server.connect();
  CHECK(line_for(client, {"BEGIN"}) == "+OK\r\n");
  CHECK(line_for(client, {"SET", "a", "1"}) == "+OK\r\n");
  CHECK(line_for(client, {"INCR", "a"}) == ":2\r\n");
  CHECK(line_for(other, {"SET", "b", "1"}) == "+OK\r\n");
  CHECK(line_for(client, {"COMMIT"}) == "+OK\r\n");
  listener.hears("set", "b");
  listener.hears("set", "a");
  listener.hears("incrby", "a");
  client.send(resp({"MULTI"}) + resp({"SET", "c", "1", "EX", "9"}) + resp({"DEL", "c"}) +
              resp({"EXEC"}));
  listener.hears("set", "c");
  listener.hears("expire", "c");
  listener.hears("del", "c");
}

TEST_CASE("of each key that expires is told once, of those that were there before, too") {
  const TestServer server;
  Client client = server.connect();
  CHECK(line_for(client, {"SET", "old", "1", "PX", "3000"}) == "+OK\r\n");
  CHECK(line_for(client, {"CONFIG", "SET", "notify-keyspace-events", "Ex"}) == "+OK\r\n");
  Listener listener(server);
  CHECK(line_for(client, {"SET", "kept", "1", "PX", "1"}) == "+OK\r\n");
  listener.hears("expired", "kept");
  CHECK(line_for(client, {"SET", "gone", "1", "PX", "2000"}) == "+OK\r\n");
  CHECK(line_for(client, {"DEL", "gone"}) == ":1\r\n");
  CHECK(line_for(client, {"SET", "stays", "1", "PX", "2000"}) == "+OK\r\n");
  CHECK(line_for(client, {"PERSIST", "stays"}) == ":1\r\n");
  listener.hears("expired", "old");
  CHECK(line_for(client, {"SET", "past", "1", "PXAT", "1"}) == "+OK\r\n");
  listener.hears("expired", "past");
}

TEST_CASE("EXEC may turn events on and off") {
  const TestServer server(notifying("KEA"));
  Client client = server.connect();
  for (int i = 0; i < 20; ++i) {
    client.send(resp({"MULTI"}) + resp({"SET", "k", "1", "PX", "1"}) +
                resp({"CONFIG", "SET", "notify-keyspace-events", i % 2 == 0 ? "" : "KEA"}) +
                resp({"SET", "j", "1", "PX", "1"}) + resp({"EXEC"}));
    const std::string expected =
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n+OK\r\n+OK\r\n";
    CHECK(client.receive(expected.size()) == expected);
  }
}

TEST_CASE("UNDO is told of as Redis' RESTORE, or as del where it removes the key") {
  const TestServer server(notifying("EAn"));
  Listener listener(server);
  Client client = server.connect();
  client.send(resp({"SET", "k", "1"}) + resp({"DEL", "k"}) + resp({"UNDO", "k"}) +
              resp({"UNDO", "k"}));
  for (const char* const event : {"new", "set", "del", "new", "restore", "del"}) {
    listener.hears(event, "k");
  }
}

TEST_CASE("who may not listen to the channels of keyspace events does not") {
  const TestServer server(notifying("EA"));
  Client admin = server.connect(), bob = server.connect();
  CHECK(line_for(admin, {"ACL", "SETUSER", "bob", "on", "nopass", "+@all", "~*", "resetchannels",
                         "&news"}) == "+OK\r\n");
  CHECK(line_for(bob, {"AUTH", "bob", "x"}) == "+OK\r\n");
  CHECK(line_for(bob, {"PSUBSCRIBE", "__key*__:*"}).starts_with("-NOPERM "));
}

TEST_CASE("INFO counts look-ups of keys that are there and that are not, once each") {
  TestServer server(with_http());
  Client client = server.connect();
  HttpClient http(server);
  CHECK(hits_and_misses(client) == "0 0");
  client.send(resp({"SET", "k", "v"}) + resp({"GET", "k"}) + resp({"GET", "none"}) +
              resp({"EXISTS", "k", "k", "none"}) + resp({"SET", "k", "w", "GET"}));
  (void)client.receive(5 + 7 + 5 + 4 + 7);
  CHECK(http.ask("GET", "/k").status == 200);
  CHECK(hits_and_misses(client) == "5 2");
  CHECK(line_for(client, {"CONFIG", "RESETSTAT"}) == "+OK\r\n");
  CHECK(hits_and_misses(client) == "0 0");
}
