#include "src/bench/runner.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/bench/report.h"
#include "src/bench/store_target.h"

using namespace kvstore;
using namespace kvstore::bench;

namespace {

Plan plan_of(std::string_view workload, std::uint64_t count = 300) {
  Plan plan;
  plan.workload = find_workload(workload);
  REQUIRE(plan.workload != nullptr);
  plan.seconds = 0;
  plan.count = count;
  plan.keys = 50;
  return plan;
}

// What a store that answers rightly would, but for what a test wants to be wrong.
struct FakeStore {
  std::atomic<std::uint64_t> operations{0};
  std::uint64_t wrong_after = UINT64_MAX;  // operations; then each is an error
  std::uint64_t gone_after = UINT64_MAX;   // then the connection is lost
  Code gone_with = Code::kNetwork;
  std::uint64_t stall_ms = 0;  // of the first
};

class FakeSession final : public Session {
 public:
  FakeSession(FakeStore& store, bool durable) : store_(store), durable_(durable) {}
  void send(const Operation& operation) override { sent_.push_back(operation); }
  Result<Answer> receive() override {
    sent_.pop_front();
    if (!durable_) return Answer{};
    const std::uint64_t number = store_.operations++;
    if (number == 0) std::this_thread::sleep_for(std::chrono::milliseconds(store_.stall_ms));
    if (number >= store_.gone_after) return fail(store_.gone_with, "the connection broke");
    if (number >= store_.wrong_after) {
      return Answer{.bytes = 1, .failure = Error{Code::kCorrupt, "wrong", ""}};
    }
    return Answer{.bytes = 1};
  }

 private:
  FakeStore& store_;
  const bool durable_;
  std::deque<Operation> sent_;
};

class FakeTarget final : public Target {
 public:
  explicit FakeTarget(FakeStore& store) : store_(store) {}
  Status prepare(std::size_t size) override {
    payload_ = std::make_unique<Payload>(size, "p:");
    return {};
  }
  const Payload& payload() const override { return *payload_; }
  Result<std::unique_ptr<Session>> session(bool durable) override {
    return std::make_unique<FakeSession>(store_, durable);
  }
  Status settle() override { return {}; }
  Status clean(std::uint64_t keys) override {
    cleaned = keys;
    return {};
  }
  std::string description() const override { return "a fake"; }
  std::uint64_t cleaned = 0;

 private:
  FakeStore& store_;
  std::unique_ptr<Payload> payload_;
};

Measured measure_fake(FakeStore& store, const Plan& plan) {
  FakeTarget target(store);
  auto measured = measure(target, plan, {});
  REQUIRE(measured);
  return std::move(*measured);
}

}  // namespace

TEST_CASE("each workload does its operations on a store, whose answers are right") {
  for (const Workload& workload : workloads()) {
    for (const unsigned clients : {1U, 3U}) {
      CAPTURE(workload.name);
      CAPTURE(clients);
      StoreTarget target("", SyncPolicy::none());
      Plan plan = plan_of(workload.name);
      plan.clients = clients;
      plan.size = clients == 1 ? 100 : 3000;
      const auto measured = measure(target, plan, {});
      REQUIRE(measured);
      CHECK_MESSAGE(measured->errors == 0, measured->first_error->message);
      CHECK(measured->operations == 300);
      CHECK(measured->latencies->count() == 300);
      CHECK(measured->bytes > 0);
      CHECK(measured->seconds > 0);
      CHECK_FALSE(measured->interrupted);
    }
  }
}

TEST_CASE("operations that fail are counted, and are no operations") {
  FakeStore store{.wrong_after = 100};
  const Measured measured = measure_fake(store, plan_of("read"));
  CHECK(measured.operations == 100);
  CHECK(measured.errors == 200);
  CHECK(measured.first_error->message == "wrong");
  CHECK(table_notes(measured) == "  200 errors; the first: CORRUPT wrong\n");
}

TEST_CASE("a measurement of nothing but errors ends") {
  FakeStore store{.wrong_after = 0};
  Plan plan = plan_of("read", 0);
  plan.clients = 4;
  const Measured measured = measure_fake(store, plan);
  CHECK(measured.operations == 0);
  CHECK(measured.errors >= 1000);
}

TEST_CASE("a connection that is lost ends it for all") {
  FakeStore store{.gone_after = 10};
  Plan plan = plan_of("overwrite", 0);
  plan.clients = 3;
  const Measured measured = measure_fake(store, plan);
  CHECK(measured.operations == 10);
  CHECK(measured.first_error->code == Code::kNetwork);
}

TEST_CASE("who does not answer is not asked to take keys away, and what is left is named") {
  FakeStore store{.gone_after = 10, .gone_with = Code::kTimeout};
  FakeTarget target(store);
  const auto measured = measure(target, plan_of("fill", 0), {});
  REQUIRE(measured);
  CHECK(target.cleaned == 0);
  CHECK(table_notes(*measured).find("keys that begin with p: are left behind") !=
        std::string::npos);
}

TEST_CASE("with a rate, what was due during a stall counts from when it was due") {
  FakeStore store{.stall_ms = 200};
  Plan plan = plan_of("read", 100);
  plan.rate = 1000;  // the last is due at 99 ms, and answered after 200
  const Measured measured = measure_fake(store, plan);
  CHECK(measured.operations == 100);
  CHECK(measured.latencies->at(0.01) >= 100'000'000);
  CHECK(measured.latencies->max() >= 200'000'000);
}

TEST_CASE("pipelined operations are all answered, with updates after their reads") {
  FakeStore store;
  Plan plan = plan_of("ycsb-f", 1000);
  plan.depth = 16;
  plan.clients = 2;
  const Measured measured = measure_fake(store, plan);
  CHECK(measured.operations == 1000);
  // Half of them are two.
  CHECK(store.operations > 1300);
  CHECK(store.operations < 1700);
}

TEST_CASE("the keys that were inserted are named to whoever takes them away") {
  FakeStore store;
  FakeTarget target(store);
  REQUIRE(measure(target, plan_of("fill"), {}));
  CHECK(target.cleaned == 300);
  REQUIRE(measure(target, plan_of("read"), {}));
  CHECK(target.cleaned == 50);
}

TEST_CASE("it ends when that is wanted, and says so") {
  FakeStore store;
  FakeTarget target(store);
  Watch watch;
  bool seen = false;
  watch.on_progress = [&](const Plan&, std::string_view what, std::uint64_t operations, double) {
    seen = what == "read" && operations > 0;
  };
  watch.wants_end = [&] { return seen; };
  const auto measured = measure(target, plan_of("read", 0), watch);
  REQUIRE(measured);
  CHECK(measured->interrupted);
  CHECK(measured->operations > 0);
}

TEST_CASE("it ends when so much was written") {
  StoreTarget target("", SyncPolicy::none());
  Plan plan = plan_of("fill", 0);
  plan.max_bytes = 100'000;
  const auto measured = measure(target, plan, {});
  REQUIRE(measured);
  CHECK(measured->filled);
  CHECK(measured->bytes >= 100'000);
  CHECK(measured->bytes < 102'000);
}

TEST_CASE("values and scans that are not what was written are found out") {
  const Payload payload(100, "");
  std::string key;
  const std::string piece(payload.piece(3));
  const Operation get{.action = Action::kRead, .key = 3};
  CHECK_FALSE(check_value(payload, get, true, piece));
  CHECK_FALSE(check_value(payload, get, true, piece + piece));
  CHECK(check_value(payload, get, false, ""));
  CHECK(check_value(payload, get, true, ""));
  CHECK(check_value(payload, get, true, piece.substr(1)));
  CHECK(check_value(payload, get, true, payload.piece(4)));
  const Operation range{
      .action = Action::kReadRange, .key = 3, .offset = 10, .count = 20, .least = 20};
  CHECK_FALSE(check_value(payload, range, true, piece.substr(10, 20)));
  CHECK(check_value(payload, range, true, piece.substr(10, 19)));
  CHECK(check_value(payload, range, true, piece.substr(11, 20)));

  const Operation scan{.action = Action::kScan, .key = 3, .count = 5, .least = 2};
  const auto check = [&](std::vector<std::uint64_t> numbers) {
    ScanCheck scan_check(payload, scan);
    for (const std::uint64_t number : numbers) {
      payload.key(number, &key);
      scan_check.take(key, payload.piece(number));
    }
    return !scan_check.finish().has_value();
  };
  CHECK(check({3, 4, 5}));
  CHECK(check({3, 4, 5, 6, 9}));
  CHECK_FALSE(check({3}));
  CHECK_FALSE(check({3, 4, 5, 6, 7, 8}));
  CHECK_FALSE(check({3, 5, 4}));
  CHECK_FALSE(check({2, 3}));
}
