// Sorted sets as values: what a store, a snapshot and a transaction answer of them.
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/sorted_set/changes.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using namespace kvstore::testing;

namespace {

using Changes = std::vector<MemberChange>;

MemberChange gone(std::string_view name) { return {name, std::nullopt}; }

// "a 1, b 2.5"; "(nil)" or the name of the error.
std::string shown(const Result<std::optional<SortedSet>>& set) {
  if (!set) return name_of(set.error());
  if (!*set) return "(nil)";
  std::string text;
  for (auto at = (*set)->cursor(0); at.valid(); at.next()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", at.member().name, at.member().score);
  }
  return text;
}

struct Fixture {
  SimFiles files;
  Options options;
  std::unique_ptr<Store> store;
  Fixture() { reopen(); }
  void reopen() {
    store.reset();
    options.file_system = &files;
    store = *Store::open("a.bin", options);
  }
  Status change(std::string_view key, const Changes& changes) {
    const auto done =
        store->update([&](Update& update) { return update.change_sorted_set(key, changes); });
    return done ? Status() : Status(fail(done.error()));
  }
  std::string set(std::string_view key, const At& at = {}) {
    return shown(store->sorted_set(key, at));
  }
  Stats stats() { return store->stats(); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a set is changed, read, reopened, and removed when it becomes empty") {
  CHECK(set("z") == "(nil)");
  REQUIRE(change("z", {{"b", 2}, {"a", 1}}));
  CHECK(set("z") == "a 1, b 2");
  REQUIRE(change("z", {{"a", 3}, {"c", -1}}));
  REQUIRE(change("z", {gone("b")}));
  CHECK(set("z") == "c -1, a 3");
  CHECK((*store->stat("z"))->type == ValueType::kZset);
  reopen();
  CHECK(set("z") == "c -1, a 3");
  REQUIRE(change("z", {gone("a"), gone("c")}));
  CHECK(set("z") == "(nil)");
  CHECK_FALSE(store->stat("z")->has_value());
  REQUIRE(change("z", {gone("a")}));  // of nothing: nothing
  REQUIRE(change("z", {}));
  CHECK_FALSE(store->stat("z")->has_value());
  CHECK(*store->count() == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "each version of a set can be read, and all that is said of it is right") {
  REQUIRE(change("z", {{"a", 1}}));             // 1
  REQUIRE(change("z", {{"b", 2}}));             // 2
  REQUIRE(store->set("z", "text"));             // 3
  REQUIRE(store->remove("z"));                  // 4
  REQUIRE(change("z", {{"c", 3}}));             // 5
  REQUIRE(store->expire("z", 4102444800000));   // 6
  REQUIRE(change("z", {{"d", 4}, gone("c")}));  // 7
  for (int round = 0; round < 2; ++round) {
    CHECK(set("z", at_seq(7)) == "d 4");
    CHECK(set("z", at_seq(1)) == "a 1");
    CHECK(set("z", at_seq(6)) == "c 3");
    CHECK(set("z", at_seq(2)) == "a 1, b 2");
    CHECK(set("z", at_seq(3)) == "error TYPE");
    CHECK(set("z", at_seq(4)) == "(nil)");
    CHECK(set("z", at_seq(5)) == "c 3");
    CHECK(set("z") == "d 4");
    reopen();
  }
  CHECK((*store->stat("z"))->expires_at_ms == 4102444800000);
  std::string types;
  REQUIRE(store->history("z", 100, [&](const Version& version) {
    types += fmt::format("{} ", static_cast<int>(version.type));
    return true;
  }));
  CHECK(types == "2 2 2 0 1 2 2 ");
}

TEST_CASE_FIXTURE(Fixture, "a value of another type answers TYPE, and SET replaces any") {
  REQUIRE(store->set("s", "text"));
  REQUIRE(change("z", {{"a", 1}}));
  CHECK(set("s") == "error TYPE");
  CHECK(change("s", {{"a", 1}}).error().code == Code::kType);
  std::string value;
  CHECK(store->get("z", &value).error().code == Code::kType);
  CHECK(store->read("z", 0, 5, &value).error().code == Code::kType);
  CHECK(store->append("z", "more").error().code == Code::kType);
  CHECK(store->append("s", "x", {.type = ValueType::kZset}).error().code == Code::kType);
  CHECK(*store->read_bytes("z", 0, 100, &value));
  CHECK(value.size() == 11);
  const auto done = store->update([&](Update& update) -> Status {
    CHECK(update.get("z", &value).error().code == Code::kType);
    CHECK(update.append("z", "x").error().code == Code::kType);
    CHECK(update.sorted_set("s").error().code == Code::kType);
    KV_TRY(update.set("z", "text"));
    CHECK(update.sorted_set("z").error().code == Code::kType);
    KV_TRY(update.remove("z"));
    KV_TRY(update.change_sorted_set("z", Changes{{"b", 2}}));
    CHECK(update.append("z", "x").error().code == Code::kType);
    CHECK((*update.stat("z"))->type == ValueType::kZset);
    return {};
  });
  REQUIRE(done);
  CHECK(set("z") == "b 2");
  REQUIRE(store->set("z", "text"));
  CHECK(get(*store, "z") == "text");
  CHECK((*store->stat("z"))->type == ValueType::kString);
}

TEST_CASE_FIXTURE(Fixture, "an update sees its own changes, and one that fails leaves no trace") {
  REQUIRE(change("z", {{"a", 1}, {"b", 2}}));
  const auto done = store->update([&](Update& update) -> Status {
    KV_TRY(update.change_sorted_set("z", Changes{{"c", 3}}));
    CHECK(shown(update.sorted_set("z")) == "a 1, b 2, c 3");
    KV_TRY(update.change_sorted_set("z", Changes{gone("a"), {"b", 0}}));
    KV_TRY(update.change_sorted_set("new", Changes{{"x", 1}}));
    KV_TRY(update.change_sorted_set("new", Changes{gone("x")}));
    CHECK(shown(update.sorted_set("new")) == "(nil)");
    SortedSet other;
    other.set("m", 5);
    KV_TRY(update.set_sorted_set("stored", other));
    KV_TRY(update.change_sorted_set("stored", Changes{{"n", 6}}));
    CHECK(shown(update.sorted_set("stored")) == "m 5, n 6");
    CHECK(shown(update.sorted_set("z")) == "b 0, c 3");
    return {};
  });
  REQUIRE(done);
  CHECK(set("z") == "b 0, c 3");
  CHECK(set("new") == "(nil)");
  CHECK(set("stored") == "m 5, n 6");
  CHECK_FALSE(store->update([&](Update& update) -> Status {
    KV_TRY(update.change_sorted_set("z", Changes{{"q", 1}}));
    return fail(Code::kUsage, "no");
  }));
  CHECK(set("z") == "b 0, c 3");
  reopen();
  CHECK(set("z") == "b 0, c 3");
  CHECK(set("stored") == "m 5, n 6");
}

TEST_CASE_FIXTURE(Fixture,
                  "sets that an update reads in turns are each changed by their own changes") {
  REQUIRE(change("y", {{"a", 1}}));
  REQUIRE(change("z", {{"b", 2}}));
  for (const bool reads_both : {false, true}) {
    const double score = reads_both ? 7 : 5;
    REQUIRE(store->update([&](Update& update) -> Status {
      KV_TRY(update.sorted_set("y"));
      if (reads_both) KV_TRY(update.sorted_set("z"));
      KV_TRY(update.change_sorted_set("z", Changes{{"b", score}, {"c", score}}));
      KV_TRY(update.change_sorted_set("y", Changes{{"a", score}, {"d", score}}));
      return {};
    }));
    CHECK(set("y") == fmt::format("a {0}, d {0}", score));
    CHECK(set("z") == fmt::format("b {0}, c {0}", score));
  }
  reopen();
  CHECK(set("y") == "a 7, d 7");
  CHECK(set("z") == "b 7, c 7");
}

TEST_CASE_FIXTURE(Fixture, "a score that is no number is refused, infinite ones are not") {
  const double infinite = std::numeric_limits<double>::infinity();
  CHECK(change("z", {{"a", std::nan("")}}).error().code == Code::kNumber);
  CHECK(set("z") == "(nil)");
  REQUIRE(change("z", {{"a", infinite}, {"b", -infinite}}));
  CHECK(set("z") == "b -inf, a inf");
  auto transaction = *store->transaction();
  CHECK(transaction.change_sorted_set("z", Changes{{"a", std::nan("")}}).error().code ==
        Code::kNumber);
}

TEST_CASE_FIXTURE(Fixture, "a transaction sees one moment and its own changes") {
  REQUIRE(change("z", {{"a", 1}}));
  REQUIRE(store->set("s", "text"));
  auto transaction = *store->transaction();
  REQUIRE(change("other", {{"x", 1}}));
  CHECK(shown(transaction.sorted_set("other")) == "(nil)");
  CHECK(transaction.sorted_set("s").error().code == Code::kType);
  CHECK(transaction.change_sorted_set("s", Changes{{"a", 1}}).error().code == Code::kType);
  REQUIRE(transaction.change_sorted_set("z", Changes{{"b", 2}}));
  REQUIRE(transaction.change_sorted_set("z", Changes{{"c", 3}, gone("a")}));
  CHECK(shown(transaction.sorted_set("z")) == "b 2, c 3");
  CHECK(shown(transaction.sorted_set("z", at_seq(1))) == "a 1");
  CHECK(transaction.append("z", "x").error().code == Code::kType);
  std::string value;
  CHECK(transaction.get("z", &value).error().code == Code::kType);
  CHECK((*transaction.stat("z"))->type == ValueType::kZset);
  REQUIRE(transaction.change_sorted_set("new", Changes{{"n", 1}}));
  REQUIRE(transaction.expire("new", 4102444800000));
  REQUIRE(transaction.change_sorted_set("gone", Changes{{"n", 1}}));
  REQUIRE(transaction.change_sorted_set("gone", Changes{gone("n")}));
  SortedSet stored;
  stored.set("m", 1);
  REQUIRE(transaction.set_sorted_set("stored", stored));
  CHECK(set("z") == "a 1");
  // Who has read nothing that others wrote since commits.
  CHECK(transaction.commit().error().code == Code::kConflict);  // it has read "other"
  auto again = *store->transaction();
  REQUIRE(again.change_sorted_set("z", Changes{{"b", 2}, {"c", 3}, gone("a")}));
  REQUIRE(again.set_sorted_set("stored", stored));
  REQUIRE(again.change_sorted_set("stored", Changes{{"n", 2}}));
  REQUIRE(again.change_sorted_set("new", Changes{{"n", 1}}));
  REQUIRE(again.expire("new", 4102444800000));
  REQUIRE(again.commit());
  for (int round = 0; round < 2; ++round) {
    CHECK(set("z") == "b 2, c 3");
    CHECK(set("stored") == "m 1, n 2");
    CHECK(set("new") == "n 1");
    CHECK((*store->stat("new"))->expires_at_ms == 4102444800000);
    reopen();
  }
}

TEST_CASE_FIXTURE(Fixture, "a transaction that has read a set is refused if that has changed") {
  REQUIRE(change("z", {{"a", 1}}));
  auto reads = *store->transaction();
  CHECK(shown(reads.sorted_set("z")) == "a 1");
  REQUIRE(reads.set("s", "x"));
  auto changes = *store->transaction();
  REQUIRE(changes.change_sorted_set("z", Changes{{"b", 1}}));
  auto blind = *store->transaction();
  SortedSet set_anew;
  set_anew.set("only", 1);
  REQUIRE(blind.set_sorted_set("z", set_anew));
  REQUIRE(change("z", {{"c", 3}}));
  CHECK(shown(reads.sorted_set("z")) == "a 1");
  CHECK(reads.commit().error().code == Code::kConflict);
  CHECK(changes.commit().error().code == Code::kConflict);
  REQUIRE(blind.commit());
  CHECK(set("z") == "only 1");
}

TEST_CASE_FIXTURE(Fixture, "undo gives back the set, and the type") {
  REQUIRE(change("z", {{"a", 1}}));
  REQUIRE(change("z", {{"b", 2}}));
  REQUIRE(store->undo("z"));
  CHECK(set("z") == "a 1");
  REQUIRE(store->set("z", "text"));
  REQUIRE(store->undo("z"));
  CHECK(set("z") == "a 1");
  REQUIRE(store->undo("z"));
  CHECK(get(*store, "z") == "text");
  auto transaction = *store->transaction();
  REQUIRE(transaction.undo("z"));
  CHECK(shown(transaction.sorted_set("z")) == "a 1");
  REQUIRE(transaction.change_sorted_set("z", Changes{{"c", 3}}));
  REQUIRE(transaction.commit());
  CHECK(set("z") == "a 1, c 3");
}

TEST_CASE_FIXTURE(Fixture, "a set outlives compactions, with and without its history") {
  for (int i = 0; i < 300; ++i) {
    REQUIRE(change("z", {{fmt::format("m{}", i % 50), i * 1.0}}));
  }
  const std::string before = set("z");
  const std::uint64_t folds = stats().sorted_set_folds;
  REQUIRE(store->compact({}));
  CHECK(set("z") == before);
  CHECK(stats().sorted_set_folds == folds);  // its versions are the same ones
  REQUIRE(change("z", {{"m0", -5}}));
  const std::string after = set("z");
  CHECK(after.starts_with("m0 -5"));
  reopen();
  CHECK(set("z") == after);
  REQUIRE(store->compact({.keep = {std::nullopt, 1, false}}));
  reopen();
  CHECK(set("z") == after);
  CHECK((*store->stat("z"))->type == ValueType::kZset);
}

TEST_CASE_FIXTURE(Fixture, "changes that outgrow the set are written anew, by whoever makes them") {
  const auto size = [&] { return (*store->stat("z"))->size; };
  std::uint64_t most = 0;
  for (int i = 0; i < 400; ++i) {
    Changes changes;
    const std::string name(1'000, static_cast<char>('a' + i % 3));
    changes.push_back({name, i * 1.0});
    if (i % 2 == 0) {
      REQUIRE(change("z", changes));
    } else {
      auto transaction = *store->transaction();
      REQUIRE(transaction.change_sorted_set("z", changes));
      REQUIRE(transaction.commit());
    }
    most = std::max(most, size());
  }
  CHECK(most < 80'000);
  CHECK(most > 60'000);
  CHECK((*store->sorted_set("z"))->size() == 3);
  const std::string now = set("z");
  reopen();
  CHECK(set("z") == now);
}

TEST_CASE_FIXTURE(Fixture,
                  "a kept set is brought forward by the changes since, and found at once") {
  REQUIRE(change("z", {{"a", 1}}));
  reopen();
  CHECK(set("z") == "a 1");
  CHECK(stats().sorted_set_folds == 1);
  CHECK(stats().sorted_sets == 1);
  // By bytes, as an import writes them: nobody has told what the set is now.
  std::string bytes;
  sorted_set::append_change({"b", 2}, &bytes);
  REQUIRE(store->append("z", bytes, {.type = ValueType::kZset}));
  REQUIRE(store->expire("z", 4102444800000));
  CHECK(set("z") == "a 1, b 2");
  REQUIRE(change("z", {{"c", 3}}));
  CHECK(set("z") == "a 1, b 2, c 3");
  CHECK(stats().sorted_set_folds == 1);
  // Anew: what is kept is of no use.
  REQUIRE(store->set("z", bytes, {.type = ValueType::kZset}));
  REQUIRE(store->append("z", bytes, {.type = ValueType::kZset}));
  CHECK(set("z") == "b 2");
  CHECK(stats().sorted_set_folds == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "bytes that are no set's, and damage anywhere in the chain, are CORRUPT") {
  REQUIRE(store->set("z", "hello", {.type = ValueType::kZset}));
  CHECK(set("z") == "error CORRUPT");
  CHECK(change("z", {{"a", 1}}).error().code == Code::kCorrupt);
  REQUIRE(change("good", {{"first member", 1}}));
  REQUIRE(change("good", {{"second member", 2}}));
  REQUIRE(change("good", {{"third member", 3}}));
  store.reset();
  for (const char* const name : {"first member", "second member", "third member"}) {
    SimFiles damaged;
    Image image = files.memory("a.bin");
    const auto at =
        std::search(image.begin(), image.end(), name, name + std::string_view(name).size());
    REQUIRE(at != image.end());
    *at = static_cast<char>(*at ^ 1);
    damaged.put("a.bin", image);
    Options opening;
    opening.file_system = &damaged;
    const auto opened = *Store::open("a.bin", opening);
    CHECK(shown(opened->sorted_set("good")) == "error CORRUPT");
    CHECK((*opened->stat("good"))->type == ValueType::kZset);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a set that is too large for the memory is refused, others are let go of") {
  options.memory = kLeastMemory;
  reopen();
  const auto fill = [&](const std::string& key, int members) -> Status {
    SortedSet set;
    for (int i = 0; i < members; ++i) set.set(fmt::format("{}{}", key, i), i);
    const auto done =
        store->update([&](Update& update) { return update.set_sorted_set(key, set); });
    return done ? Status() : Status(fail(done.error()));
  };
  CHECK(fill("large", 200'000).error().code == Code::kTooBig);
  for (int i = 0; i < 6; ++i) REQUIRE(fill(fmt::format("k{}", i), 30'000));
  CHECK(stats().sorted_set_bytes <= kLeastMemory / 2);
  for (int i = 0; i < 6; ++i) {
    CHECK((*store->sorted_set(fmt::format("k{}", i)))->size() == 30'000);
    CHECK(stats().sorted_set_bytes <= kLeastMemory / 2);
  }
  CHECK(stats().sorted_set_folds >= 4);
  // Written as bytes nobody looks at it; who asks is told.
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) {
    sorted_set::append_change({fmt::format("member {}", i), i * 1.0}, &bytes);
  }
  REQUIRE(store->set("large", bytes, {.type = ValueType::kZset}));
  CHECK(set("large") == "error TOOBIG");
  CHECK(change("large", {{"a", 1}}).error().code == Code::kTooBig);
  REQUIRE(store->remove("large"));
  Status grown;
  for (int i = 0; grown && i < 400; ++i) {
    Changes changes;
    std::vector<std::string> names;
    for (int j = 0; j < 500; ++j) names.push_back(fmt::format("{}:{}", i, j));
    for (const std::string& name : names) changes.push_back({name, i * 1.0});
    grown = change("grown", changes);
  }
  REQUIRE_FALSE(grown);
  CHECK(grown.error().code == Code::kTooBig);
  CHECK((*store->sorted_set("grown"))->size() > 50'000);
}

TEST_CASE_FIXTURE(Fixture, "an update tells which sets it would have to read under the lock") {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back(fmt::format("member {}", i));
  Changes all;
  for (const std::string& name : names) all.push_back({name, 1});
  REQUIRE(change("large", all));
  REQUIRE(change("small", {{"a", 1}}));
  REQUIRE(store->set("text", std::string(100'000, 't')));
  const auto told = [&] {
    std::string keys;
    (void)store->update([&](Update& update) -> Status {
      for (const char* const key : {"large", "small", "text", "none"}) {
        if (update.has_set_to_read(key)) keys += key;
      }
      KV_TRY(update.change_sorted_set("large", Changes{gone("member 1")}));
      CHECK(!update.has_set_to_read("large"));
      return fail(Code::kState, "for the test");
    });
    return keys;
  };
  reopen();
  CHECK(told() == "large");
  reopen();
  REQUIRE(store->sorted_set("large"));
  CHECK(told() == "");
  REQUIRE(change("large", {gone("member 0")}));
  CHECK(told() == "");
}

TEST_CASE_FIXTURE(Fixture, "readers beside a writer see each set as of one version") {
  constexpr int kMembers = 100;
  const auto round = [&](int number) {
    std::vector<std::string> names;
    for (int i = 0; i < kMembers; ++i) names.push_back(fmt::format("member {}", i));
    Changes changes;
    for (const std::string& name : names) changes.push_back({name, number * 1.0});
    REQUIRE(change("z", changes));
    Changes few(changes.begin(), changes.begin() + 2);
    for (MemberChange& one : few) one.score = -number;
    REQUIRE(change("few", few));
  };
  round(0);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0}, reads{0};
  const auto is_one_version = [](const std::optional<SortedSet>& set, std::uint64_t size) {
    return set && set->size() == size && set->at(0).score == set->at(size - 1).score;
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, i] {
      while (!stop) {
        wrong += !is_one_version(*store->sorted_set("z"), kMembers);
        wrong += !is_one_version(*store->sorted_set("few"), 2);
        const auto snapshot = *store->snapshot();
        const auto both = *snapshot.sorted_set("z");
        wrong += !is_one_version(both, kMembers);
        if (i == 1) wrong += !is_one_version(*store->sorted_set("z", at_seq(2)), kMembers);
        ++reads;
      }
    });
  }
  for (int number = 1; number <= 150 || reads < 50; ++number) round(number);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}
