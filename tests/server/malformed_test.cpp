// Malformed requests of every kind: each is answered as the table says, however
// its bytes arrive, and nobody else notices.

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/server/malformed.h"

using namespace kvstore;
using test::Client;
using test::Malformed;
using test::malformed_requests;
using test::TestServer;

namespace {

std::string ask_slowly(const TestServer& server, const std::string& bytes) {
  Client client = server.connect();
  for (const char byte : bytes) {
    if (client.send_some({&byte, 1}) < 0) break;
  }
  client.half_close();
  return client.receive_all();
}

}  // namespace

TEST_CASE("malformed requests are answered as Redis does, or as the text protocol says") {
  TestServer server;
  REQUIRE(server.ask("SET k v\n") == "+OK\n");
  CHECK(malformed_requests().size() >= 60);
  for (const Malformed& row : malformed_requests()) {
    CAPTURE(row.what);
    const std::string wrong = misanswered(row, server.ask(row.bytes),
                                          server.ask(row.bytes + ping_behind(row)));
    CHECK(wrong == "");
    CHECK(ask_slowly(server, row.bytes) == row.reply);
  }
  CHECK(server.ask("GET k\n") == "+VALUE 1\nv\n");
  CHECK(server.ask("DBSIZE\n") == ":1\n");
}

TEST_CASE("the table's judge finds a wrong reply, a connection left open and one that is closed") {
  const Malformed closes{"", "*x", "-ERR no\r\n", test::Then::kCloses};
  const Malformed goes_on{"", "*x", "-ERR no\r\n", test::Then::kGoesOn};
  const Malformed waits{"", "*x", "-ERR no\r\n", test::Then::kWaits};
  const std::string reply = "-ERR no\r\n", pong = reply + "+PONG\r\n";
  CHECK(misanswered(closes, reply, reply) == "");
  CHECK(misanswered(goes_on, reply, pong) == "");
  CHECK(misanswered(waits, reply, reply) == "");
  CHECK(misanswered(closes, "", reply) != "");
  CHECK(misanswered(closes, reply, pong) != "");
  CHECK(misanswered(goes_on, reply, reply) != "");
  CHECK(misanswered(waits, reply, pong) != "");
}
