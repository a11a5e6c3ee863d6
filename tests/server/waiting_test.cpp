// Commands that wait: BZPOPMIN and its kin, over the wire.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

using namespace kvstore;
using namespace kvstore::test;

namespace {

using Words = std::vector<std::string>;

const std::string kPopped = "*3\r\n$1\r\nq\r\n$1\r\na\r\n$1\r\n1\r\n";

bool answers(Client& client, std::string_view expected) {
  const std::string reply = client.receive(expected.size());
  INFO(reply);
  return reply == expected;
}

// Until that many clients wait for an answer.
void await_waiting(TestServer& server, int count) {
  const std::string wanted = "blocked_clients:" + std::to_string(count) + "\r\n";
  for (int i = 0; i < 2000; ++i) {
    if (server.ask(resp({"INFO", "clients"})).find(wanted) != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("not so many clients wait: " << wanted);
}

}  // namespace

TEST_CASE("a client that waits is answered when another adds a member") {
  TestServer server;
  Client waits = server.connect(), adds = server.connect();
  waits.send(resp({"BZPOPMIN", "none", "q", "0"}));
  await_waiting(server, 1);
  CHECK(!waits.has_input());
  adds.send(resp({"ZADD", "q", "1", "a"}));
  CHECK(adds.receive_line() == ":1\r\n");
  CHECK(answers(waits, kPopped));
  adds.send(resp({"EXISTS", "q"}));
  CHECK(adds.receive_line() == ":0\r\n");
}

TEST_CASE("a wait ends when its time is up, and what was sent behind it is answered then") {
  TestServer server;
  Client client = server.connect();
  client.send(resp({"SET", "a", "1"}) + resp({"BZPOPMAX", "q", "0.05"}) + resp({"GET", "a"}));
  CHECK(client.receive_line() == "+OK\r\n");
  CHECK(client.receive_line() == "*-1\r\n");
  CHECK(answers(client, "$1\r\n1\r\n"));
}

TEST_CASE("what was answered before a command that waits is sent before it has an answer") {
  TestServer server;
  Client waits = server.connect(), adds = server.connect();
  waits.send(resp({"SET", "a", "1"}) + resp({"BZPOPMIN", "q", "0"}) + resp({"GET", "a"}));
  CHECK(waits.receive_line() == "+OK\r\n");
  // And no lock is held meanwhile.
  adds.send(resp({"ZADD", "q", "1", "a"}));
  CHECK(adds.receive_line() == ":1\r\n");
  CHECK(answers(waits, kPopped));
  CHECK(answers(waits, "$1\r\n1\r\n"));
}

TEST_CASE("clients that wait for one set are served in the order in which they came") {
  TestServer server;
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(server.connect());
    clients.back().send(resp({"BZMPOP", "0", "1", "q", "MIN"}));
    await_waiting(server, i + 1);
  }
  Client adds = server.connect();
  for (int i = 0; i < 4; ++i) {
    adds.send(resp({"ZADD", "q", "1", std::string(1, static_cast<char>('a' + i))}));
    CHECK(adds.receive_line() == ":1\r\n");
    const std::string popped = "*2\r\n$1\r\nq\r\n*1\r\n*2\r\n$1\r\n" +
                               std::string(1, static_cast<char>('a' + i)) + "\r\n$1\r\n1\r\n";
    CHECK(answers(clients[static_cast<std::size_t>(i)], popped));
  }
}

TEST_CASE("who waits for several sets is served the one that was there first, in EXEC, too") {
  TestServer server;
  Client waits = server.connect(), adds = server.connect();
  const std::string popped = "*3\r\n$2\r\nz2\r\n$1\r\nm\r\n$1\r\n1\r\n";
  const Words first{"ZADD", "z2", "1", "m"}, second{"ZADD", "z1", "2", "n"};
  for (const bool in_exec : {true, false}) {
    CAPTURE(in_exec);
    waits.send(resp({"BZPOPMIN", "z1", "z2", "0"}));
    await_waiting(server, 1);
    const std::string writes = resp(first) + resp(second);
    adds.send((in_exec ? resp({"MULTI"}) + writes + resp({"EXEC"}) : writes) +
              resp({"ZREM", "z1", "n"}) + resp({"ECHO", "end"}));
    while (adds.receive_line() != "end\r\n") {
    }
    CHECK(answers(waits, popped));
  }
}

TEST_CASE("clients that wait for the same sets get those of EXEC in turn, the first set first") {
  TestServer server;
  Client adds = server.connect();
  adds.send(resp({"SET", "k", "1"}));  // until the file is written first, all who wait poll
  CHECK(adds.receive_line() == "+OK\r\n");
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server.connect());
    clients.back().send(resp({"BZMPOP", "0", "2", "q1", "q2", "MIN", "COUNT", i == 0 ? "1" : "9"}));
    await_waiting(server, i + 1);
  }
  adds.send(resp({"MULTI"}) + resp({"ZADD", "q1", "1", "a", "1", "b"}) +
            resp({"ZADD", "q2", "1", "c"}) + resp({"EXEC"}));
  const std::string sets[] = {"q1", "q1", "q2"};
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::string popped = "*2\r\n$2\r\n" + sets[i] + "\r\n*1\r\n*2\r\n$1\r\n" +
                               std::string(1, static_cast<char>('a' + i)) + "\r\n$1\r\n1\r\n";
    CHECK(answers(clients[i], popped));
  }
}

TEST_CASE("who waits is served before the client that adds a member goes on") {
  TestServer server;
  Client waits = server.connect(), adds = server.connect();
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    waits.send(resp({"BZPOPMIN", "q", "0"}));
    await_waiting(server, 1);
    adds.send(resp({"ZADD", "q", "1", "a"}) + resp({"ZPOPMIN", "q"}) + resp({"ZCARD", "q"}));
    CHECK(answers(adds, ":1\r\n*0\r\n:0\r\n"));
    REQUIRE(answers(waits, kPopped));
  }
  // What is left is for those who come later.
  waits.send(resp({"BZPOPMIN", "q", "0"}));
  await_waiting(server, 1);
  adds.send(resp({"MULTI"}) + resp({"ZADD", "q", "1", "a", "2", "b"}) + resp({"EXEC"}) +
            resp({"BZPOPMIN", "q", "0"}));
  CHECK(answers(adds, "+OK\r\n+QUEUED\r\n*1\r\n:2\r\n*3\r\n$1\r\nq\r\n$1\r\nb\r\n$1\r\n2\r\n"));
  CHECK(answers(waits, kPopped));
}

TEST_CASE("only a set that EXEC leaves serves who waits, and who came first is first") {
  TestServer server;
  Client adds = server.connect();
  adds.send(resp({"SET", "k", "1"}));
  CHECK(adds.receive_line() == "+OK\r\n");
  const auto exec = [&](const std::vector<Words>& commands) {
    std::string all = resp({"MULTI"});
    for (const Words& command : commands) all += resp(command);
    adds.send(all + resp({"EXEC"}) + resp({"ECHO", "end"}));
    while (adds.receive_line() != "end\r\n") {
    }
  };
  for (const Words& first : {Words{"SET", "z3", "v"}, Words{"FLUSHALL"}}) {
    CAPTURE(first[0]);
    Client one = server.connect(), two = server.connect();
    one.send(resp({"BZPOPMIN", "q", "z2", "0"}));
    await_waiting(server, 1);
    two.send(resp({"BZPOPMIN", "q", "z3", "0"}));
    await_waiting(server, 2);
    exec({first, {"ZADD", "q", "1", "a"}});
    CHECK(answers(one, kPopped));
    CHECK(!two.has_input());
    exec({{"DEL", "z3"}, {"ZADD", "q", "1", "a"}});
    CHECK(answers(two, kPopped));
  }
  Client one = server.connect();
  one.send(resp({"BZPOPMIN", "q", "z3", "0"}));
  await_waiting(server, 1);
  exec({{"SET", "z3", "v"}, {"ZADD", "q", "1", "a"}, {"ZRANGESTORE", "z3", "q", "0", "-1"}});
  CHECK(answers(one, kPopped));
}

TEST_CASE("many members at once serve many who wait") {
  TestServer server;
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.connect());
    clients.back().send(resp({"BZPOPMIN", "q", "0"}));
  }
  await_waiting(server, 8);
  Client adds = server.connect();
  std::vector<std::string> words{"ZADD", "q"};
  for (char name = 'a'; name < 'i'; ++name) {
    words.emplace_back("1");
    words.emplace_back(1, name);
  }
  adds.send(resp(words));
  CHECK(adds.receive_line() == ":8\r\n");
  for (Client& client : clients) CHECK(client.receive(kPopped.size()).size() == kPopped.size());
  adds.send(resp({"EXISTS", "q"}));
  CHECK(adds.receive_line() == ":0\r\n");
}

TEST_CASE("nothing is taken out for a client that has gone") {
  TestServer server;
  Client adds = server.connect();
  {
    Client gone = server.connect();
    gone.send(resp({"BZPOPMIN", "q", "0"}));
    await_waiting(server, 1);
  }
  await_waiting(server, 0);
  Client half = server.connect();
  half.send(resp({"BZPOPMIN", "q", "0"}));
  await_waiting(server, 1);
  half.half_close();
  CHECK(half.receive_all() == "*-1\r\n");
  await_waiting(server, 0);
  adds.send(resp({"ZADD", "q", "1", "a"}));
  CHECK(adds.receive_line() == ":1\r\n");
  adds.send(resp({"ZCARD", "q"}));
  CHECK(adds.receive_line() == ":1\r\n");
}

TEST_CASE("a client that goes while it waits for what it would only read is let go") {
  TestServer server(with_http());
  Client writes = server.connect();
  writes.send(resp({"SET", "k", "12345"}));
  CHECK(answers(writes, "+OK\r\n"));
  {
    Client reads = server.connect(), text = server.connect(), syncs = server.connect();
    HttpClient http(server);
    reads.send(resp({"READ", "k", "5", "9", "WAIT", "100000000"}));
    // What comes after its end is not waited for any longer.
    text.send(repeated("READ k 5 9 WAIT 100000000\n", 1000));
    syncs.send(resp({"SYNCED", "1000000", "100000000"}));
    http.send("POST", "/_/command", R"(["READ", "k", "5", "9", "WAIT", "100000000"])",
              "Content-Type: application/json\r\n");
    await_waiting(server, 4);
  }
  await_waiting(server, 0);
}

TEST_CASE("a client that only reads on is answered what comes soon, and at last that nothing did") {
  const TestServer server;
  Client writes = server.connect(), gets = server.connect(), misses = server.connect();
  for (Client* const one : {&gets, &misses}) {
    one->send("READ " + std::string(one == &gets ? "k" : "none") + " 0 9 WAIT 100000000\nPING\n");
    one->half_close();
  }
  writes.send(resp({"SET", "k", "12345"}));
  CHECK(answers(writes, "+OK\r\n"));
  CHECK(gets.receive_all() == "+VALUE 5\n12345\n+PONG\n");
  CHECK(misses.receive_all() == "+NIL\n+PONG\n");
}

TEST_CASE("nothing is taken out for a client that goes just before there is something") {
  TestServer server;
  Client adds = server.connect();
  bool stays = true;
  for (int round = 0; round < 50 && stays; ++round) {
    {
      Client gone = server.connect();
      gone.send(resp({"BZPOPMIN", "q", "0"}));
      await_waiting(server, 1);
    }
    adds.send(resp({"ZADD", "q", "1", "a"}));
    CHECK(answers(adds, ":1\r\n"));
    await_waiting(server, 0);
    stays = server.ask(resp({"DEL", "q"})) == ":1\r\n";
    CHECK(stays);
  }
}

TEST_CASE("nothing is taken out for a client after CLIENT KILL or CLIENT UNBLOCK was answered") {
  TestServer server;
  Client ends = server.connect();
  bool stays = true;
  for (int round = 0; round < 60 && stays; ++round) {
    Client waits = server.connect();
    waits.send(resp({"CLIENT", "ID"}));
    const std::string line = waits.receive_line(), id = line.substr(1, line.size() - 3);
    waits.send(resp({"BZPOPMIN", "q", "0"}));
    await_waiting(server, 1);
    const std::string add = resp({"ZADD", "q", "1", "a"});
    if (round % 3 == 0) ends.send(resp({"CLIENT", "KILL", "ID", id}) + add);
    if (round % 3 == 1) ends.send(resp({"CLIENT", "UNBLOCK", id}) + add);
    if (round % 3 == 2) ends.send(resp({"CLIENT", "UNBLOCK", id, "ERROR"}) + add);
    CHECK(answers(ends, ":1\r\n:1\r\n"));
    if (round % 3 == 1) CHECK(answers(waits, "*-1\r\n"));
    if (round % 3 == 2) CHECK(waits.receive_line().starts_with("-UNBLOCKED"));
    await_waiting(server, 0);
    stays = server.ask(resp({"DEL", "q"})) == ":1\r\n";
    CHECK(stays);
  }
}

TEST_CASE("who waits for what it would only read is gone after CLIENT KILL") {
  TestServer server;
  Client kills = server.connect();
  for (const Words& words : {Words{"READ", "q", "0", "10", "WAIT", "100000000"},
                             Words{"SYNCED", "1000000", "100000000"}}) {
    Client waits = server.connect();
    waits.send(resp({"CLIENT", "ID"}));
    const std::string line = waits.receive_line(), id = line.substr(1, line.size() - 3);
    waits.send(resp(words));
    await_waiting(server, 1);
    kills.send(resp({"CLIENT", "KILL", "ID", id}));
    CHECK(answers(kills, ":1\r\n"));
    await_waiting(server, 0);
    CHECK(waits.receive_all().empty());
  }
}

TEST_CASE("CLIENT UNBLOCK answers 1 to one of those who end a wait, and 0 to who comes too late") {
  TestServer server;
  Client waits = server.connect(), ends = server.connect();
  waits.send(resp({"CLIENT", "ID"}));
  const std::string line = waits.receive_line(), id = line.substr(1, line.size() - 3);
  waits.send(resp({"BZPOPMIN", "q", "0"}));
  await_waiting(server, 1);
  ends.send(resp({"CLIENT", "UNBLOCK", id, "ERROR"}) + resp({"CLIENT", "UNBLOCK", id}));
  CHECK(answers(ends, ":1\r\n:0\r\n"));
  CHECK(waits.receive_line().starts_with("-UNBLOCKED"));
  for (int round = 0; round < 50; ++round) {
    waits.send(resp({"BZPOPMIN", "q", "0"}));
    await_waiting(server, 1);
    ends.send(resp({"ZADD", "q", "1", "a"}) + resp({"CLIENT", "UNBLOCK", id}));
    CHECK(answers(ends, ":1\r\n"));
    const bool was_unblocked = ends.receive_line() == ":1\r\n";
    CHECK(answers(waits, was_unblocked ? "*-1\r\n" : kPopped));
    CHECK(server.ask(resp({"DEL", "q"})) == (was_unblocked ? ":1\r\n" : ":0\r\n"));
  }
}

TEST_CASE("CLIENT PAUSE holds those who wait and would take something") {
  TestServer server;
  Client waits = server.connect(), pauses = server.connect();
  waits.send(resp({"BZPOPMIN", "q", "0"}));
  await_waiting(server, 1);
  pauses.send(resp({"MULTI"}) + resp({"ZADD", "q", "1", "a"}) +
              resp({"CLIENT", "PAUSE", "1000000", "WRITE"}) + resp({"EXEC"}));
  CHECK(answers(pauses, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+OK\r\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(!waits.has_input());
  CHECK(server.ask(resp({"ZCARD", "q"})) == ":1\r\n");
  pauses.send(resp({"CLIENT", "UNPAUSE"}));
  CHECK(answers(pauses, "+OK\r\n"));
  CHECK(answers(waits, kPopped));
}

TEST_CASE("nothing is taken out for a client that has gone with much behind its wait") {
  TestServer server;
  std::string pings;
  for (int i = 0; i < 20000; ++i) pings += resp({"PING"});
  {
    Client gone = server.connect();
    gone.send(resp({"BZPOPMIN", "q", "0"}) + pings);
    await_waiting(server, 1);
  }
  await_waiting(server, 0);
  CHECK(server.ask(resp({"ZADD", "q", "1", "a"})) == ":1\r\n");
  CHECK(server.ask(resp({"ZCARD", "q"})) == ":1\r\n");
}

TEST_CASE("a client that ends its requests behind a wait is answered all of them") {
  TestServer server;
  Client client = server.connect();
  std::string pings, pongs;
  for (int i = 0; i < 20000; ++i) {
    pings += resp({"PING"});
    pongs += "+PONG\r\n";
  }
  client.send(resp({"BZPOPMIN", "q", "0"}) + pings);
  await_waiting(server, 1);
  client.half_close();
  CHECK(answers(client, "*-1\r\n" + pongs));
}

TEST_CASE("in MULTI and in BEGIN nothing waits") {
  TestServer server;
  Client client = server.connect();
  client.send(resp({"MULTI"}) + resp({"BZPOPMIN", "q", "0"}) + resp({"EXEC"}));
  CHECK(answers(client, "+OK\r\n+QUEUED\r\n*1\r\n*-1\r\n"));
  client.send(resp({"BEGIN"}) + resp({"BZPOPMIN", "q", "0"}) + resp({"ROLLBACK"}));
  CHECK(answers(client, "+OK\r\n*-1\r\n+OK\r\n"));
}

TEST_CASE("a key of another type is refused at once, and passed over if it comes later") {
  TestServer server;
  Client waits = server.connect(), adds = server.connect();
  adds.send(resp({"SET", "s", "text"}));
  CHECK(adds.receive_line() == "+OK\r\n");
  waits.send(resp({"BZPOPMIN", "s", "0"}));
  CHECK(waits.receive_line().starts_with("-WRONGTYPE "));
  waits.send(resp({"BZPOPMIN", "q", "0"}));
  await_waiting(server, 1);
  adds.send(resp({"SET", "q", "text"}) + resp({"DEL", "q"}) + resp({"ZADD", "q", "1", "a"}));
  CHECK(answers(waits, kPopped));
}

TEST_CASE("the text protocol waits, too, and a server that stops lets those who wait go") {
  auto server = std::make_unique<TestServer>();
  Client text = server->connect(), other = server->connect();
  text.send("BZPOPMIN q 0.02\n");
  CHECK(text.receive_line() == "+NIL\n");
  text.send("BZPOPMIN q 0\n");
  other.send(resp({"BZPOPMIN", "q", "0"}));
  await_waiting(*server, 2);
  server.reset();
  CHECK(text.receive_all() == "+NIL\n");
  CHECK(other.receive_all() == "*-1\r\n");
}

TEST_CASE("an idle timeout does not end a wait") {
  server::Config config;
  config.idle_timeout_ms = 100;
  TestServer server(config);
  Client waits = server.connect();
  waits.send(resp({"BZPOPMIN", "q", "0"}));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  Client adds = server.connect();
  adds.send(resp({"ZADD", "q", "1", "a"}));
  CHECK(adds.receive_line() == ":1\r\n");
  CHECK(answers(waits, kPopped));
}
