// Replies that are not held: written in pieces, of one version, in bounded memory.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::TestServer;

namespace {

constexpr std::size_t kLong = std::size_t{6} << 20;

std::string value_of(char first, std::size_t size) {
  std::string value(size, first);
  for (std::size_t i = 0; i < size; i += 97) value[i] = static_cast<char>('a' + i % 23);
  return value;
}

void store(TestServer& server, std::string_view key, std::string_view value) {
  REQUIRE(server.store().set(key, value));
}

std::string as_text(const std::string& value) {
  return "+VALUE " + std::to_string(value.size()) + "\n" + value + "\n";
}

}  // namespace

TEST_CASE("a long value arrives whole, in order with its neighbours, in every protocol") {
  TestServer server;
  const std::string value = value_of('x', kLong);
  store(server, "big", value);
  store(server, "small", "s");
  CHECK(server.ask("GET small\nGET big\nGET small\nGET big\nPING\n") ==
        "+VALUE 1\ns\n" + as_text(value) + "+VALUE 1\ns\n" + as_text(value) + "+PONG\n");
  const std::string size = std::to_string(kLong);
  CHECK(server.ask("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\nPING\r\n") == "$" + size + "\r\n" + value + "\r\n+PONG\r\n");
  CHECK(server.ask("READ big 5 3000000\nREAD big -2000000 9999999\nREAD big 5 3\n") ==
        as_text(value.substr(5, 3'000'000)) + as_text(value.substr(kLong - 2'000'000)) +
            as_text(value.substr(5, 3)));
}

TEST_CASE("values around the sizes where their replies change form") {
  TestServer server;
  for (const std::size_t size : {65'535u, 65'536u, 65'537u, 131'072u, 1'048'575u, 1'048'576u, 1'048'577u}) {
    CAPTURE(size);
    const std::string value = value_of('v', size);
    store(server, "k", value);
    CHECK(server.ask("GET k\nPING\n") == as_text(value) + "+PONG\n");
  }
}

TEST_CASE("a reply that has begun is of one version, though the key is overwritten and deleted") {
  TestServer server;
  const std::string value = value_of('1', kLong * 4);
  store(server, "big", value);
  REQUIRE(server.store().append("big", "tail"));
  Client client = server.connect();
  client.send("GET big\n");
  std::string reply = client.receive(100);  // the rest waits: it fits in no socket
  store(server, "big", "new");
  REQUIRE(server.store().append("big", value_of('2', kLong)));
  REQUIRE(server.store().remove("big"));
  client.half_close();
  reply += client.receive_all();
  CHECK(reply == as_text(value + "tail"));
}

TEST_CASE("damage in a long value is reported before its first byte, and in INFO") {
  TestServer server;
  store(server, "big", value_of('x', kLong));
  store(server, "next", "v");
  REQUIRE(server.store().sync());
  // One byte of the file's third megabyte, beneath the store.
  const auto hurt = test::run_tool({"dd", "if=/dev/zero", "of=" + server.store().path(), "bs=1", "count=1",
                                    "seek=3000000", "conv=notrunc", "status=none"});
  REQUIRE(hurt.exit_code == 0);
  const std::string replies = server.ask("INFO warnings\nGET big\nGET next\nINFO warnings\n");
  CHECK(replies.starts_with("+VALUE 22\n# Warnings\nwarnings:0\n\n-ERR CORRUPT key \"big\" "));
  CHECK(replies.find("+VALUE 1\nv\n") != std::string::npos);
  CHECK(replies.find("commands that met damage since the server began: 1, the newest: CORRUPT") != std::string::npos);
}

TEST_CASE("clients that ask for long values and do not read hold little memory") {
  server::Config config;
  config.max_buffered = std::size_t{8} << 20;
  TestServer server(config);
  const std::string value = value_of('x', kLong);
  store(server, "big", value);
  std::vector<Client> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(server.connect());
    clients.back().send("GET big\nGET big\nGET big\n");
    REQUIRE(clients.back().receive(2) == "+V");
  }
  CHECK(server.buffers(0, config.max_buffered));
  // Nobody was refused, and all are served when they read.
  for (int i : {0, 39}) {
    clients[static_cast<std::size_t>(i)].half_close();
    CHECK("+V" + clients[static_cast<std::size_t>(i)].receive_all() == as_text(value) + as_text(value) + as_text(value));
  }
  CHECK(server.log().find("dropped") == std::string::npos);
}

TEST_CASE("long lists arrive whole") {
  TestServer server;
  std::string names;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key" + std::to_string(100'000 + i);
    store(server, key, "v");
    names += "+VALUE 9\n" + key + "\n";
  }
  CHECK(server.ask("KEYS *\nPING\n") == "+ARRAY 20000\n" + names + "+PONG\n");
  const std::string scanned = server.ask("SCAN 0 COUNT 1000000\nPING\n");
  CHECK(scanned.starts_with("+ARRAY 2\n+VALUE 1\n0\n+ARRAY 20000\n"));
  CHECK(scanned.ends_with("+PONG\n"));
  CHECK(scanned.size() == names.size() + std::string("+ARRAY 2\n+VALUE 1\n0\n+ARRAY 20000\n+PONG\n").size());
  const std::string changes = server.ask("DIFF 0\nPING\n");
  CHECK(changes.starts_with("+ARRAY 20000\n+ARRAY 6\n+VALUE 1\n+\n+VALUE 9\n"));
  CHECK(changes.ends_with("\n+NIL\n:1\n+PONG\n"));
  for (int i = 0; i < 1000; ++i) REQUIRE(server.store().append("log", "x"));
  const std::string history = server.ask("HISTORY log LIMIT 1000\nPING\n");
  CHECK(history.starts_with("+ARRAY 1000\n+ARRAY 5\n:21000\n"));
  CHECK(history.ends_with(":1\n+NIL\n+PONG\n"));
}

TEST_CASE("a list for which there is no memory is refused, and nothing else") {
  server::Config config;
  config.max_buffered = 256 << 10;
  TestServer server(config);
  for (int i = 0; i < 1000; ++i) store(server, std::string(1000, 'k') + std::to_string(i), "v");
  const std::string replies = server.ask("SCAN 0 COUNT 1000\nPING\n");
  CHECK(replies.starts_with("-ERR LIMIT "));
  CHECK(replies.ends_with("+PONG\n"));
  // It is sent as it is made.
  const std::string keys = server.ask("KEYS\nPING\n");
  CHECK(keys.starts_with("+ARRAY 1000\n"));
  CHECK(keys.ends_with("+PONG\n"));
  CHECK(server.ask("SCAN 0 COUNT 10\n").starts_with("+ARRAY 2\n"));
}

TEST_CASE("what an idle connection kept for its next request is given back") {
  TestServer server;
  Client client = server.connect();
  const std::string value(3'000'000, 'x');
  client.send("SET k 0 3000000\n" + value + "\nGET k\n");
  CHECK(client.receive(4) == "+OK\n");
  CHECK(client.receive(as_text(value).size()) == as_text(value));
  CHECK(server.buffers(0, 0));
  client.send("STRLEN k\n");
  CHECK(client.receive(9) == ":3000000\n");
}
