// Connections of a server find each key linearizable (tests/store has more).
#include <cstdlib>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/support/linearizability.h"

using namespace kvstore;
using namespace kvstore::testing;
using Kind = Operation::Kind;
using test::TestServer;

namespace {

int rounds() { return std::getenv("KVSTORE_LONG") ? 40 : 2; }

// One connection. Its answers in the checker's words; a SET tells nothing.
class ConnectionSubject : public Subject {
 public:
  explicit ConnectionSubject(const TestServer& server) : client_(server.connect()) {}

  std::string run(std::string_view key, const Operation& operation) override {
    client_.send(line(std::string(key), operation));
    const std::string reply = client_.receive_line();
    if (reply == "+NIL\n") return operation.kind == Kind::kSetIfAbsent ? "kept" : "nil";
    if (reply == "+OK\n") {
      return operation.kind == Kind::kRemove ? "old" : operation.kind == Kind::kSet ? "" : "new";
    }
    // A missing key has no bytes; no value here is empty.
    if (reply == ":0\n" && operation.kind == Kind::kLength) return "nil";
    if (reply.starts_with(":")) return reply.substr(1, reply.size() - 2);
    if (!reply.starts_with("+VALUE ")) return reply;
    const std::string value = client_.receive(std::stoul(reply.substr(7)) + 1);
    return "=" + value.substr(0, value.size() - 1);
  }

 private:
  static std::string line(const std::string& key, const Operation& operation) {
    switch (operation.kind) {
      case Kind::kSet:
        return "SET " + key + " " + operation.value + "\n";
      case Kind::kSetIfAbsent:
        return "SET " + key + " " + operation.value + " NX\n";
      case Kind::kAppend:
        return "APPEND " + key + " \"" + operation.value + "\"\n";
      case Kind::kRemove:
        return "DELETE " + key + "\n";
      case Kind::kGet:
        return "GET " + key + "\n";
      case Kind::kLength:
        return "STRLEN " + key + "\n";
    }
    return {};
  }

  test::Client client_;
};

// Says it has deleted, now and then, and asks nobody.
class ForgetfulConnection : public ConnectionSubject {
 public:
  using ConnectionSubject::ConnectionSubject;
  std::string run(std::string_view key, const Operation& operation) override {
    if (operation.kind == Kind::kRemove && ++removes_ % 20 == 0) return "old";
    return ConnectionSubject::run(key, operation);
  }

 private:
  int removes_ = 0;
};

template <class Connection>
std::optional<std::string> violation_of(const TestServer& server, std::uint64_t seed) {
  Workload workload;
  workload.seed = seed;
  workload.operations = 1500;
  return find_violation(
      record(workload, [&](int) { return std::make_unique<Connection>(server); }));
}

}  // namespace

TEST_CASE("several connections find each key linearizable") {
  for (const SyncPolicy sync : {SyncPolicy::none(), SyncPolicy::always()}) {
    Options options;
    options.sync = sync;
    TestServer server({}, options);
    const std::uint64_t first_seed = std::random_device{}();
    for (int round = 0; round < rounds(); ++round) {
      const std::uint64_t seed = first_seed + static_cast<unsigned>(round);
      CAPTURE(seed);
      const auto violation = violation_of<ConnectionSubject>(server, seed);
      if (violation) FAIL_CHECK(*violation);
    }
  }
}

TEST_CASE("the test finds a connection that acknowledges what it has not done") {
  TestServer server;
  CHECK(violation_of<ForgetfulConnection>(server, 1));
}
