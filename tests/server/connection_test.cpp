// What reaches a connection's thread from outside, wherever it is: bytes to push, the
// end, and news of what it shares.

#include "server/connection.h"

#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using test::repeated;

namespace {

// A connection at one end of a pair of sockets, on a thread of its own; the client at
// the other.
class Pair {
 public:
  explicit Pair(server::Config config = {}) {
    server::install_wakeup_signal();
    auto store = Store::open(directory_ / "data.bin", test::TestServer::fast());
    REQUIRE(store);
    store_ = std::move(*store);
    config.log_file = directory_ / "log";
    auto log = server::open_log(config);
    REQUIRE(log);
    shared_.emplace(config, *store_, *log);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    client_.emplace(ends[0]);
    connection_.emplace(*shared_, server::plain_transport(file::Descriptor(ends[1])),
                        server::Listener::Speaks::kTextOrResp, 1);
    thread_ = std::thread([this] {
      connection_->run();
      has_ended_ = true;
      const std::lock_guard lock(mutex_);
      connection_.reset();
    });
  }
  ~Pair() {
    if (!has_ended_) client_->disconnect();
    if (thread_.joinable()) thread_.join();
    CHECK(shared_->buffered.used() == 0);
  }

  test::Client& client() { return *client_; }
  // It may end of itself meanwhile, but as in the server it is there while somebody tells
  // it something.
  class Told {
   public:
    explicit Told(Pair& pair) : lock_(pair.mutex_), connection_(pair.connection_) {}
    server::Connection* operator->() {
      REQUIRE(connection_);
      return &*connection_;
    }

   private:
    std::unique_lock<std::mutex> lock_;
    std::optional<server::Connection>& connection_;
  };
  Told connection() { return Told(*this); }
  Store& store() { return *store_; }
  bool has_ended() const { return has_ended_; }
  void wait_for_end() { thread_.join(); }

 private:
  testing::TempDir directory_;
  std::unique_ptr<Store> store_;
  std::optional<server::Shared> shared_;
  std::optional<test::Client> client_;
  std::mutex mutex_;  // of the connection's end
  std::optional<server::Connection> connection_;
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

// The connection is between two requests.
void await_idle(Pair& pair) {
  pair.client().send("PING\n");
  REQUIRE(pair.client().receive_line() == "+PONG\n");
}

// So many bytes of replies that no socket holds them; the client has read the first few.
void leave_unread(Pair& pair, std::size_t size, int times) {
  REQUIRE(pair.store().set("big", std::string(size, 'x')));
  pair.client().send(repeated("GET big\n", times));
  REQUIRE(pair.client().receive(7) == "+VALUE ");
}

}  // namespace

TEST_CASE("a push reaches an idle connection, and one that has just begun") {
  Pair pair;
  REQUIRE(pair.connection()->push("+FIRST\n"));
  CHECK(pair.client().receive_line() == "+FIRST\n");
  await_idle(pair);
  REQUIRE(pair.connection()->push("+SECOND\n"));
  CHECK(pair.client().receive_line() == "+SECOND\n");
  await_idle(pair);
}

TEST_CASE("a push reaches a connection that waits with a timeout, and inside a request") {
  server::Config config;
  config.idle_timeout_ms = 3'600'000;
  Pair pair(config);
  await_idle(pair);
  REQUIRE(pair.connection()->push("+NEWS\n"));
  CHECK(pair.client().receive_line() == "+NEWS\n");
  pair.client().send("PI");
  REQUIRE(pair.connection()->push("+MORE\n"));
  CHECK(pair.client().receive_line() == "+MORE\n");
  pair.client().send("NG\n");
  CHECK(pair.client().receive_line() == "+PONG\n");
}

TEST_CASE("a push comes between replies, never inside one") {
  Pair pair;
  const std::size_t size = 4'000'000;
  leave_unread(pair, size, 2);
  REQUIRE(pair.connection()->push("+NEWS\n"));
  const std::string value = std::to_string(size) + "\n" + std::string(size, 'x') + "\n";
  REQUIRE((pair.client().receive(value.size()) == value));
  // Between the two, or after both.
  const std::string second = "+VALUE " + value, news = "+NEWS\n";
  const std::string rest = pair.client().receive(second.size() + news.size());
  CHECK((rest == news + second || rest == second + news));
}

TEST_CASE("who reads nothing is sent no more than what a client may leave unread") {
  server::Config config;
  config.max_unread = 1 << 20;
  Pair pair(config);
  leave_unread(pair, 4'000'000, 1);
  const std::string news = repeated("+NEWS of some length\n", 1000);
  int taken = 0;
  while (taken < 1000 && pair.connection()->push(news)) ++taken;
  CHECK(taken > 10);
  CHECK(taken < 1000);
  REQUIRE(pair.client().receive(8 + 4'000'000 + 1).size() == 8 + 4'000'000 + 1);
  for (int i = 0; i < taken; ++i) REQUIRE((pair.client().receive(news.size()) == news));
  await_idle(pair);
}

TEST_CASE("stop reaches an idle connection") {
  Pair pair;
  await_idle(pair);
  pair.connection()->stop();
  CHECK(pair.client().receive_all() == "");
}

TEST_CASE("stop reaches a connection before it has waited") {
  for (int i = 0; i < 50; ++i) {
    Pair pair;
    pair.connection()->stop();
    CHECK(pair.client().receive_all() == "");
  }
}

TEST_CASE("stop reaches a connection inside a request, which is refused") {
  Pair pair;
  pair.client().send("PING\nSET k 0 10\nabc");
  REQUIRE(pair.client().receive_line() == "+PONG\n");
  pair.connection()->stop();
  CHECK(pair.client().receive_line().starts_with("-ERR NETWORK the server is stopping"));
  CHECK(pair.client().receive_all() == "");
  pair.wait_for_end();
  CHECK_FALSE(pair.store().stat("k").value());
}

TEST_CASE("stop reaches a connection whose peer reads nothing; all is sent once it does") {
  Pair pair;
  leave_unread(pair, 1'000'000, 5);
  pair.connection()->stop();
  CHECK_FALSE(pair.has_ended());
  const std::string replies = repeated("+VALUE 1000000\n" + std::string(1'000'000, 'x') + "\n", 5);
  CHECK((pair.client().receive_all() == replies.substr(7)));
}

TEST_CASE("abort ends a connection whose peer reads nothing") {
  Pair pair;
  leave_unread(pair, 1'000'000, 5);
  pair.connection()->stop();
  pair.connection()->abort();
  pair.wait_for_end();
  CHECK(pair.client().receive_all().size() < 5'000'000);
}

TEST_CASE("a connection that is woken for nothing goes on as it was") {
  Pair pair;
  pair.client().send("SET k 0 5\nab");
  for (int i = 0; i < 100; ++i) {
    pair.connection()->wake();
    std::this_thread::yield();
  }
  pair.client().send("cde\nGET k\n");
  CHECK(pair.client().receive(15) == "+OK\n+VALUE 5\nab");
  CHECK(pair.client().receive(4) == "cde\n");
}
