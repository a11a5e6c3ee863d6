#include "src/store/iterator.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/scan_cursor.h"
#include "src/store/snapshot.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

namespace {

using Model = std::map<std::string, std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store;
  Model model;
  std::mt19937_64 random{11};

  Fixture() { reopen(); }
  // With so little memory that every hundred records are sealed.
  void reopen(std::uint64_t memory = 100 << 10) {
    store.reset();
    Options options;
    options.file_system = &files;
    options.sync = SyncPolicy::none();
    options.memory = memory;
    store = *Store::open("a.bin", options);
  }
  std::string some_key() {
    static const char* const kStems[] = {"", "a", "user:", "user:12345678:", "\xff\xff", "b\xff"};
    std::string key = kStems[random() % 6];
    for (std::uint64_t more = random() % 4; more > 0; --more) key += "\0ab9\xff"[random() % 5];
    return key;
  }
  void write(int writes) {
    for (int i = 0; i < writes; ++i) {
      const std::string key = some_key();
      const std::uint64_t what = random() % 10;
      if (what == 0) {
        REQUIRE(store->remove(key));
        model.erase(key);
      } else if (what == 1) {  // has expired already
        REQUIRE(store->set(key, "gone", {.expires_at_ms = 1}));
        model.erase(key);
      } else if (what < 4) {
        REQUIRE(store->append(key, "+" + std::to_string(i)));
        model[key] += "+" + std::to_string(i);
      } else {
        model[key] = std::string(random() % 2000, 'x') + std::to_string(i);
        REQUIRE(store->set(key, model[key]));
      }
    }
  }
  std::unique_ptr<Iterator> iterator(const IteratorOptions& options = {}) {
    auto made = store->iterator(options);
    REQUIRE(made);
    return std::move(*made);
  }
};

Pairs rest_of(Iterator& iterator, bool back = false) {
  Pairs seen;
  for (; iterator.valid(); back ? iterator.prev() : iterator.next()) {
    const auto value = iterator.value();
    REQUIRE(value);
    const auto info = iterator.info();
    REQUIRE(info);
    REQUIRE(info->size == value->size());
    seen.emplace_back(iterator.key(), *value);
  }
  REQUIRE(iterator.status());
  return seen;
}

Pairs pairs_of(const Model& model, bool back = false) {
  Pairs pairs(model.begin(), model.end());
  if (back) std::reverse(pairs.begin(), pairs.end());
  return pairs;
}

// What the options leave of it.
Model part_of(const Model& model, const IteratorOptions& options) {
  Model part;
  for (const auto& [key, value] : model) {
    const bool shows = key.starts_with(options.prefix) &&
                       (!options.lower || key >= *options.lower) &&
                       (!options.upper || key < *options.upper);
    if (shows) part[key] = value;
  }
  return part;
}

void check_steps(Iterator& iterator, const Model& model, Fixture& fixture) {
  for (int i = 0; i < 40; ++i) {
    const std::string key = fixture.some_key();
    auto at = model.lower_bound(key);
    if (i % 2 == 0) {
      iterator.seek(key);
    } else {
      iterator.seek_before(key);
      at = at == model.begin() ? model.end() : std::prev(at);
    }
    for (int step = 0; step < 30; ++step) {
      REQUIRE(iterator.valid() == (at != model.end()));
      if (!iterator.valid()) break;
      REQUIRE(iterator.key() == at->first);
      const bool back = fixture.random() % 4 == 0 ? i % 2 == 0 : i % 2 == 1;
      back ? iterator.prev() : iterator.next();
      at = !back ? std::next(at) : at == model.begin() ? model.end() : std::prev(at);
    }
  }
}

// Keys by scan_step, `count` a step; `between` is called between two.
template <class Between>
std::map<std::string, int> scanned(Fixture& fixture, std::uint64_t count, Between&& between) {
  std::map<std::string, int> seen;
  std::uint64_t cursor = 0;
  do {
    const auto next = fixture.store->scan_step(
        cursor, count, [&](std::string_view key) { ++seen[std::string(key)]; });
    REQUIRE(next);
    CHECK(*next < std::uint64_t{1} << 63);
    cursor = *next;
    between();
  } while (cursor != 0);
  return seen;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an iterator shows what is there, sealed or not, there and back") {
  for (int round = 0; round < 12; ++round) {
    write(round == 0 ? 0 : 250);
    if (round % 3 == 0) REQUIRE(store->checkpoint());
    if (round % 4 == 3) reopen(round % 8 == 3 ? kDefaultMemory : 100 << 10);
    for (const bool keys_only : {false, true}) {
      const auto all = iterator({.keys_only = keys_only});
      CHECK_FALSE(all->valid());
      all->first();
      REQUIRE(rest_of(*all) == pairs_of(model));
      all->last();
      REQUIRE(rest_of(*all, true) == pairs_of(model, true));
      check_steps(*all, model, *this);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "bounds and a prefix leave the keys that all of them allow") {
  write(800);
  for (int i = 0; i < 200; ++i) {
    IteratorOptions options;
    if (random() % 2 == 0) options.lower = some_key();
    if (random() % 2 == 0) options.upper = some_key();
    if (random() % 2 == 0) options.prefix = some_key();
    const Model part = part_of(model, options);
    const auto found = iterator(options);
    found->first();
    REQUIRE(rest_of(*found) == pairs_of(part));
    found->last();
    REQUIRE(rest_of(*found, true) == pairs_of(part, true));
    check_steps(*found, part, *this);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "an iterator shows one version, whatever is written and sealed meanwhile") {
  write(300);
  const Model then = model;
  const std::uint64_t seq = store->stats().last_seq;
  const auto before = iterator();
  before->first();
  const auto snapshot = store->snapshot();
  REQUIRE(snapshot);
  write(700);
  REQUIRE(store->checkpoint());
  write(50);
  CHECK(rest_of(*before) == pairs_of(then));
  check_steps(*before, then, *this);
  const auto of_snapshot = *snapshot->iterator({});
  of_snapshot->first();
  CHECK(rest_of(*of_snapshot) == pairs_of(then));
  const auto now = iterator();
  now->last();
  CHECK(rest_of(*now, true) == pairs_of(model, true));
  // At a seq there is no time to judge expiries by.
  const auto at_seq = iterator({.at = {.seq = seq, .time_us = {}}});
  for (at_seq->first(); at_seq->valid(); at_seq->next()) {
    std::string value;
    REQUIRE(*store->get(at_seq->key(), &value, {.seq = seq, .time_us = {}}));
    REQUIRE(*at_seq->value() == value);
  }
  const auto at_none = iterator({.at = {.seq = 0, .time_us = {}}});
  at_none->first();
  CHECK_FALSE(at_none->valid());
}

TEST_CASE("a store without a file has no keys") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  const auto store = *Store::open("a.bin", options);
  const auto found = *store->iterator({});
  found->first();
  CHECK_FALSE(found->valid());
  CHECK(found->status());
  CHECK(*store->scan_step(0, 1, [](std::string_view) {}) == 0);
  CHECK(*store->scan_step(5, 1, [](std::string_view) {}) == 0);
}

TEST_CASE_FIXTURE(Fixture, "a scan in steps shows each key once, beside writes, seals and opens") {
  for (const std::uint64_t count : {1, 3, 50, 10'000}) {
    for (int i = 0; i < 400; ++i) REQUIRE(store->set("kept" + std::to_string(i), "v"));
    const auto seen = scanned(*this, count, [&] {
      // Keys come, go, and move within the log.
      const std::string number = std::to_string(random() % 400);
      REQUIRE(store->set("kept" + number, "again"));
      REQUIRE(store->set("new" + number, "v"));
      REQUIRE(store->remove("new" + std::to_string(random() % 400)));
      const std::uint64_t what = random() % 60;
      if (what == 0) reopen();
      if (what == 1) REQUIRE(store->checkpoint());
    });
    for (int i = 0; i < 400; ++i) REQUIRE(seen.at("kept" + std::to_string(i)) == 1);
    for (const auto& [key, times] : seen) REQUIRE(times == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "a step looks at no more keys than asked for, though all are deleted") {
  for (int i = 0; i < 100; ++i) REQUIRE(store->set("k" + std::to_string(1000 + i), "v"));
  for (int i = 0; i < 90; ++i) REQUIRE(store->remove("k" + std::to_string(1000 + i)));
  std::vector<std::string> seen;
  const auto visit = [&](std::string_view key) { seen.emplace_back(key); };
  std::uint64_t cursor = *store->scan_step(0, 50, visit);
  CHECK(seen.empty());
  cursor = *store->scan_step(cursor, 45, visit);
  CHECK(seen.size() == 5);
  CHECK(*store->scan_step(cursor, 5, visit) == 0);
  CHECK(seen.size() == 10);
}

TEST_CASE_FIXTURE(Fixture, "a cursor from nowhere, or of another file, leads to the first key") {
  Fixture another;
  for (int i = 100; i < 200; ++i) {
    REQUIRE(store->set("k" + std::to_string(i), "v"));
    REQUIRE(another.store->set("k" + std::to_string(i), "v"));
  }
  const auto nothing = [](std::string_view) {};
  const std::uint64_t cursor = *store->scan_step(0, 10, nothing);
  REQUIRE(restarts_of(cursor) == 0);
  for (const std::uint64_t other :
       {std::uint64_t{1}, cursor + 1, cursor - 1, cursor ^ 1 << 20, cursor | std::uint64_t{1} << 63,
        *another.store->scan_step(0, 10, nothing)}) {
    std::vector<std::string> seen;
    const auto next =
        store->scan_step(other, 2, [&](std::string_view key) { seen.emplace_back(key); });
    REQUIRE(next);
    CHECK(restarts_of(*next) == 1);
    CHECK(seen == std::vector<std::string>{"k100", "k101"});
  }
  reopen();
  std::string first;
  REQUIRE(store->scan_step(cursor, 1, [&](std::string_view key) { first = key; }));
  CHECK(first == "k110");
}

TEST_CASE_FIXTURE(Fixture, "a list that began anew seven times does not do so an eighth time") {
  for (int i = 100; i < 200; ++i) REQUIRE(store->set("k" + std::to_string(i), "v"));
  const auto nothing = [](std::string_view) {};
  std::uint64_t cursor = *store->scan_step(0, 10, nothing);
  for (unsigned i = 1; i <= kMostRestarts; ++i) {
    cursor = *store->scan_step(cursor ^ 1 << 20, 10, nothing);
    CHECK(restarts_of(cursor) == i);
    CHECK(step_length(cursor, 3) == std::uint64_t{3} << 4 * i);
  }
  CHECK(step_length(cursor, UINT64_MAX / 2) == UINT64_MAX);
  CHECK(store->scan_step(cursor ^ 1 << 20, 10, nothing).error().code == Code::kNumber);
  CHECK(store->scan_step(cursor, 10, nothing));
}

TEST_CASE_FIXTURE(Fixture, "a step may end at a key that is being written") {
  for (int i = 100; i < 200; ++i) REQUIRE(store->set("k" + std::to_string(i), "v"));
  std::atomic<bool> ends{false};
  std::thread writer([&] {
    while (!ends) REQUIRE(store->set("k109", "again"));
  });
  int failed = 0;
  for (int i = 0; i < 20'000; ++i) failed += !store->scan_step(0, 10, [](std::string_view) {});
  ends = true;
  writer.join();
  CHECK(failed == 0);
}

TEST_CASE_FIXTURE(Fixture, "a damaged value costs its value, and the walk goes on") {
  reopen(kDefaultMemory);
  for (const char* const key : {"a", "b", "c"}) {
    REQUIRE(store->set(key, std::string("value of ") + key));
  }
  files.flip("a.bin", files.memory("a.bin").find("value of b"));
  const auto found = iterator();
  found->seek("b");
  REQUIRE(found->valid());
  const auto value = found->value();
  REQUIRE_FALSE(value);
  CHECK(value.error().code == Code::kCorrupt);
  CHECK(value.error().message.starts_with("key \"b\" seq 2 offset "));
  found->next();
  CHECK(rest_of(*found) == Pairs{{"c", "value of c"}});
}

TEST_CASE_FIXTURE(Fixture, "a damaged record is CORRUPT where it is met, and costs no other") {
  for (const bool sealed : {false, true}) {
    reopen(kDefaultMemory);
    for (const char* const key : {"a", "b", "c"}) {
      REQUIRE(store->set(key, std::string("value of ") + key));
    }
    if (sealed) REQUIRE(store->checkpoint());
    const auto before = iterator();  // has sorted it already
    const std::size_t at = files.memory("a.bin").rfind("value of b") - 9;
    files.flip("a.bin", at);
    for (const bool is_new : {false, true}) {
      const auto fresh = is_new ? iterator() : nullptr;
      Iterator& found = is_new ? *fresh : *before;
      std::string good;
      bool is_corrupt = false;
      for (found.first(); found.valid(); found.next()) {
        const auto value = found.value();
        if (value) {
          good += found.key();
        } else {
          CHECK(found.key() == "b");
          CHECK(value.error().code == Code::kCorrupt);
          is_corrupt = true;
        }
      }
      if (sealed) {  // the index has its key
        CHECK(found.status());
        CHECK(is_corrupt);
        CHECK(good == "ac");
      } else {
        REQUIRE_FALSE(found.status());
        CHECK(found.status().error().code == Code::kCorrupt);
        CHECK(good.size() < 2);
      }
    }
    files.flip("a.bin", at);
  }
}

TEST_CASE_FIXTURE(Fixture, "threads walk beside one that writes and seals, and see whole batches") {
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  // Every batch sets three keys far apart to one value.
  const auto write_batch = [&](int i) {
    Batch batch;
    for (const char* const stem : {"a", "m", "z"}) {
      batch.set(stem + std::to_string(i % 500), std::to_string(i));
    }
    return store->apply(batch).has_value();
  };
  for (int i = 0; i < 500; ++i) REQUIRE(write_batch(i));
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto made = store->iterator({});
        if (!made) {
          ++wrong;
          continue;
        }
        Iterator& found = **made;
        std::map<char, Model> by_stem;
        for (found.first(); found.valid(); found.next()) {
          by_stem[found.key()[0]][std::string(found.key().substr(1))] = *found.value();
        }
        wrong += !found.status() || by_stem['a'].size() != 500 || by_stem['a'] != by_stem['m'] ||
                 by_stem['a'] != by_stem['z'];
      }
    });
  }
  for (int i = 500; i < 6000; ++i) wrong += !write_batch(i);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}
