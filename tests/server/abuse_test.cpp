// Clients that do what no client should. The server stays up, its memory stays
// bounded, a neighbour gets every reply and it is right.
//
// KVSTORE_LONG=1 test_server    10,000 idle connections instead of 2,000

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/server/malformed.h"
#include "tests/server/neighbour.h"

using namespace kvstore;
using test::anonymous_memory;
using test::Client;
using test::Neighbour;
using test::repeated;
using test::resp;
using test::ServerProcess;

namespace {

constexpr std::size_t kKiB = 1024, kMiB = 1024 * kKiB;

// A server of its own for each abuse, with a neighbour on it.
class Scene {
 public:
  explicit Scene(std::vector<std::string> options = {})
      : server_(directory_ / "data.bin", with_sync_none(std::move(options))) {
    Client client = connect();
    client.send("SET k v\n");
    REQUIRE(client.receive_line() == "+OK\n");
    before_ = peak_ = memory();
    neighbour_.emplace(connect());
  }

  Client connect() { return server_.connect(); }
  std::string ask(std::string_view bytes) {
    Client client = connect();
    client.send(bytes);
    client.half_close();
    return client.receive_all();
  }
  // To be called when the abuse weighs most.
  void look() { peak_ = std::max(peak_, memory()); }

  // `bound`: bytes the abuse may cost the server.
  void finish(const std::string& what, std::size_t bound) {
    look();
    neighbour_->stop();
    CHECK(neighbour_->wrong() == "");
    CHECK(neighbour_->rounds() > 0);
    CHECK(ask("PING\nGET k\n") == "+PONG\n+VALUE 1\nv\n");
    CHECK(everybody_has_left());
    MESSAGE(what << ": memory " << before_ / kKiB << " KiB before, " << peak_ / kKiB
                 << " at the peak, " << memory() / kKiB << " after; a neighbour's "
                 << neighbour_->figures());
    // A sanitizer's own memory for each thread and allocation is many times the server's.
    const char* sanitizers = std::getenv("KVSTORE_SANITIZE");
    const bool is_plain = sanitizers == nullptr || *sanitizers == '\0';
    if (is_plain) CHECK(peak_ < before_ + bound);
    server_.process().signal(SIGTERM);
    CHECK(server_.process().wait().exit_code == 0);
  }

 private:
  // But for the one that asks, and the neighbour.
  bool everybody_has_left() {
    for (int i = 0; i < 20'000; ++i) {
      if (ask("INFO\n").find("connections:2\n") != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  static std::vector<std::string> with_sync_none(std::vector<std::string> options) {
    options.insert(options.end(), {"--sync", "none"});
    return options;
  }
  std::size_t memory() { return anonymous_memory(server_.process().pid()); }

  testing::TempDir directory_;
  ServerProcess server_;
  std::optional<Neighbour> neighbour_;
  std::size_t before_ = 0, peak_ = 0;
};

// Whether this process and a server may have so many descriptors each.
bool may_open(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < count) return false;
  limit.rlim_cur = std::max(limit.rlim_cur, count);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

// Sends all and receives `expected`, at once in two threads.
void exchange(Client& client, const std::string& bytes, const std::string& expected) {
  std::thread sender([&] { client.send(bytes); });
  const std::string reply = client.receive(expected.size());
  sender.join();
  CHECK((reply == expected));  // not printed: it is large
}

}  // namespace

TEST_CASE("a neighbour alone, for comparison") {
  Scene scene;
  for (int i = 0; i < 200; ++i) CHECK(scene.ask("PING\n") == "+PONG\n");
  scene.finish("nothing", 4 * kMiB);
}

TEST_CASE("thousands of idle connections cost some KiB each") {
  const int count = std::getenv("KVSTORE_LONG") != nullptr ? 10'000 : 2'000;
  if (!may_open(static_cast<rlim_t>(count) + 200)) {
    MESSAGE("skipped: the system does not let a process open " << count << " sockets");
    return;
  }
  Scene scene({"--max-connections", std::to_string(count + 100)});
  std::vector<Client> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(scene.connect());
    clients.back().send("PING\n");
    const std::string reply = clients.back().receive_line();
    if (reply.find("no thread") != std::string::npos) {
      MESSAGE("cut short: the system gives a process no more than " << i << " threads");
      break;
    }
    REQUIRE(reply == "+PONG\n");
  }
  scene.look();
  for (Client& client : clients) client.send("GET k\n");
  for (Client& client : clients) CHECK(client.receive(11) == "+VALUE 1\nv\n");
  const std::size_t opened = clients.size();
  clients.clear();
  scene.finish(std::to_string(opened) + " idle connections",
               opened * 64 * kKiB + 16 * kMiB);
}

TEST_CASE("clients that send a byte at a time are served, however many") {
  Scene scene;
  const std::string text = "SET slow 0 5\nhello\nGET slow\n";
  const std::string words = resp({"SET", "slow", "hello"}) + resp({"GET", "slow"});
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(scene.connect());
  for (std::size_t at = 0; at < std::max(text.size(), words.size()); ++at) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::string& bytes = i % 2 == 0 ? text : words;
      if (at < bytes.size()) clients[i].send(bytes.substr(at, 1));
    }
  }
  scene.look();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].half_close();
    CHECK(clients[i].receive_all() ==
          (i % 2 == 0 ? "+OK\n+VALUE 5\nhello\n" : "+OK\r\n$5\r\nhello\r\n"));
  }
  scene.finish("100 slow senders", 100 * 64 * kKiB + 16 * kMiB);
}

TEST_CASE("clients that never read while they ask for much hold what the limits say") {
  constexpr std::size_t kClients = 10, kValue = kMiB, kUnread = 8 * kMiB;
  Scene scene;
  REQUIRE(scene.ask("SET big 0 " + std::to_string(kValue) + "\n" + std::string(kValue, 'x') + "\n") ==
          "+OK\n");
  std::vector<Client> clients;
  const std::string requests = repeated("GET big\n", 2000);
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(scene.connect());
    clients.back().send(requests);
  }
  // The server is at it until it may hold no more.
  for (int i = 0; i < 100; ++i) {
    scene.look();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  clients.clear();
  // Unread replies, one more being made, and the buffer grown by doubling.
  scene.finish("10 that never read", kClients * 2 * (kUnread + 2 * kValue) + 32 * kMiB);
}

TEST_CASE("a pipeline of 100,000 commands is answered in order, as text and as RESP") {
  constexpr int kCommands = 100'000;
  Scene scene;
  std::string text, text_replies, words, word_replies;
  for (int i = 0; i < kCommands / 2; ++i) {
    const std::string key = "key" + std::to_string(i), value = std::to_string(i);
    text += "SET " + key + " " + value + "\nGET " + key + "\n";
    text_replies += "+OK\n+VALUE " + std::to_string(value.size()) + "\n" + value + "\n";
    words += resp({"SET", key, value}) + resp({"GET", key});
    word_replies += "+OK\r\n$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  }
  Client text_client = scene.connect(), resp_client = scene.connect();
  exchange(text_client, text, text_replies);
  scene.look();
  exchange(resp_client, words, word_replies);
  text_client.disconnect();
  resp_client.disconnect();
  // The index of 50,000 keys is of it.
  scene.finish("pipelines of 100,000", 32 * kMiB);
}

TEST_CASE("malformed requests from all sides") {
  Scene scene;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        for (const auto& row : test::malformed_requests()) wrong += scene.ask(row.bytes) != row.reply;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  scene.finish("malformed requests", 16 * kMiB);
}

TEST_CASE("a million times the beginning of a request, of nothing, and huge counts and lengths") {
  Scene scene;
  CHECK(scene.ask(repeated("*1\r\n", 1'000'000)) == "-ERR Protocol error: expected '$', got '*'\r\n");
  CHECK(scene.ask(repeated("*0\r\n", 1'000'000)) == "");
  CHECK(scene.ask("*" + std::string(1'000'000, '1')) ==
        "-ERR Protocol error: too big mbulk count string\r\n");
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(scene.connect());
    clients.back().send(i % 3 == 0   ? "*1048576\r\n$60000000\r\nabc"
                        : i % 3 == 1 ? "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$67108864\r\nabc"
                                     : "SET k 0 60000000\nabc");
  }
  CHECK(scene.ask("PING\n") == "+PONG\n");
  scene.look();
  for (Client& client : clients) client.half_close();
  for (Client& client : clients) CHECK(client.receive_all().rfind("-ERR ", 0) == 0);
  scene.finish("huge counts", 100 * 64 * kKiB + 32 * kMiB);
}

TEST_CASE("a connection cut inside a value stores nothing of it, and one cut in a pipeline a prefix") {
  Scene scene;
  for (int i = 0; i < 100; ++i) {
    Client client = scene.connect();
    client.send(i % 2 == 0 ? "SET cut 0 1000\n" + std::string(500, 'x')
                           : "*3\r\n$3\r\nSET\r\n$3\r\ncut\r\n$1000\r\n" + std::string(500, 'x'));
  }
  CHECK(scene.ask("EXISTS cut\n") == ":0\n");
  for (int i = 0; i < 20; ++i) {
    const std::string key = "log" + std::to_string(i);
    std::string lines;
    for (int n = 0; n < 1000; ++n) lines += "APPEND " + key + " \"" + std::to_string(n) + ";\"\n";
    scene.connect().send(lines.substr(0, lines.size() - 3));  // and gone
    const std::string reply = scene.ask("GET " + key + "\n");
    std::string whole;
    for (int n = 0; n < 1000; ++n) whole += std::to_string(n) + ";";
    if (reply == "+NIL\n") continue;
    const std::string value = reply.substr(reply.find('\n') + 1, reply.size() - reply.find('\n') - 2);
    CHECK(whole.compare(0, value.size(), value) == 0);
    CHECK(value.back() == ';');
  }
  scene.finish("connections cut", 16 * kMiB);
}

TEST_CASE("the figures find memory that is held, and the neighbour a reply that is wrong") {
  const std::size_t before = anonymous_memory(::getpid());
  const std::string held(32 * kMiB, 'x');
  CHECK(anonymous_memory(::getpid()) >= before + 31 * kMiB);
  test::TestServer server;
  Neighbour neighbour(server.connect());
  // Until somebody else's value has come between its SET and its GET.
  Client other = server.connect();
  for (int i = 0; i < 1'000'000 && !neighbour.has_stopped(); ++i) {
    other.send("SET neighbour of-other\n");
    REQUIRE(other.receive(4) == "+OK\n");
  }
  neighbour.stop();
  CHECK(neighbour.wrong().find("of-other") != std::string::npos);
}
