// A server whose threads run out of memory at any point of serving a client: that
// client is answered right, told so, or cut off; the next one is served.

#include <doctest/doctest.h>

#include "tests/faults/allocations.h"
#include "tests/faults/system_calls.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::fail_each_allocation;
using test::Shortage;
using test::TestServer;

namespace {

const std::string kText = "SET key value\nGET key\nMSET a 1 b 2\nKEYS k*\nFROB\n";
const std::string kResp =
    "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"
    "*2\r\n$4\r\nKEYS\r\n$2\r\nk*\r\n*1\r\n$4\r\nFROB\r\n";

bool is_true(const std::string& reply, const std::string& expected) {
  const std::string cut = reply.substr(0, reply.find("<reset>"));
  return expected.compare(0, cut.size(), cut) == 0 || cut.find("MEMORY") != std::string::npos ||
         cut.find("not enough memory") != std::string::npos;
}

// The server's threads run out of memory, not this one.
std::string ask(TestServer& server, const std::string& request, const Shortage& shortage) {
  const test::Exempt own_account;
  test::arm_shortage(shortage);
  const std::string reply = server.ask(request);
  test::disarm_shortage();
  return reply;
}

void fail_each(const std::string& request) {
  TestServer server;
  const std::string expected = server.ask(request);
  for (const bool for_ever : {false, true}) {
    CAPTURE(for_ever);
    const auto seen = fail_each_allocation({0, for_ever, true}, [&](const Shortage& shortage) {
      CAPTURE(shortage.allocation);
      const std::string reply = ask(server, request, shortage);
      const std::uint64_t failed = test::shortages();
      CHECK_MESSAGE(is_true(reply, expected), reply);
      CHECK(server.ask(request) == expected);
      CHECK(test::shortages() == failed);
    });
    CHECK(seen > 10);
    MESSAGE(seen << " allocations failed");
  }
  CHECK(server.ask("GET key\n") == "+VALUE 5\nvalue\n");
}

}  // namespace

TEST_CASE("any allocation of a text client's connection may fail") { fail_each(kText); }
TEST_CASE("any allocation of a RESP client's connection may fail") { fail_each(kResp); }

TEST_CASE("any allocation of a server's start may fail") {
  const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
    CAPTURE(shortage.allocation);
    testing::TempDir directory;
    auto store = Store::open(directory / "data.bin", TestServer::fast());
    REQUIRE(store);
    server::Config config;
    config.listen.port = 0;
    config.log_file = directory / "log";
    test::arm_shortage(shortage);
    auto server = server::Server::start(config, **store);
    test::disarm_shortage();
    if (!server) CHECK(server.error().code != Code::kUsage);
    if (server) (*server)->stop();
  });
  CHECK(seen > 10);
  MESSAGE(seen << " allocations failed");
}

TEST_CASE("the judge of the answers finds a wrong one") {
  CHECK(is_true("+OK\n+VAL", "+OK\n+VALUE 5\nvalue\n"));
  CHECK_FALSE(is_true("+OK\n+VALUE 5\nwrong\n", "+OK\n+VALUE 5\nvalue\n"));
  CHECK_FALSE(is_true("+NIL\n", "+OK\n"));
}

// A write of each kind that tells of itself in a way of its own.
TEST_CASE("without memory to tell of it a write's answer is what happened, in EXEC, too") {
  server::Config config;
  config.notify_keyspace_events = "KEAnm";
  TestServer server(config);
  int value = 0;
  for (const std::string form : {"SET key #\n", "SET key # EX 1000\n", "SET key # XX GET\n",
                                 "MSET key # b 2\n", "MULTI\nSET key #\nEXEC\n"}) {
    CAPTURE(form);
    const auto seen = fail_each_allocation({0, false, true}, [&](const Shortage& shortage) {
      CAPTURE(shortage.allocation);
      const auto with = [&](int number) {
        std::string text = form;
        return text.replace(text.find('#'), 1, std::to_string(number));
      };
      Client listens = server.connect();
      listens.send("PSUBSCRIBE __key*\n");
      (void)listens.receive_line();
      const std::string before = server.ask("GET key\n");
      const std::string reply = ask(server, with(++value), shortage);
      const std::string last = reply.substr(0, reply.find("<reset>"));
      const bool is_exec = form.starts_with("MULTI");
      if (!last.ends_with('\n') || (is_exec && !last.starts_with("+OK\n+QUEUED\n"))) return;
      const bool has_failed = last.find("-ERR") != last.npos;
      const std::string text = std::to_string(value);
      const std::string after = "+VALUE " + std::to_string(text.size()) + '\n' + text + '\n';
      CHECK_MESSAGE(server.ask("GET key\n") == (has_failed ? before : after), reply);
    });
    CHECK(seen > 10);
    MESSAGE(seen << " allocations failed");
  }
}
