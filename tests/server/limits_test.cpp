// Caps and timeouts: the client past one is told, and nobody else notices.

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "server/memory_budget.h"
#include "server/transport.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::resp;
using test::TestServer;

namespace {

// Resident memory of this process in bytes.
std::size_t resident() {
  const auto status = test::run_tool({"cat", "/proc/" + std::to_string(getpid()) + "/status"});
  const std::size_t at = status.output.find("VmRSS:");
  return std::stoull(status.output.substr(at + 6)) * 1024;
}

// So many keys that one listing takes a while.
void fill(TestServer& server) {
  Batch batch;
  for (int i = 0; i < 300'000; ++i) batch.set(std::to_string(i), "v");
  REQUIRE(server.store().apply(batch, false));
}

bool gets(Client& client, const std::string& expected) {
  return client.receive(expected.size()) == expected;
}

// Of a peer that sends faster than it is read.
class Endless final : public server::Transport {
 public:
  server::Transfer read(char* bytes, std::size_t size) override {
    std::fill_n(bytes, size, 'x');
    return note_received({server::Transfer::Result::kDone, size});
  }
  server::Transfer read_waiting(char* bytes, std::size_t size) override {
    return read(bytes, size);
  }
  server::Transfer write(std::string_view) override { return {}; }
  void finish_writing() override {}
  void abort() override {}
  int descriptor() const override { return -1; }
  short read_events() const override { return 0; }
  short write_events() const override { return 0; }
  bool has_buffered() const override { return false; }
};

bool serves(const TestServer& server) { return server.ask("PING\n") == "+PONG\n"; }

}  // namespace

TEST_CASE("a connection past the cap is told so, and a place that gets free is used") {
  server::Config config;
  config.max_connections = 2;
  TestServer server(config);
  std::vector<Client> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(server.connect());
    clients.back().send("PING\n");
    REQUIRE(clients.back().receive(6) == "+PONG\n");
  }
  for (int i = 0; i < 100; ++i) {
    Client extra = server.connect();
    extra.send("PING\n");
    const std::string reply = extra.receive_all();
    CHECK(reply.rfind("-ERR LIMIT ", 0) == 0);
    CHECK(reply.substr(reply.size() - 2) == "\r\n");
  }
  clients[0].send("PING\n");
  CHECK(clients[0].receive(6) == "+PONG\n");
  clients.pop_back();
  bool served = false;  // the place is free once the server has noticed
  for (int i = 0; i < 1000 && !served; ++i) served = serves(server);
  CHECK(served);
  CHECK(server.log_says("a connection was refused"));
}

TEST_CASE("of a client that never stops sending no more is read away than others can wait for") {
  Endless endless;
  CHECK(endless.drain());
  CHECK(endless.received() >= Endless::kDrainedAtOnce);
  CHECK(endless.received() < 2 * Endless::kDrainedAtOnce);
}

TEST_CASE("a value over the request cap is refused and the connection goes on") {
  server::Config config;
  config.max_request = 1 << 20;
  TestServer server(config);
  const std::string big((1 << 20) + 1, 'x');
  const std::string reply =
      server.ask("SET k 0 " + std::to_string(big.size()) + "\n" + big + "\nPING\n");
  CHECK(reply.rfind("-ERR TOOBIG ", 0) == 0);
  CHECK(reply.substr(reply.size() - 6) == "+PONG\n");
  CHECK(server.ask("GET " + big + "\nPING\n").find("\n+PONG\n") != std::string::npos);
  // After a line that may announce a value nothing is taken for a command.
  const std::string closed = server.ask("SET " + big + "\nPING\n");
  CHECK(closed.rfind("-ERR TOOBIG ", 0) == 0);
  CHECK(closed.find("+PONG") == std::string::npos);
  CHECK(server.ask("EXISTS k\n") == ":0\n");
  // Just at the cap it is taken.
  CHECK(server.ask("SET k 0 1048576\n" + big.substr(1) + "\n") == "+OK\n");
}

TEST_CASE("a RESP request over the cap is answered, then closed") {
  server::Config config;
  config.max_request = 1 << 20;
  TestServer server(config);
  Client client = server.connect();
  client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n" + std::string(500'000, 'x'));
  CHECK(client.receive_all().rfind("-", 0) == 0);
  CHECK(serves(server));
  CHECK(server.log_says(" dropped: "));
}

TEST_CASE("a length prefix of 1 GB with 3 bytes behind it costs no memory") {
  TestServer server;
  REQUIRE(serves(server));
  const std::size_t before = resident();
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.connect());
    clients.back().send(i % 2 == 0 ? "SET k 0 1000000000\nabc" : "APPEND k 50000000\nabc");
  }
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.connect());
    clients.back().send(i % 2 == 0 ? "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000000\r\nabc"
                                   : "*1000000\r\n$60000000\r\nabc");
  }
  REQUIRE(serves(server));
  for (Client& client : clients) client.half_close();
  for (Client& client : clients) CHECK(client.receive_all().rfind("-", 0) == 0);
  CHECK(resident() < before + (std::size_t{32} << 20));
  CHECK(server.ask("EXISTS k\n") == ":0\n");
}

TEST_CASE("an idle connection is closed with a reason once the timeout is set") {
  server::Config config;
  config.idle_timeout_ms = 50;
  TestServer server(config);
  Client client = server.connect();
  client.send("PING\n");
  const std::string reply = client.receive_all();
  CHECK(reply.rfind("+PONG\n-ERR TIMEOUT ", 0) == 0);
  CHECK(server.log_says("nothing was asked"));
  CHECK(serves(server));
}

TEST_CASE("a request that never becomes complete is closed with a reason") {
  server::Config config;
  config.request_timeout_ms = 100;
  TestServer server(config);
  Client text = server.connect();
  text.send("SET k 0 10\nabc");
  CHECK(text.receive_all().rfind("-ERR TIMEOUT ", 0) == 0);
  Client resp = server.connect();
  resp.send("*2\r\n$3\r\nGET\r\n$1\r\n");
  CHECK(resp.receive_all().rfind("-", 0) == 0);
  CHECK(server.log_says("the request had not arrived"));
  CHECK(server.ask("EXISTS k\n") == ":0\n");
}

TEST_CASE("the request timeout does not fall upon a connection that waits between requests") {
  server::Config config;
  config.request_timeout_ms = 800;
  config.idle_timeout_ms = 1600;
  TestServer server(config);
  Client client = server.connect();
  client.send("PING\nPI");
  REQUIRE(client.receive(6) == "+PONG\n");
  client.send("NG\n");
  // It is the idle timeout that ends it.
  CHECK(client.receive_all().find("+PONG\n-ERR TIMEOUT nothing was asked") == 0);
}

TEST_CASE("a client that never reads is dropped, in bounded memory, and others go on") {
  server::Config config;
  config.write_timeout_ms = 200;
  config.max_unread = 1 << 20;
  TestServer server(config);
  REQUIRE(server.ask("SET big 0 100000\n" + std::string(100'000, 'x') + "\n") == "+OK\n");
  const std::size_t before = resident();
  Client client = server.connect();
  const std::string requests = [] {
    std::string all;
    for (int i = 0; i < 10'000; ++i) all += "GET big\n";  // a gigabyte of replies
    return all;
  }();
  client.send(requests);
  CHECK(serves(server));
  CHECK(server.log_says("replies unread"));
  CHECK(resident() < before + (std::size_t{64} << 20));
  CHECK(serves(server));
}

TEST_CASE("a client that never reads cannot hold up the server's end") {
  server::Config config;
  config.write_timeout_ms = 0;
  config.drain_timeout_ms = 100;
  TestServer server(config);
  REQUIRE(server.ask("SET big 0 1000000\n" + std::string(1'000'000, 'x') + "\n") == "+OK\n");
  Client client = server.connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET big\n";
  client.send(requests);
  REQUIRE(client.receive(9) == "+VALUE 10");
  server.server().stop();
  CHECK(server.log_says("1 connection did not finish within 0.1 s"));
}

TEST_CASE("a listing that is under way when the server ends its connections is given up") {
  server::Config config;
  config.drain_timeout_ms = 1;
  TestServer server(config);
  fill(server);
  Client client = server.connect();
  client.send("PING\n");
  REQUIRE(client.receive(6) == "+PONG\n");
  // Not one matches, so little is sent; all of them would take many minutes.
  client.send(test::repeated("KEYS 1*x\n", 10'000));
  server.server().stop();
  CHECK(server.log_says("stopped after"));
  CHECK(client.receive_all().find("<no end>") == std::string::npos);
}

TEST_CASE("listings that nobody is left to read are given up after the first") {
  server::Config config;
  config.log_level = "debug";
  TestServer server(config);
  fill(server);
  Client client = server.connect();
  client.send("PING\n");
  REQUIRE(client.receive(6) == "+PONG\n");
  // Many minutes' work. Nothing is left unread, so the client's end comes as a half-close.
  client.send(test::repeated("KEYS 1*x\n", 10'000));
  client.disconnect();
  CHECK(server.log_says("closed after"));
}

TEST_CASE("all connections together hold no more than the budget") {
  server::Config config;
  config.max_connections = 8;
  config.max_buffered = 6 << 20;
  const server::MemoryBudget budget(config.max_buffered, config.max_connections);
  TestServer server(config);
  Client first = server.connect();
  first.send("SET a 0 1500000\n" + std::string(1'500'000, 'x'));
  // Its input, the buffer it is received into, and what growing left over.
  REQUIRE(server.buffers(1'500'000 - budget.free_part(), 3'500'000));
  Client second = server.connect();
  second.send("SET b 0 5000000\n" + std::string(5'000'000, 'x'));
  // Who comes last is refused; its memory is free at once, and who was there first goes on.
  CHECK(second.receive_line().rfind("-ERR LIMIT ", 0) == 0);
  CHECK(server.ask("SET other 0 300000\n" + std::string(300'000, 'x') + "\n") == "+OK\n");
  first.send("\n");
  CHECK(first.receive(4) == "+OK\n");
  CHECK(server.buffers(0, 0));
  Client third = server.connect();
  third.send("SET c 0 9000000\n" + std::string(7'000'000, 'x'));
  CHECK(third.receive_line().rfind("-ERR LIMIT ", 0) == 0);
  CHECK(serves(server));
}

TEST_CASE("many connections hold no more than the budget, with what is not counted of each") {
  server::Config config;
  config.max_connections = 500;
  config.max_buffered = 8 << 20;
  TestServer server(config);
  REQUIRE(serves(server));
  [[maybe_unused]] const std::size_t before = resident();
  std::vector<Client> clients;
  for (int i = 0; i < 400; ++i) {
    clients.push_back(server.connect());
    clients.back().send("SET k 0 60000\n" + std::string(55'000, 'x'));
  }
  CHECK(serves(server));
  CHECK(server.log_says("hold 8 MiB together"));
  // The threads' stacks are in it, too. A sanitizer's own memory for each is many times that.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(resident() < before + config.max_buffered + 400 * (std::size_t{24} << 10));
#endif
}

TEST_CASE("slow commands and refusals of the store's making are logged") {
  server::Config config;
  config.log_level = "trace";
  TestServer server(config);
  REQUIRE(server.ask("SET \"a\\x1bkey\" secret-value\n") == "+OK\n");
  CHECK(server.log_says("SET \"a\\x1bkey\" (+1)"));
  CHECK(server.log_says("connected"));
  CHECK(server.log_says("opened "));
  CHECK(server.log().find("secret-value") == std::string::npos);
}

TEST_CASE("who asks for more memory than there is takes none from others meanwhile") {
  server::MemoryBudget budget(std::size_t{1} << 20, 1);
  std::thread greedy([&] {
    for (int i = 0; i < 200'000; ++i) (void)budget.take(std::size_t{2} << 20);
  });
  int refused = 0;
  for (int i = 0; i < 200'000; ++i) {
    if (budget.take(1000))
      budget.give(1000);
    else
      ++refused;
  }
  greedy.join();
  CHECK(refused == 0);
  CHECK(budget.used() == 0);
}

TEST_CASE("what waits for EXEC, and what is watched, counts in the budget") {
  server::Config config;
  config.max_connections = 8;
  config.max_buffered = 6 << 20;
  TestServer server(config);
  const std::string bytes(100'000, 'x');
  // Until it is refused.
  const auto repeat = [&](Client& client, const std::vector<std::string>& words) {
    std::string answer;
    for (int i = 0; i < 100 && !answer.starts_with("-"); ++i) {
      client.send(resp(words));
      answer = client.receive_line();
    }
    return answer;
  };
  Client queues = server.connect(), watches = server.connect();
  queues.send(resp({"MULTI"}));
  REQUIRE(gets(queues, "+OK\r\n"));
  CHECK(repeat(queues, {"SET", "k", bytes}).starts_with("-LIMIT this would take"));
  CHECK(server.buffers(5'000'000, config.max_buffered));
  CHECK(serves(server));
  queues.send(resp({"EXEC"}));
  CHECK(queues.receive_line().starts_with("-EXECABORT"));
  CHECK(server.buffers(0, 1'000'000));
  CHECK(repeat(watches, {"WATCH", bytes}).starts_with("-LIMIT this would take"));
  watches.send(resp({"UNWATCH"}));
  CHECK(gets(watches, "+OK\r\n"));
  CHECK(server.buffers(0, 1'000'000));
}
