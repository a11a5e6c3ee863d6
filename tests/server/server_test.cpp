// What a client can rely on: order, durability, half-close, endings.

#include "server/server.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using namespace std::string_literals;
using test::Client;
using test::repeated;
using test::TestServer;

TEST_CASE("pipelined commands are answered in order") {
  TestServer server;
  std::string sent, expected;
  for (int i = 0; i < 10'000; ++i) {
    sent += "SET k" + std::to_string(i) + " v" + std::to_string(i) + "\n";
    expected += "+OK\n";
  }
  for (int i = 0; i < 10'000; i += 100) {
    const std::string value = "v" + std::to_string(i);
    sent += "GET k" + std::to_string(i) + "\n";
    expected += "+VALUE " + std::to_string(value.size()) + "\n" + value + "\n";
  }
  CHECK(server.ask(sent) == expected);
}

TEST_CASE("pipelined commands share their syncs") {
  TestServer server({}, Options{});
  const std::uint64_t before = server.store().stats().syncs;
  CHECK(server.ask(repeated("SET key value\n", 10'000)) == repeated("+OK\n", 10'000));
  const std::uint64_t syncs = server.store().stats().syncs - before;
  CHECK(syncs >= 1);
  CHECK(syncs < 1'000);
}

TEST_CASE("a client may pipeline far more than a socket holds before it reads") {
  TestServer server;
  const std::string value(1000, 'x');
  constexpr int kTimes = 4000;  // 4 MB of replies
  REQUIRE(server.ask("SET big " + value + "\n") == "+OK\n");
  Client client = server.connect();
  client.send(repeated("GET big\n", kTimes));
  client.half_close();
  CHECK(client.receive_all() == repeated("+VALUE 1000\n" + value + "\n", kTimes));
}

TEST_CASE("after a half-close everything received is answered, then the connection closes") {
  TestServer server;
  CHECK(server.ask("") == "");
  CHECK(server.ask("PING\n") == "+PONG\n");
  CHECK(server.ask("PING") == "+PONG\n");  // the last line needs no newline
  CHECK(server.ask("SET a 0 3\nabc") == "+OK\n");
  CHECK(server.ask("GET a\n") == "+VALUE 3\nabc\n");
  CHECK(server.ask("*1\r\n$4\r\nPING\r\n") == "+PONG\r\n");
}

TEST_CASE("an end of input inside a value is an error and stores nothing") {
  TestServer server;
  for (const std::string& sent : {"SET cut 0 10\nhello"s, "SET cut <<END\nhello\n"s, "SET cut\nabc\n"s,
                                 "*3\r\n$3\r\nSET\r\n$3\r\ncut\r\n$5\r\nhel"s}) {
    CAPTURE(sent);
    const std::string reply = server.ask(sent);
    CHECK(reply.rfind("-", 0) == 0);
    CHECK(reply.find('\n') == reply.size() - 1);
    CHECK(server.ask("EXISTS cut\n") == ":0\n");
  }
}

TEST_CASE("a connection cut inside a value stores nothing and harms nobody") {
  TestServer server;
  for (const std::string& sent : {"SET cut 0 1000\nhello"s, "*3\r\n$3\r\nSET\r\n$3\r\ncut\r\n$9\r\nx"s}) {
    Client client = server.connect();
    client.send(sent);
    client.disconnect();
  }
  CHECK(server.ask("EXISTS cut\n") == ":0\n");
}

TEST_CASE("EXIT and QUIT are answered, then the connection closes") {
  TestServer server;
  for (const std::string& sent : {"EXIT\n"s, "QUIT\n"s, "quit\nSET after 1\n"s}) {
    CAPTURE(sent);
    Client client = server.connect();
    client.send(sent);
    CHECK(client.receive_all() == "+OK\n");
  }
  Client client = server.connect();
  client.send("*1\r\n$4\r\nQUIT\r\n");
  CHECK(client.receive_all() == "+OK\r\n");
  CHECK(server.ask("EXISTS after\n") == ":0\n");
}

TEST_CASE("the last reply arrives although input is left unread behind it") {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    Client client = server.connect();
    client.send("QUIT\n" + repeated("SET ignored 1\n", 5000));
    CHECK(client.receive_all() == "+OK\n");
  }
}

TEST_CASE("text and RESP share the port, and RESP connections take inline commands") {
  TestServer server;
  CHECK(server.ask("SET k v\n") == "+OK\n");
  CHECK(server.ask("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nGET k\r\nGET none\r\n") ==
        "$1\r\nv\r\n$1\r\nv\r\n$-1\r\n");
}

TEST_CASE("any byte is legal in keys and values over RESP and in counted values") {
  TestServer server;
  const std::string odd("\0\r\n\xff*$", 6);
  CHECK(server.ask("*3\r\n$3\r\nSET\r\n$6\r\n" + odd + "\r\n$6\r\n" + odd + "\r\n") == "+OK\r\n");
  CHECK(server.ask("*2\r\n$3\r\nGET\r\n$6\r\n" + odd + "\r\n") == "$6\r\n" + odd + "\r\n");
  CHECK(server.ask("SET k 0 6\n" + odd + "\nGET k\n") == "+OK\n+VALUE 6\n" + odd + "\n");
  CHECK(server.ask("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n") == "+OK\r\n");
  CHECK(server.ask("GET \"\"\n") == "+VALUE 0\n\n");
}

TEST_CASE("an error answers one command; the others go on") {
  TestServer server;
  const std::string reply = server.ask("NOSUCH\nGET\nSET k \"\\open\"\nSET k 0 3\nabcdef\nPING\n");
  CHECK(reply.find("-ERR UNKNOWN ") == 0);
  CHECK(reply.find("\n-ERR ARITY ") != std::string::npos);
  CHECK(reply.find("\n-ERR SYNTAX ") != std::string::npos);
  CHECK(reply.find("\n-ERR LENGTH ") != std::string::npos);
  CHECK(reply.substr(reply.size() - 6) == "+PONG\n");
}

TEST_CASE("an error never executes data as commands, and no line that was cut off writes") {
  TestServer server;
  CHECK(server.ask("SET precious 1\n") == "+OK\n");
  for (const char* line : {"SET k 0 12 NX", "SET k 0 -12", "SET k abc 12", "CREATE k 0 12", "GET k <<E",
                           "HSET k f <<E", "SET k \"two", "SET k 5 <<A <<E"}) {
    CAPTURE(line);
    const std::string reply = server.ask(line + "\nDEL precious\nE\n"s);
    CHECK(reply.starts_with("-ERR "));
    CHECK(server.ask("GET precious\n") == "+VALUE 1\n1\n");
  }
  CHECK(server.ask("SET cut 10").starts_with("-ERR SYNTAX the input ended inside a line that writes"));
  CHECK(server.ask("*1\r\n$4\r\nPING\r\nDEL precious") == "+PONG\r\n");
  CHECK(server.ask("EXISTS cut precious\n") == ":1\n");
}

TEST_CASE("a browser that a page sent here is turned away before its body is executed") {
  TestServer server;
  const std::string body = "SET stolen 1\n";
  for (const std::string& head : {"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"s,
                                 "PUT /k HTTP/1.1\r\n\r\n"s, "DELETE /k HTTP/1.0\r\n\r\n"s,
                                 "GET / HTTP/1.1\r\nHost: localhost:7878\r\n\r\n"s}) {
    Client client = server.connect();
    client.send(head + body);
    CHECK(client.receive_all().find("not a web server") != std::string::npos);
  }
  CHECK(server.ask("EXISTS stolen\n") == ":0\n");
}

TEST_CASE("concurrent clients each see their own writes") {
  TestServer server;
  std::vector<std::thread> threads;
  std::vector<int> good(16, 0);
  for (std::size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&server, &good, t] {
      Client client = server.connect();
      for (int i = 0; i < 500; ++i) {
        const std::string key = "k" + std::to_string(t) + ":" + std::to_string(i);
        const std::string expected =
            "+OK\n+VALUE " + std::to_string(key.size()) + "\n" + key + "\n";
        client.send("SET " + key + " " + key + "\nGET " + key + "\n");
        if (client.receive(expected.size()) == expected) ++good[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == std::vector<int>(16, 500));
  CHECK(server.store().count().value() == 8000);
}

TEST_CASE("STATS tells the server's own figures") {
  TestServer server;
  REQUIRE(server.ask("PING\nPING\n") == "+PONG\n+PONG\n");
  const std::string reply = server.ask("STATS\n");
  for (const char* name : {"connections", "connections_refused", "commands_served", "listening"}) {
    CAPTURE(name);
    CHECK(reply.find(name) != std::string::npos);
  }
}

TEST_CASE("stop answers what was received and closes idle connections") {
  TestServer server;
  Client idle = server.connect();
  idle.send("PING\n");
  REQUIRE(idle.receive(6) == "+PONG\n");
  Client half = server.connect();
  half.send("PING\nSET cut 0 100\nhello");
  REQUIRE(half.receive(6) == "+PONG\n");
  Client busy = server.connect();
  busy.send(repeated("SET k v\n", 1000));
  REQUIRE(busy.receive(4) == "+OK\n");
  server.server().stop();
  CHECK(idle.receive_all() == "");
  CHECK(half.receive_all().find("-ERR NETWORK ") == 0);
  CHECK(busy.receive_all() == repeated("+OK\n", 999));
  server.server().stop();  // again: nothing
  CHECK_FALSE(server.store().stat("cut").value());
}

TEST_CASE("a server serves on IPv6 loopback too") {
  server::Config config;
  config.listen.address = "::1";
  TestServer server(config);
  CHECK(server.server().endpoint().to_string() == "[::1]:" + server.port());
  CHECK(server.ask("PING\n") == "+PONG\n");
}

TEST_CASE("a read-only store answers reads and refuses writes") {
  testing::TempDir directory;
  const std::string path = directory / "data.bin";
  {
    auto store = Store::open(path);
    REQUIRE(store);
    REQUIRE((*store)->set("k", "v"));
    REQUIRE((*store)->close());
  }
  Options options;
  options.read_only = true;
  auto store = Store::open(path, options);
  REQUIRE(store);
  server::Config config;
  config.listen.port = 0;
  config.log_file = directory / "log";
  auto server = server::Server::start(config, **store);
  REQUIRE(server);
  Client client((*server)->endpoint());
  client.send("GET k\nSET k w\n");
  client.half_close();
  CHECK(client.receive_all().rfind("+VALUE 1\nv\n-ERR READONLY ", 0) == 0);
}
