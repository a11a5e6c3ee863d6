// Store::snapshot(): the same reads answer the same, whatever is written meanwhile.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;
using kvstore::testing::TempDir;

namespace {

std::string get(const Snapshot& snapshot, std::string_view key, const At& at = {}) {
  std::string value;
  const auto found = snapshot.get(key, &value, at);
  return !found ? name_of(found.error()) : *found ? value : "(nil)";
}

std::string keys_of(const Snapshot& snapshot, std::string_view prefix = "") {
  std::string keys;
  REQUIRE(snapshot.scan(prefix, std::nullopt, UINT64_MAX, [&](std::string_view key) {
    keys.append(key).append(" ");
    return true;
  }));
  return keys;
}

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);
  Snapshot take() { return *store->snapshot(); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a snapshot stays as it was when it was taken") {
  REQUIRE(store->set("a", "one"));
  REQUIRE(store->append("log", "1234"));
  REQUIRE(store->set("gone", "soon"));
  const Snapshot before = take();
  REQUIRE(store->set("a", "two"));
  REQUIRE(store->append("log", "5678"));
  REQUIRE(store->remove("gone"));
  REQUIRE(store->set("new", "key"));
  CHECK(get(before, "a") == "one");
  CHECK(get(before, "log") == "1234");
  CHECK(get(before, "gone") == "soon");
  CHECK(get(before, "new") == "(nil)");
  CHECK((*before.stat("log"))->size == 4);
  CHECK(keys_of(before) == "a gone log ");
  CHECK(keys_of(before, "l") == "log ");
  std::string part;
  REQUIRE(*before.read("log", -2, 100, &part));
  CHECK(part == "34");
  int versions = 0;
  REQUIRE(before.history("a", 10, [&](const Version&) { return ++versions > 0; }));
  CHECK(versions == 1);
  CHECK(keys_of(take()) == "a log new ");
  CHECK(store->stats().snapshots == 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "a snapshot of a version is what At answers, and no later one is there") {
  const auto first = store->set("a", "one")->seq;
  REQUIRE(store->set("a", "two"));
  const Snapshot then = *store->snapshot(first);
  CHECK(then.seq() == first);
  CHECK(get(then, "a") == "one");
  CHECK(get(then, "a", At{.seq = first + 1, .time_us = {}}) == "one");
  const Snapshot ahead = *store->snapshot(first + 1000);
  CHECK(ahead.seq() == first + 1);
  REQUIRE(store->set("a", "three"));
  CHECK(get(ahead, "a") == "two");
}

TEST_CASE_FIXTURE(Fixture,
                  "a key that had not expired when a snapshot was taken never does in it") {
  const std::uint64_t soon = store->now_us() / 1000 + 20;
  REQUIRE(store->set("brief", "x", {.expires_at_ms = soon}));
  REQUIRE(store->set("past", "x", {.expires_at_ms = 1}));
  const Snapshot before = take();
  const bool was_there = before.time_us() / 1000 < soon;  // unless the machine was very slow
  while (store->now_us() / 1000 < soon) std::this_thread::yield();
  CHECK(get(before, "brief") == (was_there ? "x" : "(nil)"));
  CHECK(keys_of(before) == (was_there ? "brief " : ""));
  CHECK(get(before, "past") == "(nil)");
  CHECK(get(take(), "brief") == "(nil)");
}

TEST_CASE("a snapshot of a file that is not there yet stays empty") {
  SimFiles files;
  const auto store = open_store(files);
  const Snapshot none = *store->snapshot();
  CHECK(none.seq() == 0);
  REQUIRE(store->set("a", "one"));
  CHECK(get(none, "a") == "(nil)");
  CHECK(keys_of(none) == "");
}

TEST_CASE("snapshots of a reader stay when it follows the writer, and when it becomes the writer") {
  TempDir dir;
  const auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("a", "one"));
  const auto reader = open_store(dir / "a.bin", {.lock_at_first_write = true});
  const Snapshot before = *reader->snapshot();
  REQUIRE(writer->set("a", "two"));
  CHECK(kvstore::testing::get(*reader, "a") == "two");
  CHECK(get(before, "a") == "one");
  REQUIRE(writer->close());
  REQUIRE(reader->set("a", "three"));
  CHECK(get(before, "a") == "one");
}

TEST_CASE("a store that closes lets go of its file though there are snapshots, which then fail") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  REQUIRE(store->set("a", "one"));
  const Snapshot kept = *store->snapshot();
  const Snapshot copy = kept;
  REQUIRE(store->close());
  CHECK(get(kept, "a") == "error FAILED");
  CHECK(name_of(store->snapshot().error()) == "error FAILED");
  const auto again = open_store(dir / "a.bin");
  REQUIRE(again->set("a", "two"));  // the lock is free
  store.reset();
  CHECK(get(copy, "a") == "error FAILED");
}

TEST_CASE("threads that read snapshots beside a writer see whole batches, again and again") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  constexpr int kKeys = 4;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  const auto read = [&] {
    while (!stop) {
      const Snapshot snapshot = *store->snapshot();
      const std::string first = get(snapshot, "key0");
      for (int i = 2 * kKeys - 1; i >= 0; --i) {
        wrong += get(snapshot, "key" + std::to_string(i % kKeys)) != first;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  for (int round = 0; round < 5000; ++round) {
    Batch batch;
    for (int i = 0; i < kKeys; ++i) batch.set("key" + std::to_string(i), std::to_string(round));
    REQUIRE(store->apply(batch, false));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}
