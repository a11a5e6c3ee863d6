// Commands that answer later, and FOLLOW: over text, RESP2 and RESP3.
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using namespace kvstore::test;

namespace {

// Lets a request that was sent be taken up, most likely: what is checked does not depend on it.
void a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

// Receives as much as `expected` has.
bool gets(Client& client, const std::string& expected) {
  const std::string got = client.receive(expected.size());
  CHECK(got == expected);
  return got == expected;
}

std::string value(const std::string& bytes) {
  return "+VALUE " + std::to_string(bytes.size()) + "\n" + bytes + "\n";
}

}  // namespace

TEST_CASE("READ WAIT answers as soon as there is something past the offset") {
  const TestServer server;
  Client reader = server.connect(), writer = server.connect();
  reader.send("READ log 0 100 WAIT 20000\n");
  a_moment();
  CHECK_FALSE(reader.has_input());
  writer.send("APPEND log 5\nhello\n");
  CHECK(writer.receive_line() == ":5\n");
  CHECK(gets(reader, value("hello")));
  reader.send("READ log 5 3 WAIT 20000\n");
  a_moment();
  writer.send("SET other 1\nAPPEND log \", world\"\n");
  CHECK(gets(reader, value(", w")));
}

TEST_CASE("READ WAIT answers what there is, and when its time is over what there is not") {
  const TestServer server;
  CHECK(server.ask("SET a hello\nREAD a 1 2 WAIT 20000\nREAD a -1 2 WAIT 20000\n") ==
        "+OK\n" + value("el") + value("o"));
  CHECK(server.ask("READ a 5 2 WAIT 10\nREAD none 0 1 WAIT 10\nREAD a 5 1 WAIT 0\n") ==
        value("") + "+NIL\n" + value(""));
}

TEST_CASE("READ WAIT does not wait in MULTI or a transaction") {
  const TestServer server;
  CHECK(server.ask("MULTI\nREAD none 0 1 WAIT 20000\nEXEC\n") == "+OK\n+QUEUED\n+ARRAY 1\n+NIL\n");
  CHECK(server.ask("BEGIN\nREAD none 0 1 WAIT 20000\nROLLBACK\n") == "+OK\n+NIL\n+OK\n");
}

TEST_CASE("READ WAIT says what is wrong with its words") {
  const TestServer server;
  CHECK(server.ask("READ a 0 1 WAIT\n").starts_with("-ERR SYNTAX WAIT needs milliseconds"));
  CHECK(server.ask("READ a 0 1 WAIT x\n").starts_with("-ERR NUMBER"));
  CHECK(server.ask("READ a 0 1 WAIT 1 1\n").starts_with("-ERR ARITY"));
  CHECK(server.ask("READ a 0 1 WAIT -1\n").starts_with("-ERR NUMBER"));
}

TEST_CASE("what was pipelined before a command that waits is answered at once, the rest after it") {
  const TestServer server;
  Client reader = server.connect(), writer = server.connect();
  reader.send("SET a 1\nREAD b 0 1 WAIT 20000\nGET a\nGET b\n");
  CHECK(reader.receive_line() == "+OK\n");
  a_moment();
  CHECK_FALSE(reader.has_input());
  writer.send("SET b 2\n");
  CHECK(gets(reader, value("2") + value("1") + value("2")));
}

TEST_CASE("a server that stops answers commands that wait") {
  TestServer server;
  Client reader = server.connect();
  reader.send("SET a 1\nREAD a 1 1 WAIT 1000000\n");
  CHECK(reader.receive_line() == "+OK\n");
  a_moment();
  server.server().request_stop();
  CHECK(reader.receive_all() == value(""));
}

TEST_CASE("much that is sent to a command that waits is not all taken") {
  const TestServer server;
  Client reader = server.connect(), writer = server.connect();
  reader.send("READ a 0 1 WAIT 1000000\n");
  a_moment();
  const std::string pings = repeated("PING\n", 1000);
  long taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const long sent = reader.send_some(pings);
    if (sent <= 0) break;
    taken += sent;
  }
  CHECK(taken < 50'000'000);
  CHECK(server.buffers(0, std::size_t{1} << 20));
  writer.send("SET a 1\n");
  CHECK(gets(reader, value("1")));
  CHECK(gets(reader, "+PONG\n"));
}

TEST_CASE("FOLLOW sends a value as it grows") {
  const TestServer server;
  Client reader = server.connect(), writer = server.connect();
  writer.send("APPEND log 5\nhello\n");
  CHECK(writer.receive_line() == ":5\n");
  reader.send("FOLLOW log\n");
  CHECK(gets(reader, ":0\n" + value("hello")));
  writer.send("APPEND log 6\n world\n");
  CHECK(gets(reader, value(" world")));
  reader.send("UNFOLLOW\nPING\n");
  CHECK(gets(reader, "+OK\n+PONG\n"));
}

TEST_CASE("FOLLOW begins where it is told to") {
  const TestServer server;
  Client writer = server.connect();
  writer.send("SET log 0123456789\n");
  CHECK(writer.receive_line() == "+OK\n");
  const auto begin = [&](const std::string& place, std::size_t size) {
    Client reader = server.connect();
    reader.send("FOLLOW log FROM " + place + "\n");
    return reader.receive(size);
  };
  CHECK(begin("7", 16) == ":7\n" + value("789"));
  CHECK(begin("-2", 15) == ":8\n" + value("89"));
  CHECK(begin("NEW", 4) == ":10\n");
  Client reader = server.connect();
  reader.send("FOLLOW log FROM 12\n");
  CHECK(reader.receive_line() == ":12\n");
  writer.send("APPEND log abcd\n");
  CHECK(gets(reader, value("cd")));
}

TEST_CASE("FOLLOW says that a value was set again, and that it is gone") {
  const TestServer server;
  Client reader = server.connect(), writer = server.connect();
  reader.send("FOLLOW log\n");
  CHECK(reader.receive_line() == ":0\n");
  writer.send("SET log one\n");
  CHECK(gets(reader, value("one")));
  writer.send("SET log longer\n");
  CHECK(gets(reader, "+ANEW\n" + value("longer")));
  writer.send("DELETE log\n");
  CHECK(reader.receive_line() == "+REMOVED\n");
  writer.send("APPEND log again\n");
  CHECK(gets(reader, value("again")));
}

TEST_CASE("FOLLOW PREFIX sends each change, and goes on after a disconnect") {
  const TestServer server;
  Client writer = server.connect();
  {
    Client reader = server.connect();
    reader.send("FOLLOW PREFIX user:\n");
    CHECK(reader.receive_line() == ":1\n");
    writer.send("SET user:1 a\nSET other x\nAPPEND user:1 b\nDELETE user:1\n");
    CHECK(gets(reader,
               "+ARRAY 5\n:1\n+VALUE 3\nset\n+VALUE 6\nuser:1\n+NIL\n+VALUE 1\na\n"
               "+ARRAY 5\n:3\n+VALUE 6\nappend\n+VALUE 6\nuser:1\n+NIL\n+VALUE 1\nb\n"));
    CHECK(reader.receive_line() == "+ARRAY 5\n");
    CHECK(reader.receive_line() == ":4\n");
  }
  writer.send("SET user:2 c PXAT 99999999999999\n");
  Client reader = server.connect();
  reader.send("FOLLOW PREFIX user: FROM 4\n");
  CHECK(gets(reader,
             ":4\n+ARRAY 5\n:4\n+VALUE 6\ndelete\n+VALUE 6\nuser:1\n+NIL\n+NIL\n"
             "+ARRAY 5\n:5\n+VALUE 3\nset\n+VALUE 6\nuser:2\n:99999999999999\n+VALUE 1\nc\n"));
  CHECK(server.ask("FOLLOW PREFIX u FROM 9\n").starts_with("-ERR NUMBER version 9 is yet to come"));
}

TEST_CASE("FOLLOW PREFIX tells of a FLUSHALL whatever the prefix") {
  const TestServer server;
  Client writer = server.connect(), reader = server.connect();
  writer.send("APPEND log hello\n");
  CHECK(writer.receive_line() == ":5\n");
  reader.send("FOLLOW PREFIX user:\n");
  CHECK(reader.receive_line() == ":2\n");
  writer.send("FLUSHALL\nSET user:1 a\n");
  CHECK(gets(reader,
             "+ARRAY 5\n:2\n+VALUE 5\nclear\n+NIL\n+NIL\n+NIL\n"
             "+ARRAY 5\n:3\n+VALUE 3\nset\n+VALUE 6\nuser:1\n+NIL\n+VALUE 1\na\n"));
}

TEST_CASE("FOLLOW PREFIX goes on over a compaction, or says from where it can") {
  TestServer server;
  Client reader = server.connect(), writer = server.connect();
  reader.send("FOLLOW PREFIX k\n");
  CHECK(reader.receive_line() == ":1\n");
  writer.send("SET k 1\n");
  const std::string first = "+ARRAY 5\n:1\n+VALUE 3\nset\n+VALUE 1\nk\n+NIL\n+VALUE 1\n1\n";
  CHECK(gets(reader, first));
  CompactionOptions options;
  options.keep = KeepHistory::none();
  CHECK(server.store().compact(options));
  writer.send("SET k 2\n");
  const std::string second = "+ARRAY 5\n:2\n+VALUE 3\nset\n+VALUE 1\nk\n+NIL\n+VALUE 1\n2\n";
  CHECK(gets(reader, second));
  const std::string refused = server.ask("FOLLOW PREFIX k FROM 1\n");
  CHECK(refused.starts_with("-ERR PURGED changes up to version 1 are gone; try: "));
  CHECK(refused.find("from 2 on") != std::string::npos);
}

TEST_CASE("a FOLLOW PREFIX that has seen all goes on behind a compaction that has passed it") {
  const TestServer server;
  Client quiet = server.connect(), writer = server.connect();
  CHECK(server.ask("SET q:0 v\nSET busy 0\n") == "+OK\n+OK\n");
  quiet.send("FOLLOW PREFIX q: FROM 1\n");
  CHECK(gets(quiet, ":1\n+ARRAY 5\n:1\n+VALUE 3\nset\n+VALUE 3\nq:0\n+NIL\n+VALUE 1\nv\n"));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) writer.send("SET busy 1\n");
    writer.send("COMPACT KEEP none\nSET q:1 w\n");
    CHECK(quiet.receive_line() == "+ARRAY 5\n");
    CHECK(quiet.receive_line().starts_with(":"));
    CHECK(gets(quiet, "+VALUE 3\nset\n+VALUE 3\nq:1\n+NIL\n+VALUE 1\nw\n"));
  }
}

TEST_CASE("FOLLOW of a long value and of long changes comes in pieces") {
  const TestServer server;
  Client reader = server.connect(), writer = server.connect();
  const std::string large = repeated("0123456789abcdef", 40'000);
  writer.send("APPEND k " + std::to_string(large.size()) + "\n" + large + "\n");
  CHECK(writer.receive_line() == ":640000\n");
  reader.send("FOLLOW k\n");
  CHECK(reader.receive_line() == ":0\n");
  std::string got;
  while (got.size() < large.size()) {
    const std::string header = reader.receive_line();
    REQUIRE(header.starts_with("+VALUE "));
    got += reader.receive(static_cast<std::size_t>(std::stol(header.substr(7))));
    CHECK(gets(reader, "\n"));
  }
  CHECK(got == large);
  Client changes = server.connect();
  changes.send("FOLLOW PREFIX k FROM 1\n");
  const std::string head = ":1\n+ARRAY 5\n:1\n+VALUE 3\nset\n+VALUE 1\nk\n+NIL\n+VALUE 640000\n";
  CHECK(gets(changes, head));
  CHECK(gets(changes, large));
}

TEST_CASE("another command on a connection that follows is refused, in RESP3 it is answered") {
  const TestServer server;
  Client text = server.connect();
  text.send("FOLLOW log\nGET a\n");
  CHECK(text.receive_line() == ":0\n");
  CHECK(text.receive_line().starts_with("-ERR STATE GET cannot be executed while this connection"));
  Client resp3 = server.connect();
  resp3.send(
      "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$6\r\nFOLLOW\r\n$3\r\nlog\r\n*1\r\n$4\r\nPING\r\n");
  while (resp3.receive_line() != "*0\r\n") {  // the last line of HELLO
  }
  CHECK(gets(resp3, ":0\r\n+PONG\r\n"));
  CHECK(server.ask("SET log x\n") == "+OK\n");
  CHECK(gets(resp3, ">4\r\n$6\r\nfollow\r\n$3\r\nlog\r\n:0\r\n$1\r\nx\r\n"));
  CHECK(server.ask("DELETE log\n") == "+OK\n");
  CHECK(gets(resp3, ">3\r\n$6\r\nfollow\r\n$3\r\nlog\r\n+REMOVED\r\n"));
}

TEST_CASE("a follower that never reads costs no memory, and is dropped for it in the end") {
  server::Config config;
  config.write_timeout_ms = 300;
  const TestServer server(config);
  Client reader = server.connect(), writer = server.connect();
  reader.send("FOLLOW log\n");
  CHECK(reader.receive_line() == ":0\n");
  const std::string piece(100'000, 'x');
  for (int i = 0; i < 300; ++i) {
    writer.send("APPEND log " + std::to_string(piece.size()) + "\n" + piece + "\n");
    CHECK(writer.receive_line().starts_with(":"));
  }
  CHECK(server.buffers(0, std::size_t{1} << 20));
  CHECK(server.log_says("bytes of replies unread"));
}

TEST_CASE("FOLLOW after a half-close goes on until the client is gone or the server stops") {
  TestServer server;
  Client reader = server.connect();
  reader.send("FOLLOW log\n");
  CHECK(reader.receive_line() == ":0\n");
  reader.half_close();
  a_moment();
  CHECK(server.ask("SET log x\n") == "+OK\n");
  CHECK(gets(reader, value("x")));
  server.server().request_stop();
  CHECK(reader.receive_all().empty());
}
