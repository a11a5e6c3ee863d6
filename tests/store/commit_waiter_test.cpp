// Commits that are not waited for, but whose end is told.
#include "src/store/commit_waiter.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

struct Told final : CommitWaiter {
  void committed(Status status) noexcept override {
    result = std::move(status);
    ++times;
  }
  void wait() const {
    while (times == 0) std::this_thread::yield();
  }

  Status result;
  std::atomic<int> times{0};
};

// Syncs that begin and then wait to be let go on, each by itself.
struct HeldSyncs {
  HeldSyncs(SimFiles& files, std::unique_ptr<Store>& store) : store_(store) {
    files.on_sync = [this] {
      if (!holds) return Status{};
      const int mine = ++begun;
      while (allowed < mine) std::this_thread::yield();
      return mine == failing ? Status(fail(Code::kIo, "the disk is gone")) : Status{};
    };
  }
  ~HeldSyncs() {
    allowed = 1'000'000;
    store_.reset();  // it syncs by itself, too
  }
  void wait_for(int number) const {
    while (begun < number) std::this_thread::yield();
  }

  std::atomic<int> begun{0}, allowed{0}, failing{0};
  std::atomic<bool> holds{true};  // those that begin from now on

 private:
  std::unique_ptr<Store>& store_;
};

std::uint64_t write(Store& store, const std::string& key) {
  WriteOptions lazy;
  lazy.wait = false;
  const auto written = store.set(key, "1", lazy);
  REQUIRE(written);
  return *store.last_seq();
}

}  // namespace

TEST_CASE("who commits while another thread syncs is told by it, once what it wrote is durable") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("first", "1"));
  HeldSyncs syncs(files, store);
  std::thread leader([&] { CHECK(store->set("a", "1")); });
  syncs.wait_for(1);
  const std::uint64_t seq = write(*store, "b");
  Told told;
  CHECK_FALSE(store->commit(told));
  syncs.allowed = 1;
  leader.join();
  // That sync had begun before the write, so it takes another, which needs no other client.
  syncs.wait_for(2);
  CHECK(told.times == 0);
  CHECK(store->durable_seq() < seq);
  syncs.allowed = 2;
  told.wait();
  CHECK(told.result);
  CHECK(store->durable_seq() >= seq);
  CHECK(told.times == 1);
}

TEST_CASE("who commits while nobody syncs does it at once") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("first", "1"));
  const std::uint64_t seq = write(*store, "a");
  Told told;
  const std::optional<Status> committed = store->commit(told);
  REQUIRE(committed);
  CHECK(*committed);
  CHECK(store->durable_seq() >= seq);
  CHECK(told.times == 0);
}

TEST_CASE("a failed sync tells its error to all who are to be told") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("first", "1"));
  HeldSyncs syncs(files, store);
  syncs.failing = 1;
  std::thread leader([&] { CHECK(store->set("a", "1").error().code == Code::kIo); });
  syncs.wait_for(1);
  write(*store, "b");
  Told b;
  CHECK_FALSE(store->commit(b));
  write(*store, "c");
  Told c;
  CHECK_FALSE(store->commit(c));
  syncs.allowed = 1;
  leader.join();
  b.wait();
  c.wait();
  CHECK(b.result.error().code == Code::kIo);
  CHECK(c.result.error().code == Code::kIo);
  CHECK(syncs.begun == 1);  // never a second one
  Told late;
  const std::optional<Status> refused = store->commit(late);
  REQUIRE(refused);
  CHECK(refused->error().code == Code::kIo);
}

// The old file's sync goes on and does not matter any more.
TEST_CASE("who is to be told is told when a compaction has put another file in place") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("first", "1"));
  HeldSyncs syncs(files, store);
  std::thread leader([&] { CHECK(store->set("a", "1")); });
  syncs.wait_for(1);
  write(*store, "b");
  Told told;
  CHECK_FALSE(store->commit(told));
  syncs.holds = false;  // those of the new file
  std::thread compaction([&] { CHECK(store->compact({.keep = KeepHistory::none()})); });
  told.wait();
  CHECK(told.result);
  CHECK(syncs.allowed == 0);
  syncs.allowed = 1;
  leader.join();
  compaction.join();
  CHECK(get(*store, "b") == "1");
}

TEST_CASE("a store that is closed leaves nobody untold") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("first", "1"));
  for (int i = 0; i < 200; ++i) {
    std::thread leader([&] { (void)store->set("a", "1"); });
    write(*store, "b" + std::to_string(i));
    Told told;
    const bool is_owed = !store->commit(told);
    leader.join();
    CHECK(store->close());
    if (is_owed) told.wait();
    CHECK(told.result);
    store = open_store(files);
  }
}

TEST_CASE("threads that block and others that are told share their syncs, and none is forgotten") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("first", "1"));
  files.on_sync = [] {
    std::this_thread::yield();
    return Status{};
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&store, t] {
      for (int i = 0; i < 300; ++i) {
        const std::string key = std::to_string(t) + "." + std::to_string(i);
        if (t % 2 == 0) {
          CHECK(store->set(key, "1"));
          continue;
        }
        const std::uint64_t seq = write(*store, key);
        Told told;
        const std::optional<Status> committed = store->commit(told);
        if (!committed) told.wait();
        CHECK((committed ? *committed : told.result));
        CHECK(store->durable_seq() >= seq);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(*store->count() == 8 * 300 + 1);
}
