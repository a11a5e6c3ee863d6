// Store::compact(): everything that is kept answers as before, whatever goes on meanwhile.
#include "src/store/compaction.h"

#include <atomic>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"

using namespace kvstore;
using kvstore::testing::contents;
using kvstore::testing::get;
using kvstore::testing::name_of;
using kvstore::testing::open_store;

namespace {

using Fixture = kvstore::testing::StoreFixture;
using Model = std::map<std::string, std::string>;
const CompactionOptions kNone{.keep = KeepHistory::none()};

std::string name_of_key(std::mt19937_64& random) { return "key" + std::to_string(random() % 40); }

// One random write, in the store and in the model.
void write(Store& store, Model& model, std::mt19937_64& random) {
  const std::string key = name_of_key(random);
  const std::string value(random() % 60, static_cast<char>('a' + random() % 26));
  switch (random() % 8) {
    case 0:
      REQUIRE(store.remove(key));
      model.erase(key);
      break;
    case 1: {
      Batch batch;
      batch.set(key, value);
      batch.append("log", value);
      REQUIRE(store.apply(batch));
      model[key] = value;
      model["log"] += value;
      break;
    }
    case 2:
      REQUIRE(store.set(key, std::string(random() % 5000, 'L')));
      model[key] = get(store, key);
      break;
    case 3:
    case 4:
      REQUIRE(store.set(key, value));
      model[key] = value;
      break;
    default:
      REQUIRE(store.append(key, value));
      model[key] += value;
  }
}

// Read in order, and each key by itself.
Model all(Store& store, const At& at = {}) {
  const Model found = contents(store, at);
  for (const auto& [key, value] : found) CHECK(get(store, key, at) == value);
  return found;
}

}  // namespace

TEST_CASE("a compacted store answers as before, goes on, and is opened again") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Fixture f;
    Model model;
    for (int round = 0; round < 4; ++round) {
      for (unsigned i = 0, count = random() % 200; i < count; ++i) write(*f.store, model, random);
      if (random() % 3 == 0) REQUIRE(f.store->checkpoint());
      const CompactionOptions options{
          .keep = random() % 2 == 0 ? KeepHistory::none()
                                    : KeepHistory{std::nullopt, random() % 300, false}};
      REQUIRE(f.store->compact(options));
      CHECK(all(*f.store) == model);
      CHECK(*f.store->count() == model.size());
      for (int i = 0; i < 20; ++i) write(*f.store, model, random);
      CHECK(all(*f.store) == model);
      if (random() % 2 == 0) f.reopen();
      CHECK(all(*f.store) == model);
      CHECK(*f.store->count() == model.size());
    }
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "history from the floor on stays, and what is older is refused by name") {
  std::mt19937_64 random(5);
  Model model;
  std::map<std::uint64_t, Model> states;
  for (int i = 0; i < 300; ++i) {
    write(*store, model, random);
    states[store->stats().last_seq] = model;
  }
  const std::uint64_t last = store->stats().last_seq;
  REQUIRE(store->compact({.keep = KeepHistory{std::nullopt, 100, false}}));
  const std::uint64_t floor = store->compaction_status().floor_seq;
  CHECK(floor == last - 100);
  for (const auto& [seq, state] : states) {
    CAPTURE(seq);
    const At at{.seq = seq, .time_us = {}};
    if (seq >= floor) CHECK(all(*store, at) == state);
    if (seq < floor) CHECK(get(*store, "log", at) == "error PURGED");
  }
}

TEST_CASE_FIXTURE(Fixture, "a compaction gives room back") {
  for (int i = 0; i < 2000; ++i) REQUIRE(store->set("key" + std::to_string(i % 10), "value"));
  for (int i = 0; i < 1000; ++i) REQUIRE(store->append("long", std::string(100, 'x')));
  const std::uint64_t before = store->stats().file_size;
  REQUIRE(store->compact(kNone));
  CHECK(store->stats().file_size < before / 2);
  CHECK(store->stats().writes == 3000);
  CHECK(store->open_report().how == OpenReport::How::kCreated);
  CHECK(get(*store, "long") == std::string(100'000, 'x'));
  const CompactionStatus status = store->compaction_status();
  CHECK(status.phase == CompactionStatus::Phase::kIdle);
  CHECK(status.done == 1);
  CHECK(status.keys == 11);
  CHECK(status.keys_done == 11);
  CHECK_FALSE(status.failure);
}

TEST_CASE_FIXTURE(Fixture, "expiries stay, and what has expired goes") {
  const std::uint64_t now_ms = store->now_us() / 1000;
  REQUIRE(store->set("soon", "x", {.expires_at_ms = now_ms + 1}));
  REQUIRE(store->set("later", "x", {.expires_at_ms = now_ms + 1'000'000}));
  REQUIRE(store->set("never", "x"));
  while (get(*store, "soon") != "(nil)") std::this_thread::yield();
  REQUIRE(store->set("never", "y"));  // later than what has expired
  REQUIRE(store->compact(kNone));
  CHECK(store->compaction_status().keys == 2);
  CHECK((*store->stat("later"))->expires_at_ms == now_ms + 1'000'000);
  CHECK(store->stats().expiring_keys == 1);
}

TEST_CASE_FIXTURE(Fixture, "seqs and times stay") {
  const auto first = store->set("a", "1");
  REQUIRE(store->set("b", "2"));
  const auto before = *store->stat("a");
  REQUIRE(store->compact(kNone));
  const auto after = *store->stat("a");
  CHECK(after->seq == first->seq);
  CHECK(after->time_us == before->time_us);
  CHECK(store->set("c", "3")->seq == 3);
}

TEST_CASE_FIXTURE(Fixture, "a snapshot, a walk and a transaction go on over a compaction") {
  for (int i = 0; i < 100; ++i) REQUIRE(store->set("key" + std::to_string(100 + i), "old"));
  const Snapshot snapshot = *store->snapshot();
  auto walk = store->iterator({});
  (*walk)->first();
  Transaction reads = *store->transaction();
  Transaction conflicts = *store->transaction();
  std::string value;
  REQUIRE(*reads.get("key100", &value));
  REQUIRE(*conflicts.get("key101", &value));
  REQUIRE(store->set("key101", "new"));
  REQUIRE(store->compact({.keep = KeepHistory::day()}));
  REQUIRE(store->set("key102", "newer"));
  REQUIRE(*snapshot.get("key102", &value));
  CHECK(value == "old");
  int keys = 0;
  for (; (*walk)->valid(); (*walk)->next()) keys += (*walk)->value().value() == "old";
  CHECK(keys == 100);
  REQUIRE(reads.set("key100", "by the transaction"));
  CHECK(reads.commit(true));
  REQUIRE(conflicts.set("key101", "by the other"));
  CHECK(conflicts.commit(true).error().code == Code::kConflict);
  CHECK(get(*store, "key100") == "by the transaction");
  CHECK(get(*store, "key101") == "new");
}

TEST_CASE_FIXTURE(Fixture, "a list in steps goes on over compactions, and shows each key once") {
  const std::size_t keys = 500;
  for (std::size_t i = 0; i < keys; ++i) REQUIRE(store->set("key" + std::to_string(i), "v"));
  std::map<std::string, int> seen;
  std::string last;
  std::uint64_t cursor = 0, steps = 0;
  do {
    const auto next = store->scan_step(cursor, 7, [&](std::string_view key) {
      last = key;
      ++seen[last];
    });
    REQUIRE(next);
    cursor = *next;
    // Where the key itself goes, the others are to be found all the same.
    if (++steps % 20 == 0) REQUIRE(store->remove(last));
    if (steps % 20 < 3) REQUIRE(store->compact(kNone));
  } while (cursor != 0);
  CHECK(steps > 60);
  CHECK(seen.size() == keys);
  for (const auto& [key, times] : seen) REQUIRE(times == 1);
}

TEST_CASE_FIXTURE(Fixture, "a step of before a compaction goes on, whatever others have listed") {
  for (int i = 0; i < 2'000; ++i) REQUIRE(store->set("key" + std::to_string(10'000 + i), "v"));
  const auto nothing = [](std::string_view) {};
  const std::uint64_t cursor = *store->scan_step(0, 1'000, nothing);
  const auto list_all = [&](int rounds) {
    for (; rounds > 0; --rounds) {
      for (std::uint64_t at = *store->scan_step(0, 1, nothing); at != 0;) {
        at = *store->scan_step(at, 1, nothing);
      }
    }
  };
  list_all(5);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(store->compact(kNone));
    list_all(5);
    std::string first;
    REQUIRE(store->scan_step(cursor, 1, [&](std::string_view key) { first = key; }));
    CHECK(first == "key11000");
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "of long keys, too, many lists may be left off before one is forgotten") {
  const std::string tail(60'000, 'x');
  for (int i = 0; i < 200; ++i) REQUIRE(store->set(std::to_string(100 + i) + tail, "v"));
  const auto nothing = [](std::string_view) {};
  std::vector<std::uint64_t> cursors;
  for (int i = 1; i < 200; ++i) cursors.push_back(*store->scan_step(0, i, nothing));
  REQUIRE(store->compact(kNone));
  const auto first_from = [&](std::uint64_t cursor) {
    std::string first;
    REQUIRE(store->scan_step(cursor, 1, [&](std::string_view key) { first = key.substr(0, 3); }));
    return first;
  };
  CHECK(first_from(cursors[198]) == "299");
  CHECK(first_from(cursors[99]) == "200");
  CHECK(first_from(cursors[0]) == "100");
}

TEST_CASE_FIXTURE(Fixture, "a transaction from before the floor is refused") {
  REQUIRE(store->set("gone", "x"));
  Transaction transaction = *store->transaction();
  std::string value;
  REQUIRE(*transaction.get("gone", &value));
  REQUIRE(store->remove("gone"));
  REQUIRE(store->compact(kNone));
  REQUIRE(transaction.set("a", "because gone is there"));
  CHECK(transaction.commit(true).error().code == Code::kConflict);
}

TEST_CASE("writes, reads and lists go on during compactions, and none is lost") {
  Fixture f;
  REQUIRE(f.store->set("first", "x"));
  constexpr int kThreads = 3;
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  std::vector<std::uint64_t> written(kThreads, 0);
  std::atomic<std::uint64_t> wrong{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = "counter" + std::to_string(t);
      for (std::uint64_t i = 1; !done; ++i) {
        wrong += !f.store->set(key, std::to_string(i));
        wrong += !f.store->append("log" + std::to_string(t), "x");
        wrong += get(*f.store, key) != std::to_string(i);
        written[static_cast<std::size_t>(t)] = i;
      }
    });
  }
  threads.emplace_back([&] {
    std::uint64_t last = 0;
    while (!done) {
      const std::string now = get(*f.store, "counter0");
      const std::uint64_t number = now == "(nil)" ? 0 : std::stoull(now);
      wrong += number < last;
      last = number;
    }
  });
  for (int i = 0; i < 12; ++i) {
    const Status compacted =
        f.store->compact(i % 2 == 0 ? kNone : CompactionOptions{.keep = KeepHistory::day()});
    CHECK_MESSAGE(compacted, (compacted ? "" : compacted.error().message));
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  for (int round = 0; round < 2; ++round) {
    for (int t = 0; t < kThreads; ++t) {
      const std::uint64_t count = written[static_cast<std::size_t>(t)];
      CHECK(get(*f.store, "counter" + std::to_string(t)) == std::to_string(count));
      CHECK((*f.store->stat("log" + std::to_string(t)))->size == count);
    }
    f.reopen();
  }
}

TEST_CASE_FIXTURE(Fixture, "a reader of the file follows to the new one") {
  REQUIRE(store->set("a", "1"));
  Options reading;
  reading.read_only = true;
  const auto reader = open_store(files, reading);
  CHECK(get(*reader, "a") == "1");
  REQUIRE(store->compact(kNone));
  CHECK(get(*reader, "a") == "1");
  REQUIRE(store->set("a", "2"));
  CHECK(get(*reader, "a") == "2");
}

TEST_CASE_FIXTURE(Fixture, "what cannot be compacted is said, and nothing has changed") {
  CHECK(store->compact(kNone).error().code == Code::kNotFound);
  REQUIRE(store->set("a", "1"));
  CHECK(store->compact({.keep = {std::nullopt, std::nullopt, true}}).error().code == Code::kUsage);
  Status within;
  REQUIRE(store->update([&](Update&) {
    within = store->compact(kNone);
    return Status{};
  }));
  CHECK(within.error().code == Code::kUsage);
  CHECK(store->compact({.keep = KeepHistory::none(), .least_garbage = 50}).error().code ==
        Code::kSkipped);
  CHECK(get(*store, "a") == "1");
}

TEST_CASE("each failure leaves the old file or the new one, and the store goes on") {
  for (int at = 1; at < 40; ++at) {
    CAPTURE(at);
    Fixture f;
    Model model;
    std::mt19937_64 random(3);
    for (int i = 0; i < 100; ++i) write(*f.store, model, random);
    int calls = 0;
    const auto failing = [&]() -> Status {
      if (++calls == at) return fail(Code::kIo, "planted");
      return {};
    };
    f.files.on_change_of_name = failing;
    f.files.on_sync = failing;
    const Status done = f.store->compact(kNone);
    f.files.on_change_of_name = nullptr;
    f.files.on_sync = nullptr;
    CHECK(all(*f.store) == model);
    f.reopen();
    CHECK(all(*f.store) == model);
    if (calls < at) {
      CHECK(done);
      break;
    }
  }
}

TEST_CASE("lengths of history are read as they are shown") {
  for (const char* text : {"none", "all", "0", "1000", "7d", "12h", "30m", "90s"}) {
    CHECK(KeepHistory::parse(text)->to_string() == text);
  }
  CHECK(KeepHistory::parse("24h")->to_string() == "1d");
  for (const char* text : {"", "d", "7w", "-1", "1.5d", "99999999d", "7d "}) {
    CHECK(KeepHistory::parse(text).error().code == Code::kNumber);
  }
}

TEST_CASE("a compaction needs no more than it writes, where an index was written after the last write") {
  Fixture f;
  const std::string key(60'000, 'k');
  REQUIRE(f.store->set(key, "v"));
  REQUIRE(f.store->remove(key));
  REQUIRE(f.store->checkpoint());
  f.files.capacity = f.files.memory("a.bin").size() * 3;
  REQUIRE(f.store->compact({.keep = KeepHistory::none()}));
  CHECK(f.store->compaction_status().needed < 10'000);
  CHECK(*f.store->count() == 0);
}
