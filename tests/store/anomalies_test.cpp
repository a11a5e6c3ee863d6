// The anomalies by name, through the library; and threads whose transactions keep what a
// single one could not break.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/anomalies.h"
#include "tests/support/open_store.h"
#include "tests/support/store_client.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using namespace kvstore::testing;

TEST_CASE(
    "transactions have none of the anomalies: dirty write and read, aborted read, lost "
    "update, read and write skew, phantom, long fork") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  for (const Anomaly& anomaly : anomalies()) {
    CAPTURE(anomaly.name);
    anomaly.check([&] { return std::make_unique<StoreClient>(*store); });
  }
}

namespace {

int number_of(Transaction& transaction, const std::string& key) {
  std::string value;
  const auto found = transaction.get(key, &value);
  return found && *found ? std::stoi(value) : 0;
}

// Until it commits.
template <class Change>
void transact(Store& store, Change change) {
  while (true) {
    Transaction transaction = *store.transaction();
    change(transaction);
    const auto committed = transaction.commit(false);
    if (committed) return;
    REQUIRE(committed.error().code == Code::kConflict);
  }
}

template <class Run>
void on_threads(int threads, Run run) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(run, i);
  for (std::thread& thread : running) thread.join();
}

}  // namespace

TEST_CASE("threads that count with transactions, and with updates, lose nothing") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  constexpr int kThreads = 4, kRounds = 500;
  on_threads(kThreads, [&](int thread) {
    for (int i = 0; i < kRounds; ++i) {
      if (thread == 0) {
        REQUIRE(store->update(
            [](Update& update) -> Status {
              std::string value;
              KV_ASSIGN(const bool found, update.get("n", &value));
              KV_TRY(update.set("n", std::to_string((found ? std::stoi(value) : 0) + 1)));
              return {};
            },
            false));
        continue;
      }
      transact(*store, [](Transaction& transaction) {
        const int number = number_of(transaction, "n");
        (void)transaction.set("n", std::to_string(number + 1));
      });
    }
  });
  CHECK(get(*store, "n") == std::to_string(kThreads * kRounds));
}

TEST_CASE("threads that each leave only if another stays never all leave") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  constexpr int kThreads = 3;
  const auto key = [](int number) { return "on:" + std::to_string(number); };
  for (int i = 0; i < kThreads; ++i) REQUIRE(store->set(key(i), "here"));
  std::atomic<int> alone{0};
  on_threads(kThreads, [&](int thread) {
    for (int i = 0; i < 300; ++i) {
      transact(*store, [&](Transaction& transaction) {
        int there = 0;
        (void)transaction.scan("on:", std::nullopt, 10,
                               [&](std::string_view) { return ++there > 0; });
        alone += there == 0;
        const bool here = transaction.stat(key(thread))->has_value();
        if (here && there > 1) (void)transaction.remove(key(thread));
        if (!here) (void)transaction.set(key(thread), "here");
      });
    }
  });
  CHECK(alone == 0);
}
