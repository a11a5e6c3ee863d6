// KVSTORE_LONG=1 test_faults    more errors, and each for ever
//
// A server with each of its system calls failing, from socket() to shutdown(),
// and no thread to be had: it does not start and says why, or a client is
// answered right, refused, or cut off; and the next one is served.

#include <cerrno>
#include <cstdlib>
#include <thread>

#include <doctest/doctest.h>

#include "tests/faults/system_calls.h"
#include "tests/server/fixture.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using test::Client;
using test::Exempt;
using test::fail_each_call;
using test::Fault;
using kvstore::testing::QuickDir;

namespace {

const std::string kAsked = "SET key value\nGET key\n";
const std::string kAnswered = "+OK\n+VALUE 5\nvalue\n";

// Until the client was answered or cut off, or some calls have failed in vain.
void wait_for(const Client& client, bool for_ever) {
  for (int i = 0; i < 20'000 && !client.has_input(); ++i) {
    if (for_ever && test::failures() >= 3) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bool is_error(const std::string& reply) { return reply.find("-ERR ") != std::string::npos; }

// A part of the right answer, or an error after a part of it.
bool is_true(const std::string& reply) {
  const std::string cut = reply.substr(0, reply.find("<reset>"));
  return kAnswered.compare(0, cut.size(), cut) == 0 || is_error(reply);
}

std::string ask(const server::Endpoint& endpoint) {
  Client client(endpoint);
  client.send(kAsked);
  client.half_close();
  return client.receive_all();
}

// Two clients while calls fail, one when they do not any more.
void serve_with(const Fault& fault) {
  QuickDir directory;
  auto store = Store::open(directory / "data.bin");
  REQUIRE(store);
  server::Config config;
  config.listen.port = 0;
  config.log_file = directory / "log";
  config.drain_timeout_ms = 1000;
  test::arm(fault);
  auto server = server::Server::start(config, **store);
  const Exempt own_account;
  if (!server) {
    test::disarm();
    CHECK_FALSE(server.error().message.empty());
    return;
  }
  // Its port could not be asked for: then nobody can know where it is.
  REQUIRE((*server)->endpoint().port != 0);
  for (int i = 0; i < 2; ++i) {
    Client client((*server)->endpoint());
    client.send(kAsked);
    client.half_close();
    wait_for(client, fault.for_ever);
    if (fault.for_ever) test::disarm();
    CHECK(is_true(client.receive_all()));
  }
  test::disarm();
  const std::string last = ask((*server)->endpoint());
  // A sync that has failed is not forgiven.
  if (test::failed_call() != "fdatasync") CHECK(last == kAnswered);
  CHECK(is_true(last));
  (*server)->stop();
  std::string value;
  CHECK((*store)->get("key", &value).value_or(false));
  CHECK(value == "value");
}

}  // namespace

TEST_CASE("any system call of a server may fail") {
  const bool all = std::getenv("KVSTORE_LONG") != nullptr;
  for (const int error : {EIO, ENOMEM, EMFILE, EINTR, 0}) {
    for (const bool for_ever : {false, true}) {
      if (for_ever && error == EINTR) continue;  // it would never end
      if (!all && error != EIO && (for_ever || error == EMFILE)) continue;
      CAPTURE(error);
      CAPTURE(for_ever);
      const auto seen = fail_each_call({0, for_ever, error}, [&](const Fault& fault) {
        CAPTURE(fault.call);
        serve_with(fault);
        INFO("failed: ", test::failed_call());
      });
      CHECK(seen > 20);
      MESSAGE(seen << " calls failed");
    }
  }
}

TEST_CASE("the judge of the server's answers finds a wrong one") {
  CHECK(is_true("+OK\n+VALUE 5\nval"));
  CHECK(is_true("+OK\n-ERR MEMORY there is none\r\n"));
  CHECK_FALSE(is_true("+OK\n+VALUE 5\nother\n"));
  CHECK_FALSE(is_true("+OK\n+NIL\n"));
  CHECK_FALSE(is_true("+OK\n+VALUE 5\nvalue\n<no end>"));
}
