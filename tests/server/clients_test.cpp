// What Redis' clients ask of a server beside data: CLIENT, CONFIG, INFO, MONITOR, SLOWLOG,
// receipts.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using namespace kvstore::test;

namespace {

void a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

bool gets(Client& client, const std::string& expected) {
  const std::string got = client.receive(expected.size());
  CHECK(got == expected);
  return got == expected;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// A bulk string.
std::string receive_bulk(Client& client) {
  const std::string header = client.receive_line();
  REQUIRE(header.starts_with("$"));
  const std::string bytes = client.receive(static_cast<std::size_t>(std::stol(header.substr(1))));
  CHECK(client.receive(2) == "\r\n");
  return bytes;
}

std::string ask_bulk(Client& client, const std::vector<std::string>& words) {
  client.send(resp(words));
  return receive_bulk(client);
}

std::string id_of(Client& client) {
  client.send(resp({"CLIENT", "ID"}));
  const std::string line = client.receive_line();
  REQUIRE(line.starts_with(":"));
  return line.substr(1, line.size() - 3);
}

// Sends INCR n all the time, and reads nothing.
class Flood {
 public:
  explicit Flood(Client client) : client_(std::move(client)), thread_([this] { send(); }) {}
  ~Flood() {
    is_over_ = true;
    thread_.join();
  }

 private:
  void send() {
    const std::string requests = repeated(resp({"INCR", "n"}), 200);
    std::size_t sent = 0;
    while (!is_over_) {
      const long more = client_.send_some(std::string_view(requests).substr(sent));
      if (more < 0) return;
      if (more == 0) std::this_thread::yield();
      sent = (sent + static_cast<std::size_t>(more)) % requests.size();
    }
  }

  Client client_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

std::string value_of_n(Client& client) {
  client.send(resp({"INCRBY", "n", "0"}));
  return client.receive_line();
}

// Until they do it.
void await_writes(Client& client) {
  const std::string before = value_of_n(client);
  while (value_of_n(client) == before) std::this_thread::yield();
}

// Whether nothing is written any more once `words` are answered.
bool ends_writes(Client& client, const std::vector<std::string>& words, const std::string& answer) {
  client.send(resp(words) + resp({"GET", "n"}));
  if (!gets(client, answer)) return false;
  const std::string then = receive_bulk(client);
  a_moment();
  const std::string now = ask_bulk(client, {"GET", "n"});
  CHECK(now == then);
  return now == then;
}

}  // namespace

TEST_CASE("CLIENT LIST names the clients, and CLIENT INFO this one") {
  const TestServer server;
  Client a = server.connect(), b = server.connect();
  a.send(resp({"CLIENT", "SETNAME", "worker-1"}) + resp({"CLIENT", "SETINFO", "LIB-NAME", "mine"}) +
         resp({"MULTI"}) + resp({"GET", "k"}));
  CHECK(gets(a, "+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n"));
  const std::string list = ask_bulk(b, {"CLIENT", "LIST"});
  CHECK(contains(list, " name=worker-1 "));
  CHECK(contains(list, " lib-name=mine "));
  CHECK(contains(list, " flags=x "));
  CHECK(contains(list, " multi=1 "));
  CHECK(contains(list, " cmd=client|list "));
  CHECK(contains(list, " addr=127.0.0.1:"));
  CHECK(contains(ask_bulk(b, {"CLIENT", "INFO"}), "id=" + id_of(b) + " "));
  CHECK(ask_bulk(b, {"CLIENT", "LIST", "ID", id_of(b)}).find('\n') ==
        ask_bulk(b, {"CLIENT", "LIST", "ID", id_of(b)}).size() - 1);
}

TEST_CASE("CLIENT KILL closes connections") {
  const TestServer server;
  Client a = server.connect(), b = server.connect();
  const std::string id = id_of(a);
  b.send(resp({"CLIENT", "KILL", "ID", id}) + resp({"CLIENT", "KILL", "ID", id_of(b)}));
  CHECK(gets(b, ":1\r\n:0\r\n"));
  CHECK(a.receive_all().empty());
  b.send(resp({"CLIENT", "KILL", "1.2.3.4:5"}));
  CHECK(gets(b, "-ERR No such client\r\n"));
  b.send(resp({"CLIENT", "KILL", "ID", id_of(b), "SKIPME", "no"}));
  CHECK(b.receive_all() == ":1\r\n");
}

TEST_CASE("who was killed is in no list once CLIENT KILL has answered, nor killed again") {
  const TestServer server;
  Client killer = server.connect();
  for (int i = 0; i < 100; ++i) {
    Client victim = server.connect();
    const std::string id = id_of(victim);
    killer.send(resp({"CLIENT", "KILL", "ID", id}) + resp({"CLIENT", "LIST", "ID", id}) +
                resp({"CLIENT", "KILL", "ID", id}));
    REQUIRE(gets(killer, ":1\r\n$0\r\n\r\n:0\r\n"));
  }
}

TEST_CASE("who was killed while it waited takes nothing, and executes nothing more") {
  const TestServer server;
  Client killer = server.connect();
  for (int i = 0; i < 100; ++i) {
    Client victim = server.connect();
    const std::string id = id_of(victim);
    victim.send(resp({"BZPOPMIN", "z", "0"}) + resp({"SET", "late", "1"}));
    while (!contains(ask_bulk(killer, {"CLIENT", "LIST", "ID", id}), " flags=b ")) {
    }
    killer.send(resp({"CLIENT", "KILL", "ID", id}) + resp({"ZADD", "z", "1", "m"}));
    REQUIRE(gets(killer, ":1\r\n:1\r\n"));
    CHECK(victim.receive_all().empty());
    killer.send(resp({"ZPOPMIN", "z"}) + resp({"EXISTS", "late"}));
    REQUIRE(gets(killer, "*2\r\n$1\r\nm\r\n$1\r\n1\r\n:0\r\n"));
  }
}

TEST_CASE("of tracking, caching and the allocator clients are told as by a Redis without them") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CLIENT", "TRACKINGINFO"}) + resp({"CLIENT", "CACHING", "YES"}) +
         resp({"MEMORY", "MALLOC-STATS"}) + resp({"CLIENT", "TRACKINGINFO", "x"}));
  CHECK(gets(a,
             "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n"
             "$8\r\nprefixes\r\n*0\r\n"
             "-ERR CLIENT CACHING can be called only when the client is in tracking mode with "
             "OPTIN or OPTOUT mode enabled\r\n"
             "$45\r\nStats not supported for the current allocator\r\n"
             "-ERR wrong number of arguments for 'client|trackinginfo' command\r\n"));
}

TEST_CASE("once CLIENT KILL is answered nothing is executed for the client that was killed") {
  const TestServer server;
  Client a = server.connect();
  bool ends = true;
  for (int round = 0; round < 20 && ends; ++round) {
    Client b = server.connect();
    const std::string id = id_of(b);
    const Flood flood(std::move(b));
    await_writes(a);
    ends = ends_writes(a, {"CLIENT", "KILL", "ID", id}, ":1\r\n");
  }
}

TEST_CASE("clients that kill one another at once are answered or closed") {
  const TestServer server;
  for (int round = 0; round < 50; ++round) {
    Client a = server.connect(), b = server.connect();
    const std::string id_a = id_of(a), id_b = id_of(b);
    a.send(resp({"SET", "k", "1"}) + resp({"CLIENT", "KILL", "ID", id_b}));
    b.send(resp({"MULTI"}) + resp({"SET", "k", "2"}) + resp({"CLIENT", "KILL", "ID", id_a}) +
           resp({"EXEC"}));
    a.half_close();
    b.half_close();
    CHECK(!contains(a.receive_all(), "<no end>"));
    CHECK(!contains(b.receive_all(), "<no end>"));
  }
}

TEST_CASE("CLIENT REPLY leaves replies out, and what was written is written") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CLIENT", "REPLY", "SKIP"}) + resp({"SET", "a", "1"}) + resp({"GET", "a"}));
  CHECK(gets(a, "$1\r\n1\r\n"));
  a.send(resp({"CLIENT", "REPLY", "OFF"}) + resp({"SET", "a", "2"}) + resp({"GET", "a"}) +
         resp({"NONE"}) + resp({"CLIENT", "REPLY", "ON"}) + resp({"GET", "a"}));
  CHECK(gets(a, "+OK\r\n$1\r\n2\r\n"));
}

TEST_CASE("CLIENT REPLY OFF and SKIP leave out no subscriptions and no messages") {
  const TestServer server;
  Client off = server.connect(), skips = server.connect(), publishes = server.connect();
  const std::string subscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
  off.send(resp({"CLIENT", "REPLY", "OFF"}) + resp({"PING"}) + resp({"SUBSCRIBE", "c"}));
  CHECK(gets(off, subscribed));
  skips.send(resp({"CLIENT", "REPLY", "SKIP"}) + resp({"SUBSCRIBE", "c"}));
  CHECK(gets(skips, subscribed));
  publishes.send(resp({"PUBLISH", "c", "m"}));
  CHECK(gets(publishes, ":2\r\n"));
  for (Client* const client : {&off, &skips}) {
    CHECK(gets(*client, "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n"));
  }
  off.send(resp({"SET", "a", "1"}) + resp({"UNSUBSCRIBE"}));
  CHECK(gets(off, "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n"));
}

TEST_CASE("CLIENT PAUSE lets commands wait") {
  const TestServer server;
  Client a = server.connect(), b = server.connect();
  a.send(resp({"CLIENT", "PAUSE", "100000", "WRITE"}));
  CHECK(gets(a, "+OK\r\n"));
  b.send(resp({"GET", "k"}) + resp({"SET", "k"}) + resp({"SET", "k", "1"}) + resp({"GET", "k"}));
  CHECK(gets(b, "$-1\r\n-ERR wrong number of arguments for 'set' command\r\n"));
  a_moment();
  CHECK_FALSE(b.has_input());
  a.send(resp({"CLIENT", "UNPAUSE"}));
  CHECK(gets(a, "+OK\r\n"));
  CHECK(gets(b, "+OK\r\n$1\r\n1\r\n"));
  a.send(resp({"CLIENT", "PAUSE", "100"}) + resp({"PING"}));
  CHECK(gets(a, "+OK\r\n+PONG\r\n"));
}

TEST_CASE("CLIENT PAUSE WRITE holds EXEC only if it has something to write, and PUBLISH") {
  const TestServer server;
  Client a = server.connect(), reads = server.connect(), writes = server.connect(),
         publishes = server.connect();
  reads.send(resp({"MULTI"}) + resp({"GET", "k"}));
  writes.send(resp({"MULTI"}) + resp({"SET", "k", "1"}));
  CHECK(gets(reads, "+OK\r\n+QUEUED\r\n"));
  CHECK(gets(writes, "+OK\r\n+QUEUED\r\n"));
  a.send(resp({"CLIENT", "PAUSE", "1000000", "WRITE"}));
  CHECK(gets(a, "+OK\r\n"));
  writes.send(resp({"EXEC"}));
  publishes.send(resp({"PUBLISH", "c", "m"}));
  reads.send(resp({"EXEC"}));
  CHECK(gets(reads, "*1\r\n$-1\r\n"));
  while (!contains(ask_bulk(a, {"INFO", "clients"}), "\r\nblocked_clients:2\r\n")) a_moment();
  a.send(resp({"CLIENT", "UNPAUSE"}));
  CHECK(gets(a, "+OK\r\n"));
  CHECK(gets(writes, "*1\r\n+OK\r\n"));
  CHECK(gets(publishes, ":0\r\n"));
  while (!contains(ask_bulk(a, {"INFO", "clients"}), "\r\nblocked_clients:0\r\n")) a_moment();
}

TEST_CASE("once CLIENT PAUSE, or ACL SETUSER, is answered nobody writes who may not any more") {
  const TestServer server;
  Client a = server.connect();
  bool ends = true;
  for (int round = 0; round < 20 && ends; ++round) {
    a.send(resp({"ACL", "SETUSER", "u", "reset", "on", "nopass", "~*", "+@all"}));
    CHECK(gets(a, "+OK\r\n"));
    std::vector<std::unique_ptr<Flood>> floods;
    for (int i = 0; i < 4; ++i) {
      Client b = server.connect();
      b.send(resp({"AUTH", "u", "x"}));
      CHECK(gets(b, "+OK\r\n"));
      floods.push_back(std::make_unique<Flood>(std::move(b)));
    }
    await_writes(a);
    const bool pauses = round % 2 == 0;
    ends = pauses ? ends_writes(a, {"CLIENT", "PAUSE", "1000000", "WRITE"}, "+OK\r\n")
                  : ends_writes(a, {"ACL", "SETUSER", "u", "-incr"}, "+OK\r\n");
    a.send(resp({"CLIENT", "UNPAUSE"}));
    CHECK(gets(a, "+OK\r\n"));
  }
}

TEST_CASE("CLIENT PAUSE within EXEC waits for others' writes when the lock is free again") {
  const TestServer server;
  Client a = server.connect();
  const Flood flood(server.connect()), another(server.connect());
  await_writes(a);
  a.send(resp({"MULTI"}) + resp({"INCR", "m"}) + resp({"CLIENT", "PAUSE", "1000000", "WRITE"}) +
         resp({"EXEC"}));
  CHECK(gets(a, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+OK\r\n"));
  const std::string then = ask_bulk(a, {"GET", "n"});
  a_moment();
  CHECK(ask_bulk(a, {"GET", "n"}) == then);
}

TEST_CASE("who only sleeps is not waited for by CLIENT PAUSE and CLIENT KILL") {
  const TestServer server;
  Client a = server.connect(), sleeps = server.connect();
  const std::string id = id_of(sleeps);
  sleeps.send(resp({"DEBUG", "SLEEP", "1000"}));
  while (!contains(ask_bulk(a, {"CLIENT", "LIST", "ID", id}), " cmd=debug|sleep ")) a_moment();
  a.send(resp({"CLIENT", "PAUSE", "0"}) + resp({"CLIENT", "KILL", "ID", id}));
  CHECK(gets(a, "+OK\r\n:1\r\n"));
}

TEST_CASE("a client that breaks its connection while CLIENT PAUSE holds it is let go") {
  const TestServer server;
  Client a = server.connect(), b = server.connect();
  const std::string id = id_of(b);
  a.send(resp({"CLIENT", "PAUSE", "1000000", "WRITE"}));
  CHECK(gets(a, "+OK\r\n"));
  b.send(resp({"PING"}) + resp({"SET", "k", "1"}));
  while (!contains(ask_bulk(a, {"INFO", "clients"}), "\r\nblocked_clients:1\r\n")) a_moment();
  b.disconnect();  // with a reply unread: a reset
  std::string left = "?";
  for (int i = 0; i < 200 && !left.empty(); ++i) {
    a_moment();
    left = ask_bulk(a, {"CLIENT", "LIST", "ID", id});
  }
  CHECK(left.empty());
}

TEST_CASE("a server that is paused stops all the same") {
  TestServer server;
  Client a = server.connect();
  a.send(resp({"CLIENT", "PAUSE", "1000000"}) + resp({"SET", "k", "1"}));
  CHECK(gets(a, "+OK\r\n"));
  a_moment();
  server.server().request_stop();
  CHECK(a.receive_all() == "+OK\r\n");
}

TEST_CASE("CLIENT UNBLOCK ends a wait") {
  const TestServer server;
  Client a = server.connect(), b = server.connect();
  const std::string id = id_of(a);
  a.send(resp({"READ", "k", "0", "1", "WAIT", "1000000"}));
  a_moment();
  b.send(resp({"CLIENT", "UNBLOCK", id}));
  CHECK(gets(b, ":1\r\n"));
  CHECK(gets(a, "$-1\r\n"));
  a.send(resp({"READ", "k", "0", "1", "WAIT", "1000000"}));
  a_moment();
  b.send(resp({"CLIENT", "UNBLOCK", id, "ERROR"}));
  CHECK(gets(b, ":1\r\n"));
  CHECK(gets(a, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"));
  b.send(resp({"CLIENT", "UNBLOCK", id}));
  CHECK(gets(b, ":0\r\n"));
}

TEST_CASE("MONITOR sends what others execute, without passwords") {
  const TestServer server;
  Client monitor = server.connect(), a = server.connect();
  monitor.send(resp({"MONITOR"}));
  CHECK(gets(monitor, "+OK\r\n"));
  a.send(resp({"SET", "k", "a \"b\"\n"}) + resp({"HELLO", "2", "AUTH", "default", "secret"}));
  CHECK(gets(a, "+OK\r\n"));
  const std::string line = monitor.receive_line();
  CHECK(contains(line, " [0 127.0.0.1:"));
  CHECK(line.ends_with("] \"SET\" \"k\" \"a \\\"b\\\"\\n\"\r\n"));
  CHECK(monitor.receive_line().ends_with(
      "] \"HELLO\" \"2\" \"AUTH\" \"default\" \"(redacted)\"\r\n"));
  // What was refused was not executed.
  a.send(resp({"MULTI"}) + resp({"SYNTAX", "error"}) + resp({"GET"}) + resp({"EXEC"}));
  CHECK(monitor.receive_line().ends_with("] \"MULTI\"\r\n"));
  CHECK(monitor.receive_line().ends_with("] \"EXEC\"\r\n"));
  monitor.send(resp({"RESET"}));
  CHECK(gets(monitor, "+RESET\r\n"));
  a.send(resp({"PING"}));
  a_moment();
  CHECK_FALSE(monitor.has_input());
}

TEST_CASE("who monitors and may no longer is dropped, and others are not") {
  const TestServer server;
  Client admin = server.connect(), monitor = server.connect(), other = server.connect();
  for (const char* const name : {"u", "other"}) {
    admin.send(resp({"ACL", "SETUSER", name, "on", "nopass", "+@all", "~*"}));
    CHECK(gets(admin, "+OK\r\n"));
  }
  monitor.send(resp({"AUTH", "u", "x"}) + resp({"MONITOR"}));
  CHECK(gets(monitor, "+OK\r\n+OK\r\n"));
  other.send(resp({"AUTH", "other", "x"}) + resp({"MONITOR"}));
  CHECK(gets(other, "+OK\r\n+OK\r\n"));
  admin.send(resp({"ACL", "SETUSER", "u", "-monitor"}));
  CHECK(gets(admin, "+OK\r\n"));
  CHECK_FALSE(contains(monitor.receive_all(), "<no end>"));
  admin.send(resp({"SET", "k", "secret"}));
  CHECK(gets(admin, "+OK\r\n"));
  CHECK(contains(other.receive_line(), "SETUSER"));
  CHECK(contains(other.receive_line(), "\"secret\""));
}

TEST_CASE("a monitor that never reads costs others nothing, and is told what it has missed") {
  server::Config config;
  config.max_unread = std::size_t{256} << 10;
  const TestServer server(config);
  Client monitor = server.connect(), a = server.connect();
  monitor.send(resp({"MONITOR"}));
  CHECK(gets(monitor, "+OK\r\n"));
  const std::string value(1000, 'x');
  for (int i = 0; i < 20'000; ++i) {
    a.send(resp({"SET", "k", value}));
    if (!gets(a, "+OK\r\n")) break;
  }
  CHECK(server.buffers(0, std::size_t{2} << 20));
  std::string got;
  while (!contains(got, " commands missed)") && !contains(got, "<no end>")) {
    got = monitor.receive_line();
    if (got.empty()) break;
    if (contains(got, "\"SET\"")) continue;
    a.send(resp({"PING"}));
    CHECK(gets(a, "+PONG\r\n"));
  }
  CHECK(contains(got, " commands missed)"));
}

TEST_CASE("monitors that never read leave memory to those who read their answers") {
  server::Config config;
  config.max_buffered = 8 << 20;
  const TestServer server(config);
  std::vector<Client> monitors;
  for (int i = 0; i < 8; ++i) {
    monitors.push_back(server.connect());
    monitors.back().send(resp({"MONITOR"}));
    CHECK(gets(monitors.back(), "+OK\r\n"));
  }
  Client reader = server.connect();
  std::string commands, answers;
  for (int i = 0; i < 100; ++i) {
    commands += resp({"SET", "k", std::string(1000, 'x')});
    answers += "+OK\r\n";
  }
  bool is_served = true;
  for (int i = 0; i < 200 && is_served; ++i) {
    reader.send(commands);
    is_served = gets(reader, answers);
  }
  CHECK(is_served);
}

TEST_CASE("SLOWLOG keeps the newest slow commands") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "2"}) +
         resp({"CLIENT", "SETNAME", "me"}) + resp({"SET", "k", std::string(200, 'v')}) +
         resp({"SLOWLOG", "LEN"}));
  CHECK(gets(a, "+OK\r\n+OK\r\n+OK\r\n:2\r\n"));
  a.send(resp({"CONFIG", "SET", "slowlog-log-slower-than", "-1"}) + resp({"SLOWLOG", "GET", "-1"}));
  CHECK(gets(a, "+OK\r\n*2\r\n*6\r\n"));
  a.send(resp({"SLOWLOG", "RESET"}) + resp({"ECHO", "end"}) + resp({"SLOWLOG", "LEN"}));
  std::string all;
  for (std::string line; line != "end\r\n" && all.size() < 10'000;) all += line = a.receive_line();
  CHECK(contains(all, "\r\nSET\r\n"));
  CHECK(contains(all, "... (72 more bytes)"));
  CHECK(contains(all, "\r\nme\r\n"));
  CHECK(gets(a, ":0\r\n"));
}

TEST_CASE("SLOWLOG keeps no command that does not exist, with what may be a password") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CONFIG", "SET", "slowlog-log-slower-than", "0"}) + resp({"AUTHX", "u", "hidden"}) +
         resp({"CONFIG", "SETT", "requirepass", "hidden"}) + resp({"ACL", "SETUSR", ">hidden"}) +
         resp({"GET"}) + resp({"SLOWLOG", "GET", "-1"}) + resp({"ECHO", "end"}));
  std::string all;
  for (std::string line; line != "end\r\n" && all.size() < 10'000;) all += line = a.receive_line();
  CHECK(contains(all, "\r\nGET\r\n"));
  CHECK(!contains(all, "\r\nhidden\r\n"));
}

TEST_CASE("CONFIG answers what is so, and changes what can be changed") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CONFIG", "GET", "maxclients", "append*only"}));
  CHECK(gets(a, "*4\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$10\r\nmaxclients\r\n$4\r\n1000\r\n"));
  a.send(resp({"CONFIG", "SET", "appendonly", "yes"}) + resp({"CONFIG", "SET", "save", "1 1"}) +
         resp({"CONFIG", "SET", "nothing", "1"}) + resp({"CONFIG", "SET", "slowlog-max-len", "x"}));
  CHECK(a.receive_line() == "+OK\r\n");
  CHECK(a.receive_line() ==
        "-ERR CONFIG SET failed (possibly related to argument 'save') - can't set immutable "
        "config\r\n");
  CHECK(a.receive_line() ==
        "-ERR Unknown option or number of arguments for CONFIG SET - 'nothing'\r\n");
  CHECK(contains(a.receive_line(), "couldn't be parsed into an integer"));
}

TEST_CASE("CONFIG SET judges all names before any value, and what is refused changes nothing") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CONFIG", "SET", "save", "1 1", "SAVE", "2 2"}));
  CHECK(contains(a.receive_line(), "'SAVE') - duplicate parameter"));
  a.send(resp({"CONFIG", "SET", "slowlog-max-len", "7", "zset-max-listpack-value", "x"}));
  CHECK(contains(a.receive_line(), "couldn't be parsed into an integer"));
  a.send(resp({"CONFIG", "GET", "slowlog-max-len"}));
  CHECK(gets(a, "*2\r\n$15\r\nslowlog-max-len\r\n$3\r\n128\r\n"));
}

TEST_CASE("OBJECT ENCODING and ZSCAN follow the settings of listpacks, by their old names, too") {
  const TestServer server;
  Client a = server.connect();
  const std::string encoding = resp({"OBJECT", "ENCODING", "z"});
  a.send(resp({"ZADD", "z", "1e17", "member"}) + encoding + resp({"ZSCAN", "z", "0"}));
  CHECK(gets(a, ":1\r\n$8\r\nlistpack\r\n"));
  CHECK(gets(a, "*2\r\n$1\r\n0\r\n*2\r\n$6\r\nmember\r\n$18\r\n100000000000000000\r\n"));
  a.send(resp({"CONFIG", "SET", "zset-max-ziplist-entries", "0"}) + encoding);
  CHECK(gets(a, "+OK\r\n$8\r\nskiplist\r\n"));
  a.send(resp({"CONFIG", "SET", "zset-max-listpack-entries", "1", "zset-max-listpack-value", "5"}));
  CHECK(gets(a, "+OK\r\n"));
  a.send(encoding + resp({"ZSCAN", "z", "0"}) + resp({"CONFIG", "GET", "zset-max-ziplist-value"}));
  CHECK(gets(a, "$8\r\nskiplist\r\n"));
  CHECK(gets(a, "*2\r\n$1\r\n0\r\n*2\r\n$6\r\nmember\r\n$5\r\n1e+17\r\n"));
  CHECK(gets(a, "*2\r\n$22\r\nzset-max-ziplist-value\r\n$1\r\n5\r\n"));
}

TEST_CASE("LATENCY tells of commands that took long, once that is asked for") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"DEBUG", "SLEEP", "0.002"}) + resp({"LATENCY", "LATEST"}));
  CHECK(gets(a, "+OK\r\n*0\r\n"));
  a.send(resp({"CONFIG", "SET", "latency-monitor-threshold", "1"}) +
         resp({"DEBUG", "SLEEP", "0.002"}) + resp({"LATENCY", "LATEST"}));
  CHECK(gets(a, "+OK\r\n+OK\r\n*1\r\n*4\r\n$7\r\ncommand\r\n:"));
  for (int number = 0; number < 3; ++number) CHECK_FALSE(a.receive_line().starts_with("0"));
  a.send(resp({"LATENCY", "HISTORY", "command"}) + resp({"LATENCY", "HISTORY", "none"}));
  CHECK(gets(a, "*1\r\n*2\r\n:"));
  (void)a.receive_line();
  (void)a.receive_line();
  CHECK(gets(a, "*0\r\n"));
  a.send(resp({"LATENCY", "GRAPH", "none"}) + resp({"LATENCY", "GRAPH", "command"}));
  CHECK(gets(a, "-ERR No samples available for event 'none'\r\n"));
  CHECK(a.receive_line().starts_with("$"));
  CHECK(a.receive_line().starts_with("command - high "));
  CHECK(gets(a, repeated("-", 80) + "\n"));
  while (a.receive_line() != "\r\n") {
  }
  a.send(resp({"CONFIG", "SET", "latency-monitor-threshold", "0"}) +
         resp({"LATENCY", "RESET", "none"}) + resp({"LATENCY", "RESET", "command"}) +
         resp({"LATENCY", "LATEST"}));
  CHECK(gets(a, "+OK\r\n:0\r\n:1\r\n*0\r\n"));
}

TEST_CASE("CLIENT KILL USER knows its users") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"CLIENT", "KILL", "USER", "nobody"}) + resp({"CLIENT", "KILL", "USER", "default"}));
  CHECK(gets(a, "-ERR No such user 'nobody'\r\n:0\r\n"));
}

TEST_CASE("INFO counts commands and errors, and CONFIG RESETSTAT begins anew") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"SET", "a", "1"}) + resp({"SET", "a", "1"}) + resp({"INCRBY", "a", "x"}) +
         resp({"NONE"}));
  CHECK(gets(a, "+OK\r\n+OK\r\n-ERR value is not an integer or out of range\r\n"));
  CHECK(contains(a.receive_line(), "unknown command"));
  const std::string info = ask_bulk(a, {"INFO", "commandstats", "errorstats"});
  CHECK(contains(info, "\r\ncmdstat_set:calls=2,usec="));
  CHECK(contains(info, "\r\ncmdstat_incrby:calls=1,"));
  CHECK(contains(info, "errorstat_ERR:count=2\r\n"));
  a.send(resp({"CONFIG", "RESETSTAT"}));
  CHECK(gets(a, "+OK\r\n"));
  CHECK_FALSE(contains(ask_bulk(a, {"INFO", "commandstats"}), "cmdstat_set"));
}

TEST_CASE("SYNC and SYNCED answer what is on the disk") {
  const TestServer server({}, Options());
  Client a = server.connect();
  a.send("SET a 1\nSET b 2\nSYNC\nSYNCED 2 100000\nSYNCED 3 20\n");
  CHECK(gets(a, "+OK\n+OK\n:2\n:2\n:2\n"));
  const std::string info = server.ask("INFO Store\n");
  CHECK(contains(info, "\nlast_seq:2\n"));
  CHECK(contains(info, "\ndurable_seq:2\n"));
  a.send("SYNC ON\nSET c 3\nSYNC OFF\n");
  CHECK(gets(a, "+OK\n+OK\n+OK\n"));
}

TEST_CASE("SYNC ON makes durable what a connection writes although the policy does not") {
  Options options;
  options.sync = SyncPolicy::every_ms(1'000'000);
  const TestServer server({}, options);
  Client a = server.connect();
  a.send("SYNC ON\nSET a 1\n");
  CHECK(gets(a, "+OK\n+OK\n"));
  a.send("SYNCED 1 0\nSYNC OFF\nSET b 1\n");
  CHECK(gets(a, ":1\n+OK\n+OK\n"));
  a.send("SYNCED 2 1\n");
  CHECK(gets(a, ":1\n"));
}

TEST_CASE("WAITAOF answers as in Redis") {
  const TestServer server({}, Options());
  Client a = server.connect();
  a.send(resp({"SET", "a", "1"}) + resp({"WAITAOF", "1", "0", "0"}));
  CHECK(gets(a, "+OK\r\n*2\r\n:1\r\n:0\r\n"));
  a.send(resp({"WAITAOF", "2", "0", "0"}) + resp({"WAITAOF", "1", "0", "-1"}));
  CHECK(gets(a, "-ERR value is out of range, value must between 0 and 1\r\n"));
  CHECK(gets(a, "-ERR timeout is negative\r\n"));
}

TEST_CASE("what acts as Redis' replica is refused") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"REPLCONF", "capa", "eof"}) + resp({"SYNC"}));
  CHECK(contains(a.receive_line(), "-ERR unknown command 'REPLCONF'"));
  CHECK(contains(a.receive_line(), "-ERR SYNC: replication is not supported"));
}

TEST_CASE("SHUTDOWN stops the server, which answers nothing") {
  TestServer server;
  Client a = server.connect(), b = server.connect();
  b.send("SET b 1\n");
  CHECK(gets(b, "+OK\n"));
  for (const char* const word : {"ABORT", "x"}) {
    a.send(resp({"SHUTDOWN", word}));
    CHECK(gets(a, "-ERR syntax error\r\n"));
  }
  a.send(resp({"SHUTDOWN", "SAVE", "NOW", "nosave"}));
  CHECK(gets(a, "-ERR syntax error\r\n"));
  a.send(resp({"SET", "a", "1"}) + resp({"SHUTDOWN", "nosave"}));
  CHECK(a.receive_all() == "+OK\r\n");
  CHECK(b.receive_all().empty());
  server.server().wait();
}

TEST_CASE("COMMAND answers which words are keys, and which commands match") {
  const TestServer server;
  Client a = server.connect();
  a.send(resp({"COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"}));
  CHECK(gets(a, "*2\r\n$1\r\na\r\n$1\r\nb\r\n"));
  a.send(resp({"COMMAND", "LIST", "FILTERBY", "PATTERN", "strl*"}));
  CHECK(gets(a, "*1\r\n$6\r\nstrlen\r\n"));
  a.send(resp({"COMMAND", "LIST", "FILTERBY", "PATTERN", "CONFIG|g*"}));
  CHECK(gets(a, "*1\r\n$10\r\nconfig|get\r\n"));
  a.send(resp({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "bitmap"}));
  CHECK(gets(a,
             "*7\r\n$8\r\nbitcount\r\n$8\r\nbitfield\r\n$11\r\nbitfield_ro\r\n$5\r\nbitop\r\n"
             "$6\r\nbitpos\r\n$6\r\ngetbit\r\n$6\r\nsetbit\r\n"));
  a.send(resp({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "nothing"}));
  CHECK(gets(a, "*0\r\n"));
  a.send(resp({"COMMAND", "GETKEYS", "FOLLOW", "PREFIX", "p"}));
  CHECK(gets(a, "-ERR The command has no key arguments\r\n"));
  a.send(resp({"COMMAND", "GETKEYS", "OBJECT", "ENCODING", "k"}));
  CHECK(gets(a, "*1\r\n$1\r\nk\r\n"));
  a.send(resp({"COMMAND", "GETKEYS", "MEMORY", "USAGE", "k"}));
  CHECK(gets(a, "*1\r\n$1\r\nk\r\n"));
  a.send(resp({"COMMAND", "GETKEYS", "PING", "x"}));
  CHECK(gets(a, "-ERR The command has no key arguments\r\n"));
}
