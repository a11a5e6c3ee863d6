// SUBSCRIBE and PUBLISH: what Redis' server is compared with is in redis_compare_test.cpp.
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using namespace kvstore::test;

namespace {

bool gets(Client& client, const std::string& expected) {
  const std::string got = client.receive(expected.size());
  CHECK(got == expected);
  return got == expected;
}

std::string ask(Client& client, const std::vector<std::string>& words) {
  client.send(resp(words));
  return client.receive_line();
}

// A listener of RESP3 that has been greeted.
Client greeted(const TestServer& server) {
  Client client = server.connect();
  client.send(resp({"HELLO", "3"}) + resp({"PING"}));
  while (client.receive_line() != "+PONG\r\n") {
  }
  return client;
}

std::string push(const std::vector<std::string>& words) { return ">" + resp(words).substr(1); }

}  // namespace

TEST_CASE("in RESP3 a listener executes commands between messages") {
  const TestServer server;
  Client listener = greeted(server), other = server.connect();
  listener.send(resp({"SUBSCRIBE", "news"}));
  CHECK(gets(listener, ">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"));
  CHECK(ask(other, {"PUBLISH", "news", "one"}) == ":1\r\n");
  CHECK(gets(listener, push({"message", "news", "one"})));
  listener.send(resp({"SET", "k", "v"}) + resp({"PUBLISH", "news", "self"}));
  CHECK(gets(listener, "+OK\r\n:1\r\n" + push({"message", "news", "self"})));
}

TEST_CASE("CLIENT REPLY leaves out no message, as which SUBSCRIBE and its kin answer") {
  const TestServer server;
  Client listener = server.connect(), other = server.connect();
  listener.send(resp({"CLIENT", "REPLY", "OFF"}) + resp({"PING"}) + resp({"SUBSCRIBE", "news"}));
  CHECK(gets(listener, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"));
  CHECK(ask(other, {"PUBLISH", "news", "one"}) == ":1\r\n");
  CHECK(gets(listener, resp({"message", "news", "one"})));
  other.send(resp({"CLIENT", "REPLY", "SKIP"}) + resp({"PUNSUBSCRIBE"}) + resp({"PING"}));
  CHECK(gets(other, "*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n+PONG\r\n"));
}

TEST_CASE("what a listener publishes to itself comes before the end of its subscription") {
  const TestServer server;
  Client client = greeted(server);
  client.send(resp({"SUBSCRIBE", "c"}) + resp({"SET", "k", "v"}) + resp({"PUBLISH", "c", "m"}) +
              resp({"UNSUBSCRIBE", "c"}) + resp({"GET", "k"}));
  CHECK(gets(client, ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n+OK\r\n:1\r\n" +
                         push({"message", "c", "m"}) +
                         ">3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n$1\r\nv\r\n"));
}

TEST_CASE("what EXEC publishes is sent once all of it is committed") {
  const TestServer server;
  Client listener = greeted(server), other = server.connect();
  listener.send(resp({"SUBSCRIBE", "news"}));
  (void)listener.receive(33);
  other.send(resp({"MULTI"}) + resp({"PUBLISH", "news", "a"}) + resp({"SET", "k", "1"}) +
             resp({"PUBLISH", "none", "a"}) + resp({"EXEC"}));
  CHECK(gets(other, "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:1\r\n+OK\r\n:0\r\n"));
  CHECK(gets(listener, push({"message", "news", "a"})));
  other.send(resp({"MULTI"}) + resp({"PUBLISH", "news", "b"}) + resp({"DISCARD"}));
  CHECK(gets(other, "+OK\r\n+QUEUED\r\n+OK\r\n"));
  other.send(resp({"WATCH", "k"}));
  CHECK(gets(other, "+OK\r\n"));
  CHECK(ask(listener, {"SET", "k", "2"}) == "+OK\r\n");
  other.send(resp({"MULTI"}) + resp({"PUBLISH", "news", "c"}) + resp({"EXEC"}));
  CHECK(gets(other, "+OK\r\n+QUEUED\r\n*-1\r\n"));
  CHECK(ask(listener, {"PING"}) == "+PONG\r\n");
}

TEST_CASE("MULTI refuses SUBSCRIBE, and executes nothing then") {
  const TestServer server;
  Client client = greeted(server);
  CHECK(ask(client, {"MULTI"}) == "+OK\r\n");
  CHECK(ask(client, {"SUBSCRIBE", "x"}) == "-ERR Command not allowed inside a transaction\r\n");
  CHECK(ask(client, {"EXEC"}).starts_with("-EXECABORT"));
  CHECK(ask(client, {"PUBSUB", "NUMPAT"}) == ":0\r\n");
}

TEST_CASE("a long message is sent in pieces, and counted once for all who listen") {
  server::Config config;
  config.max_buffered = std::size_t{64} << 20;
  const TestServer server(config);
  const std::string payload = repeated("0123456789abcdef", (5 << 20) / 16);
  std::vector<Client> listeners;
  for (int i = 0; i < 40; ++i) {
    listeners.push_back(greeted(server));
    listeners.back().send(resp({"SUBSCRIBE", "big"}));
    (void)listeners.back().receive(32);
  }
  Client other = server.connect();
  CHECK(ask(other, {"PUBLISH", "big", payload}) == ":40\r\n");
  CHECK(server.buffers(0, std::size_t{40} << 20));
  for (Client& listener : listeners) CHECK(gets(listener, push({"message", "big", payload})));
  CHECK(server.buffers(0, std::size_t{8} << 20));
}

TEST_CASE("a listener that reads nothing is dropped, and others are sent all") {
  server::Config config;
  config.max_unread = std::size_t{256} << 10;
  const TestServer server(config);
  Client lazy = greeted(server), good = greeted(server), other = server.connect();
  for (Client* const one : {&lazy, &good}) {
    one->send(resp({"PSUBSCRIBE", "*"}));
    (void)one->receive(32);
  }
  const std::string payload(10'000, 'x');
  bool is_dropped = false;
  for (int i = 0; i < 5000 && !is_dropped; ++i) {
    is_dropped = ask(other, {"PUBLISH", "c", payload}) == ":1\r\n";
    if (!gets(good, push({"pmessage", "*", "c", payload}))) break;
  }
  CHECK(is_dropped);
  CHECK(server.log_says("bytes of messages of channels waited for it"));
  CHECK(ask(good, {"PING"}) == "+PONG\r\n");
  CHECK(server.buffers(0, std::size_t{1} << 20));
}

TEST_CASE("what a listener listens to ends with its connection") {
  const TestServer server;
  Client other = server.connect();
  {
    Client listener = greeted(server);
    listener.send(resp({"SUBSCRIBE", "a", "b"}) + resp({"PSUBSCRIBE", "*"}));
    (void)listener.receive(30 * 2 + 32);
    CHECK(ask(other, {"PUBLISH", "a", "x"}) == ":2\r\n");
  }
  for (int i = 0; i < 200 && ask(other, {"PUBLISH", "a", "x"}) != ":0\r\n"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(ask(other, {"PUBSUB", "NUMPAT"}) == ":0\r\n");
}

TEST_CASE("a listener who may no longer listen is dropped, and others are not") {
  const TestServer server;
  Client admin = server.connect();
  CHECK(ask(admin, {"ACL", "SETUSER", "u", "on", "nopass", "+@all", "&a*", "(+@all &c)"}) ==
        "+OK\r\n");
  Client listener = server.connect(), second = server.connect();
  for (Client* const one : {&listener, &second}) {
    CHECK(ask(*one, {"AUTH", "u", "x"}) == "+OK\r\n");
  }
  CHECK(ask(second, {"SUBSCRIBE", "b"}) ==
        "-NOPERM this user has no permissions to access one of the channels used as arguments\r\n");
  CHECK(ask(second, {"PSUBSCRIBE", "ab*"}).starts_with("-NOPERM"));
  CHECK(ask(second, {"PUBLISH", "b", "x"}).starts_with("-NOPERM"));
  second.send(resp({"SUBSCRIBE", "c"}));
  CHECK(gets(second, "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"));
  listener.send(resp({"PSUBSCRIBE", "a*"}));
  CHECK(gets(listener, "*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:1\r\n"));
  CHECK(ask(admin, {"ACL", "SETUSER", "u", "resetchannels"}) == "+OK\r\n");
  CHECK(listener.receive_all().find("<no end>") == std::string::npos);
  CHECK(ask(admin, {"PUBLISH", "c", "x"}) == ":1\r\n");
  CHECK(gets(second, "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n"));
}

TEST_CASE("a client of the text protocol listens, too, and RESET leaves all channels") {
  const TestServer server;
  Client text = server.connect(), other = server.connect();
  text.send("SUBSCRIBE news\n");
  CHECK(gets(text, "+ARRAY 3\n+VALUE 9\nsubscribe\n+VALUE 4\nnews\n:1\n"));
  CHECK(ask(other, {"PUBLISH", "news", "hi"}) == ":1\r\n");
  CHECK(gets(text, "+ARRAY 3\n+VALUE 7\nmessage\n+VALUE 4\nnews\n+VALUE 2\nhi\n"));
  text.send("GET k\n");
  CHECK(text.receive_line().starts_with("-ERR STATE GET cannot be executed"));
  text.send("RESET\nGET k\n");
  CHECK(gets(text, "+RESET\n+NIL\n"));
  CHECK(ask(other, {"PUBLISH", "news", "hi"}) == ":0\r\n");
}

TEST_CASE("names and patterns of channels have a size at which a match takes no long time") {
  const TestServer server;
  Client client = greeted(server);
  const std::string name(64 << 10, 'a'), pattern = "*" + std::string(1023, 'a');
  CHECK(ask(client, {"PUBLISH", name, "x"}) == ":0\r\n");
  for (const char* const word : {"PUBLISH", "SPUBLISH"}) {
    CHECK(ask(client, {word, name + "a", "x"}).starts_with("-TOOBIG"));
  }
  CHECK(ask(client, {"SUBSCRIBE", "b", name + "a"}).starts_with("-TOOBIG"));
  CHECK(ask(client, {"PSUBSCRIBE", pattern + "a"}).starts_with("-TOOBIG"));
  client.send(resp({"PSUBSCRIBE", pattern}));
  CHECK(gets(client, ">3\r\n$10\r\npsubscribe\r\n$1024\r\n" + pattern + "\r\n:1\r\n"));
}

TEST_CASE("channels take memory of those who listen to them, and no more than there is") {
  server::Config config;
  config.max_buffered = std::size_t{16} << 20;
  const TestServer server(config);
  Client greedy = greeted(server), other = server.connect();
  bool is_refused = false;
  for (int i = 0; i < 400 && !is_refused; ++i) {
    std::vector<std::string> words{"SUBSCRIBE"};
    for (int k = 0; k < 500; ++k) words.push_back(std::to_string(i) + ":" + std::to_string(k));
    greedy.send(resp(words) + resp({"ECHO", "end"}));
    for (std::string line; line != "end\r\n" && !line.starts_with("<");) {
      line = greedy.receive_line();
      is_refused = is_refused || line.starts_with("-LIMIT");
      if (line.empty()) break;
    }
  }
  CHECK(is_refused);
  CHECK(ask(other, {"PING"}) == "+PONG\r\n");
}
