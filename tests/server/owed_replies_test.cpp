// Replies that wait for a sync which another client's thread, or the store's own, makes.
#include "server/owed_replies.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using namespace kvstore::test;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

// A server whose first sync after start() is under way, for a client called `first`, and is held,
// as those that follow are: what others write meanwhile is owed a reply by the next.
class HeldServer {
 public:
  explicit HeldServer(server::Config config = {}) {
    store_ = open_store(files_);
    REQUIRE(store_->set("old", "1"));
    config.listen.port = 0;
    config.log_file = directory_ / "log";
    auto started = server::Server::start(config, *store_);
    REQUIRE(started);
    server_ = std::move(*started);
    files_.on_sync = [this] {
      const int mine = ++begun_;
      while (allowed_ < mine) std::this_thread::yield();
      return mine == failing_ ? Status(fail(Code::kIo, "the disk is gone")) : Status{};
    };
    first_.emplace(connect());
    first_->send("SET first 1\n");
    wait_for_sync(1);
  }
  ~HeldServer() {
    let_syncs_end(1'000'000);
    server_->stop();
    server_.reset();
    store_.reset();  // it syncs by itself, too
  }

  Client connect() const { return Client(server_->endpoint()); }
  Client& first() { return *first_; }
  Store& store() { return *store_; }
  server::Server& server() { return *server_; }

  // A client whose `key` is written, and not yet durable.
  void write(Client& client, const std::string& key, const std::string& more = "") {
    client.send("SET " + key + " 1\n" + more);
    while (get(*store_, key) != "1") std::this_thread::yield();
  }
  void wait_for_sync(int number) const {
    while (begun_ < number) std::this_thread::yield();
  }
  void let_syncs_end(int number) { allowed_ = number; }
  void fail_sync(int number) { failing_ = number; }
  int begun() const { return begun_; }

 private:
  SimFiles files_;
  testing::TempDir directory_;
  std::unique_ptr<Store> store_;
  std::atomic<int> begun_{0}, allowed_{0}, failing_{0};
  std::unique_ptr<server::Server> server_;
  std::optional<Client> first_;
};

}  // namespace

TEST_CASE("no reply leaves before the sync that makes its write durable") {
  HeldServer server;
  Client a = server.connect(), b = server.connect();
  server.write(a, "a");
  server.write(b, "b");
  CHECK_FALSE(server.first().has_input());
  server.let_syncs_end(1);
  CHECK(server.first().receive_line() == "+OK\n");
  server.wait_for_sync(2);
  CHECK_FALSE(a.has_input());
  CHECK_FALSE(b.has_input());
  server.let_syncs_end(2);
  CHECK(a.receive_line() == "+OK\n");
  CHECK(b.receive_line() == "+OK\n");
  CHECK(server.begun() == 2);  // one for both
}

TEST_CASE("a sync that fails is the answer of all whose replies were owed, and of no read") {
  HeldServer server;
  Client a = server.connect(), b = server.connect();
  server.write(a, "a", "GET old\n");
  server.write(b, "b");
  server.fail_sync(2);
  server.let_syncs_end(2);
  CHECK(server.first().receive_line() == "+OK\n");
  CHECK(a.receive_line().starts_with("-ERR IO the disk is gone"));
  CHECK(a.receive_line() == "+VALUE 1\n");
  CHECK(a.receive_line() == "1\n");
  CHECK(b.receive_line().starts_with("-ERR IO the disk is gone"));
  // Nothing is owed any more: the connections go on.
  a.send("GET b\nSET c 1\n");
  CHECK(a.receive_line() == "+VALUE 1\n");
  CHECK(a.receive_line() == "1\n");
  CHECK(a.receive_line().starts_with("-ERR FAILED"));
}

TEST_CASE("what a client sends behind an owed reply is answered behind it") {
  HeldServer server;
  Client a = server.connect();
  server.write(a, "a");
  a.send("GET a\nSET a 2\n");
  a.send("GET a\n");
  server.let_syncs_end(1);
  server.wait_for_sync(2);
  CHECK_FALSE(a.has_input());
  server.let_syncs_end(1'000);
  CHECK(a.receive_line() == "+OK\n");
  CHECK(a.receive(11) == "+VALUE 1\n1\n");
  CHECK(a.receive_line() == "+OK\n");
  CHECK(a.receive(11) == "+VALUE 1\n2\n");
}

TEST_CASE("a client that sends no more has its owed reply, and then the end") {
  HeldServer server;
  Client a = server.connect();
  server.write(a, "a");
  a.half_close();
  CHECK_FALSE(a.has_input());
  server.let_syncs_end(1'000);
  CHECK(a.receive_all() == "+OK\n");
}

TEST_CASE("a client that is gone before its reply is harms nobody") {
  HeldServer server;
  Client b = server.connect();
  for (int i = 0; i < 10; ++i) {
    Client a = server.connect();
    server.write(a, "a" + std::to_string(i));
  }
  server.write(b, "b");
  server.let_syncs_end(1'000);
  CHECK(b.receive_line() == "+OK\n");
  b.send("GET a9\n");
  CHECK(b.receive(11) == "+VALUE 1\n1\n");
}

TEST_CASE("a connection that is killed while a reply is owed ends without one") {
  HeldServer server;
  Client a = server.connect(), b = server.connect();
  a.send("CLIENT ID\n");
  const std::string id = a.receive_line();
  server.write(a, "a");
  b.send("CLIENT KILL ID " + id.substr(id.find_first_of("0123456789")));
  CHECK(b.receive_line().find('1') != std::string::npos);
  CHECK(a.receive_all().empty());
  server.let_syncs_end(1'000);
  CHECK(server.first().receive_line() == "+OK\n");
  b.send("GET a\n");
  CHECK(b.receive(11) == "+VALUE 1\n1\n");
}

TEST_CASE("a server that stops sends the replies that it owes") {
  HeldServer server;
  Client a = server.connect(), b = server.connect();
  server.write(a, "a");
  server.write(b, "b");
  std::thread stop([&] { server.server().stop(); });
  server.let_syncs_end(1'000);
  CHECK(a.receive_all() == "+OK\n");
  CHECK(b.receive_all() == "+OK\n");
  stop.join();
}

TEST_CASE("what others send to a client comes behind the reply that it is owed") {
  HeldServer server;
  Client a = server.connect(), b = server.connect();
  a.send("MONITOR\n");
  CHECK(a.receive_line() == "+OK\n");
  server.write(a, "a");
  b.send("GET seen\n");
  CHECK(b.receive_line() == "+NIL\n");
  CHECK_FALSE(a.has_input());
  server.let_syncs_end(1'000);
  std::string said;
  for (int lines = 0; lines < 2; ++lines) said += a.receive_line();
  CHECK(said.starts_with("+OK\n"));
  CHECK(said.find("seen") != std::string::npos);
}

TEST_CASE("a client that waits for a sync is not idle, and is from its reply on") {
  server::Config config;
  config.idle_timeout_ms = 50;
  HeldServer server(config);
  Client a = server.connect();
  server.write(a, "a");
  // Longer than it may be idle: how long it was is not what is tested.
  const auto idle = server::Clock::now() + std::chrono::milliseconds(120);
  while (server::Clock::now() < idle) std::this_thread::yield();
  CHECK_FALSE(a.has_input());
  server.let_syncs_end(1'000);
  CHECK(a.receive_line() == "+OK\n");
  CHECK(a.receive_all().starts_with("-ERR TIMEOUT"));
}

// Each of the ways in which a reply can leave is taken now and then. The log is swapped meanwhile.
TEST_CASE("clients that write at once each have their own replies, in order, and durable ones") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("old", "1"));
  server::Config config;
  config.listen.port = 0;
  testing::TempDir directory;
  config.log_file = directory / "log";
  auto started = server::Server::start(config, *store);
  REQUIRE(started);
  files.on_sync = [] {
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
    return Status{};
  };
  std::vector<std::thread> clients;
  std::atomic<int> wrong{0}, busy{8};
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&, t] {
      Client client((*started)->endpoint());
      const std::string key = "n" + std::to_string(t);
      for (int i = 1; i <= 400; ++i) {
        const int each = 1 + (i + t) % 3;
        std::string sent, wanted;
        for (int n = 0; n < each; ++n) {
          const std::string value = std::to_string(i) + "." + std::to_string(n);
          sent += "SET " + key + " " + value + "\nGET " + key + "\n";
          wanted += "+OK\n+VALUE " + std::to_string(value.size()) + "\n" + value + "\n";
        }
        // Now and then the second half comes while the first is owed its reply.
        const std::size_t half = i % 4 == 0 ? sent.size() / 2 : sent.size();
        client.send(sent.substr(0, half));
        client.send(sent.substr(half));
        if (client.receive(wanted.size()) != wanted) ++wrong;
      }
      --busy;
    });
  }
  while (busy > 0) {
    const Status compacted = store->compact({.keep = KeepHistory::none()});
    if (!compacted) FAIL_CHECK(compacted.error().message);
  }
  for (std::thread& client : clients) client.join();
  CHECK(wrong == 0);
  (*started)->stop();
}
