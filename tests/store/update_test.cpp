// Store::update(): read, change, write, all at once; and WriteHold, for runs of writes.
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/clock.h"
#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

namespace {

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store;
  Fixture() { reopen(); }
  void reopen() {
    store.reset();
    Options options;
    options.file_system = &files;
    store = *Store::open("a.bin", options);
  }
  std::string get(std::string_view key) {
    std::string value;
    const auto found = store->get(key, &value);
    REQUIRE(found);
    return *found ? value : "(nil)";
  }
};

// As INCR will: what is there, plus one.
Status increment(Update& transaction, std::string_view key) {
  std::string value;
  KV_ASSIGN(const bool found, transaction.get(key, &value));
  const int number = found ? std::stoi(value) : 0;
  KV_TRY(transaction.set(key, std::to_string(number + 1)));
  return {};
}

void wait_until_after(std::uint64_t ms) {
  while (now_us() / 1000 <= ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a key that expires during an update stays for it what it was at first") {
  bool was_seen = false;
  for (std::uint64_t ttl_ms = 20; !was_seen; ttl_ms *= 2) {
    REQUIRE(store->set("k", "old", {.ttl_ms = ttl_ms}));
    REQUIRE(store->set("gone", "old", {.ttl_ms = 1}));
    wait_until_after(store->stat("gone").value().value_or(KeyInfo{}).expires_at_ms);
    REQUIRE(store->update([&](Update& update) -> Status {
      KV_ASSIGN(const auto info, update.stat("k"));
      if (!info) return {};  // this machine was slower
      was_seen = true;
      CHECK_FALSE(update.stat("gone")->has_value());
      wait_until_after(info->expires_at_ms);
      std::string value;
      CHECK(*update.get("k", &value));
      CHECK(value == "old");
      const auto appended = update.append("k", "+new");
      CHECK(appended->existed);
      CHECK(appended->total == 7);
      CHECK(update.stat("k")->has_value());
      return {};
    }));
  }
  CHECK(get("k") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "an update sees its own writes, and all of them share one seq") {
  REQUIRE(store->set("a", "one"));
  REQUIRE(store->set("gone", "x"));
  const auto seq = store->update([&](Update& transaction) -> Status {
    std::string value;
    CHECK(*transaction.get("a", &value));
    CHECK(value == "one");
    const auto appended = transaction.append("a", "+two");
    CHECK(appended->total == 7);
    CHECK(appended->existed);
    CHECK(*transaction.get("a", &value));
    CHECK(value == "one+two");
    CHECK(transaction.append("a", "+three")->total == 13);
    CHECK(*transaction.get("a", &value));
    CHECK(value == "one+two+three");
    CHECK((*transaction.stat("a"))->size == 13);
    CHECK(transaction.remove("gone")->existed);
    CHECK_FALSE(transaction.remove("gone")->existed);
    CHECK_FALSE(*transaction.get("gone", &value));
    CHECK_FALSE(transaction.remove("never")->existed);
    CHECK_FALSE(transaction.set("new", "1")->existed);
    CHECK(transaction.set("new", "2")->existed);
    CHECK(transaction.set("new", "3", {.only_if_absent = true}).error().code == Code::kExists);
    // Others still see what was there before.
    CHECK(get("a") == "one");
    CHECK(get("gone") == "x");
    CHECK(get("new") == "(nil)");
    return {};
  });
  REQUIRE(seq);
  for (int round = 0; round < 2; ++round) {
    CHECK(get("a") == "one+two+three");
    CHECK(get("gone") == "(nil)");
    CHECK(get("new") == "2");
    CHECK((*store->stat("a"))->seq == *seq);
    CHECK((*store->stat("new"))->seq == *seq);
    reopen();
  }
}

TEST_CASE_FIXTURE(Fixture, "values appended to many keys in turns are each whole") {
  const auto seq = store->update([](Update& transaction) -> Status {
    for (int i = 0; i < 100; ++i) {
      for (int k = 0; k < 30; ++k) {
        KV_TRY(transaction.append("k" + std::to_string(k), std::to_string(i % 10)));
      }
      if (i == 49) KV_TRY(transaction.remove("k7"));
    }
    return {};
  });
  REQUIRE(seq);
  std::string ten = "0123456789", hundred;
  for (int i = 0; i < 10; ++i) hundred += ten;
  CHECK(get("k3") == hundred);
  CHECK(get("k7") == hundred.substr(0, 50));
  CHECK(*store->count() == 30);
  // One record a key: what happened in between cannot be seen.
  int versions = 0;
  REQUIRE(store->history("k3", 100, [&](const Version&) { return ++versions > 0; }));
  CHECK(versions == 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "of the writes of a key the last one counts, however many keys there are") {
  const auto key = [](int number) {
    return "a key of more than a few bytes " + std::to_string(number);
  };
  for (const int count : {1, 2, 8, 9, 31, 32, 33, 34, 300}) {
    CAPTURE(count);
    const std::string large(3000, static_cast<char>('a' + count % 26));
    REQUIRE(store->update([&](Update& transaction) -> Status {
      for (int k = 0; k < count; ++k) KV_TRY(transaction.set(key(k), "first"));
      for (int k = count; k-- > 0;) KV_TRY(transaction.set(key(k), large));
      for (int k = 0; k < count; k += 3) KV_TRY(transaction.append(key(k), "+more"));
      KV_TRY(transaction.remove(key(count - 1)));
      return {};
    }));
    for (int k = 0; k < count - 1; ++k)
      CHECK(get(key(k)) == (k % 3 == 0 ? large + "+more" : large));
    CHECK(get(key(count - 1)) == "(nil)");
    CHECK(*store->count() == static_cast<std::uint64_t>(count - 1));
  }
}

TEST_CASE_FIXTURE(Fixture, "an update that fails, or throws, changes nothing and frees the lock") {
  REQUIRE(store->set("a", "one"));
  const std::uint64_t before = store->stats().file_size;
  const auto failed = store->update([](Update& transaction) -> Status {
    KV_TRY(transaction.set("a", "two"));
    KV_TRY(transaction.set("b", "two"));
    return fail(Code::kNumber, "not a number");
  });
  CHECK(failed.error().code == Code::kNumber);
  CHECK_THROWS((void)store->update([](Update& transaction) -> Status {
    KV_TRY(transaction.remove("a"));
    throw std::runtime_error("planned");
  }));
  CHECK(store->stats().file_size == before);
  CHECK(get("a") == "one");
  CHECK(get("b") == "(nil)");
  REQUIRE(store->set("a", "three"));
  CHECK(get("a") == "three");
}

TEST_CASE_FIXTURE(Fixture, "an update that writes nothing answers the newest seq") {
  const std::uint64_t seq = store->set("a", "one")->seq;
  const auto same = store->update([](Update& transaction) -> Status {
    KV_TRY(transaction.remove("never"));
    KV_TRY(transaction.set("b", "x"));
    KV_TRY(transaction.remove("b"));
    return {};
  });
  CHECK(*same == seq);
  CHECK(store->stats().last_seq == seq);
}

TEST_CASE_FIXTURE(Fixture, "a write within an update, past its transaction, is refused") {
  REQUIRE(store->set("a", "one"));
  const auto updated = store->update([&](Update& transaction) -> Status {
    CHECK(store->set("b", "x").error().code == Code::kUsage);
    CHECK(store->update([](Update&) -> Status { return {}; }).error().code == Code::kUsage);
    KV_TRY(transaction.set("a", "two"));
    return {};
  });
  REQUIRE(updated);
  CHECK(get("a") == "two");
  CHECK(get("b") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "increments of many threads are all counted") {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 500; ++i) {
        CHECK(
            store->update([](Update& transaction) { return increment(transaction, "n"); }, false));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(get("n") == "2000");
}

TEST_CASE_FIXTURE(Fixture, "a hold keeps others' writes out, and its own have a seq each") {
  REQUIRE(store->set("a", "0"));
  std::uint64_t last = 0;
  std::thread other;
  {
    WriteHold hold(*store);
    other = std::thread([this] { CHECK(store->set("b", "other", {.wait = false})); });
    for (int i = 1; i <= 100; ++i) {
      const auto written = store->set("a", std::to_string(i));
      REQUIRE(written);
      if (i > 1) CHECK(written->seq == last + 1);
      last = written->seq;
      CHECK(get("a") == std::to_string(i));
    }
    const WriteHold again(*store);  // is part of the first
    CHECK(store->append("a", "!")->seq == last + 1);
    hold.release();
  }
  REQUIRE(store->commit());
  other.join();
  CHECK(get("a") == "100!");
  CHECK(get("b") == "other");
}

TEST_CASE("a hold before there is a file does nothing") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = *Store::open("a.bin", options);
  WriteHold hold(*store);
  CHECK(store->set("a", "1"));
  CHECK(store->commit());
}

TEST_CASE_FIXTURE(Fixture, "what is appended to and expires meanwhile is read as it will be") {
  const std::uint64_t soon = store->now_us() / 1000 + 30;
  REQUIRE(store->set("k", "base", {.expires_at_ms = soon}));
  const auto updated = store->update([&](Update& transaction) -> Status {
    const auto appended = transaction.append("k", "+more");
    if (!appended) return {};  // it was late
    while (store->now_us() / 1000 <= soon) std::this_thread::yield();
    std::string value;
    const auto found = transaction.get("k", &value);
    REQUIRE(found);
    if (*found) CHECK(value.size() == appended->total);
    return {};
  });
  REQUIRE(updated);
  CHECK(get("k") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "what expired within a batch is appended to as if it were not there") {
  Batch batch;
  batch.set("k", "old", 1);  // 1970
  batch.append("k", "new");
  REQUIRE(store->apply(batch));
  CHECK(get("k") == "new");
}

TEST_CASE_FIXTURE(Fixture, "what would wait for the lock that this thread holds is refused") {
  REQUIRE(store->set("a", "1"));
  WriteHold hold(*store);
  REQUIRE(store->set("a", "2"));
  CHECK(store->commit().error().code == Code::kUsage);
  CHECK(store->sync().error().code == Code::kUsage);
  CHECK(store->close().error().code == Code::kUsage);
  hold.release();
  CHECK(store->commit());
  CHECK(store->close());
}

TEST_CASE("a store without a file reads one that somebody else makes") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = *Store::open("a.bin", options);
  std::string value;
  CHECK_FALSE(*store->get("k", &value));
  CHECK_FALSE(store->remove("k")->existed);
  CHECK(store->set(std::string(kMaxKeySize + 1, 'k'), "v").error().code == Code::kTooBig);
  CHECK(store->open_report().how == OpenReport::How::kAbsent);
  {
    auto other = *Store::open("a.bin", options);
    REQUIRE(other->set("k", "theirs"));
  }
  CHECK(*store->get("k", &value));
  CHECK(value == "theirs");
  CHECK(*store->count() == 1);
  CHECK_FALSE(store->stats().writes_refused);
  CHECK(store->remove("k")->existed);
  REQUIRE(store->set("k", "ours"));
  CHECK(*store->get("k", &value));
  CHECK(value == "ours");
}
