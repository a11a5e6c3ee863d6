// Transactions of several connections: the anomalies by name, a recorded history, and what
// becomes of a transaction whose connection ends.
#include <atomic>
#include <cstdlib>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/support/anomalies.h"
#include "tests/support/serializability.h"
#include "tests/support/store_client.h"

using namespace kvstore;
using namespace kvstore::testing;
using test::TestServer;

namespace {

// One connection.
class ConnectionClient : public TransactionClient {
 public:
  explicit ConnectionClient(const TestServer& server) : client_(server.connect()) {}

  std::string begin(bool read_only = false) override {
    return done(ask(read_only ? "BEGIN READONLY" : "BEGIN"));
  }
  std::string get(const std::string& key) override {
    const std::string reply = ask("GET " + key);
    return reply.starts_with("+VALUE ") ? "=" + value_of(reply) : done(reply);
  }
  std::string set(const std::string& key, const std::string& value) override {
    return done(ask("SET " + key + " \"" + value + "\""));
  }
  std::string append(const std::string& key, const std::string& value) override {
    return done(ask("APPEND " + key + " \"" + value + "\""));
  }
  std::string remove(const std::string& key) override { return done(ask("DELETE " + key)); }
  std::string keys(const std::string& prefix) override {
    std::string reply = ask("KEYS " + prefix + "*");
    if (!reply.starts_with("+ARRAY ")) return done(reply);
    std::string keys;
    for (int left = std::stoi(reply.substr(7)); left > 0; --left) {
      keys += value_of(client_.receive_line()) + " ";
    }
    return keys;
  }
  std::string commit() override { return done(ask("COMMIT")); }
  std::string rollback() override { return done(ask("ROLLBACK")); }

 private:
  std::string ask(const std::string& line) {
    client_.send(line + "\n");
    return client_.receive_line();
  }
  std::string value_of(const std::string& first_line) {
    const std::string value = client_.receive(std::stoul(first_line.substr(7)) + 1);
    return value.substr(0, value.size() - 1);
  }
  static std::string done(const std::string& reply) {
    if (reply == "+NIL\n") return "nil";
    if (!reply.starts_with("-ERR ")) return "ok";
    return reply.substr(5, reply.find(' ', 5) - 5);
  }

  test::Client client_;
};

}  // namespace

TEST_CASE(
    "transactions of connections have none of the anomalies: dirty write and read, aborted "
    "read, lost update, read and write skew, phantom, long fork") {
  TestServer server;
  for (const Anomaly& anomaly : anomalies()) {
    CAPTURE(anomaly.name);
    anomaly.check([&] { return std::make_unique<ConnectionClient>(server); });
  }
}

TEST_CASE("the transactions of several connections, and of the program's own, are serializable") {
  TestServer server;
  const std::uint64_t first_seed = std::random_device{}();
  for (int round = 0; round < (std::getenv("KVSTORE_LONG") ? 30 : 2); ++round) {
    TransactionWorkload workload;
    workload.seed = first_seed + static_cast<unsigned>(round);
    workload.transactions = 150;
    CAPTURE(workload.seed);
    std::atomic<int> clients{0};
    const MakeClient make = [&]() -> std::unique_ptr<TransactionClient> {
      if (++clients == 1) return std::make_unique<StoreClient>(server.store());
      return std::make_unique<ConnectionClient>(server);
    };
    const auto violation = find_violation(record(workload, make, server.store()));
    if (violation) FAIL_CHECK(*violation);
  }
}

TEST_CASE("a transaction ends with its connection, and nothing of it is written") {
  TestServer server;
  CHECK(server.ask("BEGIN\nSET a 1\nGET a\n") == "+OK\n+OK\n+VALUE 1\n1\n");
  CHECK(server.ask("GET a\nCOMMIT\n").starts_with("+NIL\n-ERR STATE COMMIT without BEGIN"));
  CHECK(server.ask("BEGIN\nSET a 1\nEXIT\nCOMMIT\n") == "+OK\n+OK\n+OK\n");
  CHECK(server.ask("GET a\n") == "+NIL\n");
  {
    auto client = server.connect();
    client.send("BEGIN\nSET a 1\n");
    CHECK(client.receive(8) == "+OK\n+OK\n");
  }
  CHECK(server.ask("GET a\n") == "+NIL\n");
}

TEST_CASE("a pipeline from BEGIN to COMMIT is one batch, over RESP, too") {
  TestServer server({}, {});
  CHECK(server.ask("BEGIN\nSET a 1\nAPPEND b 2\nxy\nCOMMIT\nGET b\n") ==
        "+OK\n+OK\n:2\n+OK\n+VALUE 2\nxy\n");
  CHECK(server.store().stat("a")->value().seq == server.store().stat("b")->value().seq);
  CHECK(server.ask("*1\r\n$5\r\nBEGIN\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$6\r\nCOMMIT\r\n") ==
        "+OK\r\n$1\r\n1\r\n+OK\r\n");
}
