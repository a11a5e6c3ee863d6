// The exchanges that DESIGN.md promises letter for letter, over a socket and
// over nc, and the minimal client that predates this server.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::TestServer;

namespace {

struct Exchange {
  std::string sent;
  std::string received;
};

// Values are bytes: their own newlines stay as they are whatever the lines end in.
struct Part {
  std::string text;
  bool is_line = true;
};

std::string joined(const std::vector<Part>& parts, const std::string& line_end) {
  std::string bytes;
  for (const Part& part : parts) bytes += part.text + (part.is_line ? line_end : "");
  return bytes;
}

std::vector<Exchange> transcript(const std::string& line_end) {
  const auto exchange = [&](const std::vector<Part>& sent, const std::vector<Part>& received) {
    return Exchange{joined(sent, line_end), joined(received, line_end)};
  };
  return {
      exchange({{"CREATE trades"}}, {{"+OK"}}),
      exchange({{"APPEND trades 12"}, {"AAPL,189.20\n"}}, {{":12"}}),
      exchange({{"READ trades 5 6"}}, {{"+VALUE 6"}, {"189.20"}}),
      exchange({{"DELETE trades"}}, {{"+OK"}}),
      exchange({{"SET mykey 0 5"}, {"hello"}}, {{"+OK"}}),
      exchange({{"GET mykey"}}, {{"+VALUE 5"}, {"hello"}}),
      exchange({{"SET key value"}}, {{"+OK"}}),
      exchange({{"GET key"}}, {{"+VALUE 5"}, {"value"}}),
      exchange({{"DELETE key"}}, {{"+OK"}}),
      exchange({{"GET key"}}, {{"+NIL"}}),
  };
}

std::string all_sent(const std::string& line_end) {
  std::string bytes;
  for (const Exchange& exchange : transcript(line_end)) bytes += exchange.sent;
  return bytes;
}

std::string all_received(const std::string& line_end) {
  std::string bytes;
  for (const Exchange& exchange : transcript(line_end)) bytes += exchange.received;
  return bytes;
}

const std::vector<std::string> kLineEnds = {"\n", "\r\n"};

}  // namespace

TEST_CASE("the transcripts hold over a socket, one exchange at a time") {
  for (const std::string& line_end : kLineEnds) {
    CAPTURE(line_end);
    TestServer server;
    Client client = server.connect();
    for (const Exchange& exchange : transcript(line_end)) {
      client.send(exchange.sent);
      CHECK(client.receive(exchange.received.size()) == exchange.received);
    }
  }
}

TEST_CASE("the transcripts hold when all is sent at once, with and without half-close") {
  for (const std::string& line_end : kLineEnds) {
    CAPTURE(line_end);
    TestServer server;
    CHECK(server.ask(all_sent(line_end)) == all_received(line_end));
    Client client = server.connect();
    client.send(all_sent(line_end));
    CHECK(client.receive(all_received(line_end).size()) == all_received(line_end));
  }
}

TEST_CASE("the transcripts hold when they arrive byte by byte") {
  for (const std::string& line_end : kLineEnds) {
    CAPTURE(line_end);
    TestServer server;
    Client client = server.connect();
    for (const char byte : all_sent(line_end)) client.send({&byte, 1});
    CHECK(client.receive(all_received(line_end).size()) == all_received(line_end));
  }
}

TEST_CASE("the transcripts hold over nc that half-closes") {
  for (const std::string& line_end : kLineEnds) {
    CAPTURE(line_end);
    TestServer server;
    const auto nc = test::run_tool({"nc", "-N", "127.0.0.1", server.port()}, all_sent(line_end));
    CHECK(nc.output == all_received(line_end));
    CHECK(nc.exit_code == 0);
  }
}

TEST_CASE("the transcripts hold over nc that never half-closes") {
  for (const std::string& line_end : kLineEnds) {
    CAPTURE(line_end);
    TestServer server;
    test::Process nc({"nc", "127.0.0.1", server.port()});
    for (const Exchange& exchange : transcript(line_end)) {
      nc.write(exchange.sent);
      CHECK(nc.read_output(exchange.received.size()) == exchange.received);
    }
  }
}

TEST_CASE("nc without half-close ends when it sends EXIT") {
  TestServer server;
  const auto nc =
      test::run_tool({"nc", "127.0.0.1", server.port()}, all_sent("\n") + "EXIT\n");
  CHECK(nc.output == all_received("\n") + "+OK\n");
}

TEST_CASE("a second CREATE says that the key exists") {
  TestServer server;
  const std::string reply = server.ask("CREATE trades\nCREATE trades\n");
  CHECK(reply.rfind("+OK\n-ERR EXISTS ", 0) == 0);
}

namespace {

// The client that predates this server: one send and one recv a key.
int minimal_client(const TestServer& server, int keys) {
  Client client = server.connect();
  int good = 0;
  for (int i = 0; i < keys; ++i) {
    client.send("SET key" + std::to_string(i) + " 0 5\nhello\n");
    if (client.receive_once(64) == "+OK\n") ++good;
  }
  return good;
}

}  // namespace

TEST_CASE("the minimal client's 10,000 keys work with one recv each") {
  TestServer server;
  CHECK(minimal_client(server, 10'000) == 10'000);
  CHECK(server.store().count().value() == 10'000);
}

TEST_CASE("the minimal client works when every key is synced") {
  TestServer server({}, Options{});
  const std::uint64_t before = server.store().stats().syncs;
  CHECK(minimal_client(server, 300) == 300);
  CHECK(server.store().stats().syncs - before >= 300);
}
