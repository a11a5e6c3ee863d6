// Store::transaction(): own writes, conflicts, limits. The anomalies it keeps out are in
// anomalies_test.cpp.
#include <filesystem>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/sorted_set/sorted_set.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;
using kvstore::testing::TempDir;

namespace {

std::string get(Transaction& transaction, std::string_view key, const At& at = {}) {
  std::string value;
  const auto found = transaction.get(key, &value, at);
  return !found ? name_of(found.error()) : *found ? value : "(nil)";
}

std::string part(Transaction& transaction, std::string_view key, std::int64_t offset,
                 std::uint64_t length) {
  std::string value;
  const auto found = transaction.read(key, offset, length, &value);
  return !found ? name_of(found.error()) : *found ? value : "(nil)";
}

std::string keys_of(Transaction& transaction, std::string_view prefix = "",
                    std::optional<std::string_view> after = {}, std::uint64_t limit = UINT64_MAX) {
  std::string keys;
  const Status walked = transaction.scan(prefix, after, limit, [&](std::string_view key) {
    keys.append(key).append(" ");
    return true;
  });
  return walked ? keys : name_of(walked.error());
}

std::string commit(Transaction& transaction) {
  const auto committed = transaction.commit();
  return committed ? "ok" : name_of(committed.error());
}

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);
  Transaction begin(const TransactionOptions& options = {}) { return *store->transaction(options); }
  std::string get_now(std::string_view key) { return kvstore::testing::get(*store, key); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a transaction sees its own writes, and nobody else does before the commit") {
  REQUIRE(store->set("a", "one"));
  REQUIRE(store->set("gone", "x"));
  Transaction mine = begin();
  REQUIRE(mine.set("a", "two"));
  CHECK(*mine.append("a", "+") == 4);
  CHECK(*mine.append("new", "n") == 1);
  CHECK(*mine.remove("gone"));
  CHECK(!*mine.remove("gone"));
  CHECK(!*mine.remove("never"));
  CHECK(get(mine, "a") == "two+");
  CHECK(part(mine, "a", -2, 9) == "o+");
  CHECK(get(mine, "gone") == "(nil)");
  CHECK((*mine.stat("new"))->size == 1);
  CHECK(keys_of(mine) == "a new ");
  CHECK(*mine.count() == 2);
  CHECK(get_now("a") == "one");
  CHECK(get_now("new") == "(nil)");
  CHECK(*mine.commit() == 3);
  CHECK(get_now("a") == "two+");
  CHECK(get_now("new") == "n");
  CHECK(get_now("gone") == "(nil)");
  CHECK((*store->stat("a"))->seq == (*store->stat("new"))->seq);
}

TEST_CASE_FIXTURE(Fixture, "appends in a transaction continue the value, and keep its expiry") {
  const std::uint64_t later = store->now_us() / 1000 + 1'000'000;
  REQUIRE(store->set("log", "12345", {.expires_at_ms = later}));
  Transaction mine = begin();
  CHECK(*mine.append("log", "678") == 8);
  CHECK(*mine.append("log", "9") == 9);
  CHECK(get(mine, "log") == "123456789");
  CHECK(part(mine, "log", 3, 4) == "4567");
  CHECK(part(mine, "log", 6, 100) == "789");
  CHECK(part(mine, "log", 1, 2) == "23");
  CHECK((*mine.stat("log"))->expires_at_ms == later);
  CHECK(commit(mine) == "ok");
  CHECK(get_now("log") == "123456789");
  CHECK((*store->stat("log"))->expires_at_ms == later);
  int versions = 0;
  REQUIRE(store->history("log", 9, [&](const Version&) { return ++versions > 0; }));
  CHECK(versions == 2);  // an append, and not the whole value anew
}

TEST_CASE_FIXTURE(Fixture, "a value begins anew after a removal, and after an own expiry") {
  REQUIRE(store->set("a", "old"));
  Transaction mine = begin();
  CHECK(*mine.remove("a"));
  CHECK(*mine.append("a", "new") == 3);
  REQUIRE(mine.set("past", "x", {.expires_at_ms = 1}));
  CHECK(get(mine, "past") == "(nil)");
  CHECK(*mine.append("past", "y") == 1);
  REQUIRE(mine.set("nx", "first", {.only_if_absent = true}));
  CHECK(name_of(mine.set("nx", "x", {.only_if_absent = true}).error()) == "error EXISTS");
  CHECK(commit(mine) == "ok");
  CHECK(get_now("a") == "new");
  CHECK(get_now("past") == "y");
  CHECK(get_now("nx") == "first");
}

TEST_CASE_FIXTURE(Fixture, "walks merge what the transaction wrote with what is there") {
  for (const char* key : {"a", "c", "e", "user:1", "user:3"}) REQUIRE(store->set(key, "x"));
  Transaction mine = begin();
  for (const char* key : {"b", "e", "user:0", "user:2", "z"}) REQUIRE(mine.set(key, "y"));
  CHECK(*mine.remove("c"));
  CHECK(*mine.remove("user:3"));
  CHECK(keys_of(mine) == "a b e user:0 user:1 user:2 z ");
  CHECK(keys_of(mine, "user:") == "user:0 user:1 user:2 ");
  CHECK(keys_of(mine, "user:", "user:0") == "user:1 user:2 ");
  CHECK(keys_of(mine, "", "b") == "e user:0 user:1 user:2 z ");
  CHECK(keys_of(mine, "", {}, 3) == "a b e ");
  CHECK(keys_of(mine, "user:", "user:00", 1) == "user:1 ");
  CHECK(keys_of(mine, "", {}, 0) == "");
  CHECK(keys_of(mine, "zz") == "");
}

// --- conflicts

TEST_CASE_FIXTURE(Fixture,
                  "what was read and has changed refuses the commit, and nothing is written") {
  REQUIRE(store->set("a", "one"));
  const auto conflicts = [&](auto read, auto change) {
    Transaction mine = begin();
    read(mine);
    REQUIRE(mine.set("mine", "x"));
    change();
    const std::string answer = commit(mine);
    const bool written = get_now("mine") == "x";
    REQUIRE(store->remove("mine"));
    CHECK(written == (answer == "ok"));
    return answer == "error CONFLICT";
  };
  const auto set_a = [&] { REQUIRE(store->set("a", "other")); };
  const auto set_b = [&] { REQUIRE(store->set("b", "other")); };
  const auto remove_b = [&] { REQUIRE(store->remove("b")); };
  const auto nothing = [] {};
  CHECK(conflicts([](Transaction& t) { get(t, "a"); }, set_a));
  CHECK(conflicts([](Transaction& t) { (void)t.stat("a"); }, set_a));
  CHECK(conflicts([](Transaction& t) { part(t, "a", 0, 1); }, set_a));
  CHECK(conflicts([](Transaction& t) { (void)t.append("a", "x"); }, set_a));
  CHECK(conflicts([](Transaction& t) { (void)t.remove("a"); }, set_a));
  CHECK(conflicts([](Transaction& t) { (void)t.history("a", 1, [](auto&) { return true; }); },
                  set_a));
  CHECK(conflicts([](Transaction& t) { get(t, "b"); }, set_b));  // it was missing
  CHECK(conflicts([](Transaction& t) { (void)t.remove("b"); }, remove_b));
  CHECK(conflicts([](Transaction& t) { keys_of(t); }, set_b));
  CHECK(conflicts([](Transaction& t) { keys_of(t); }, remove_b));
  CHECK(conflicts([](Transaction& t) { (void)t.count(); }, set_b));
  CHECK(conflicts([](Transaction& t) { keys_of(t, "b"); }, remove_b));
  // Not read, or not changed:
  CHECK(!conflicts([](Transaction& t) { get(t, "b"); }, set_a));
  CHECK(!conflicts([](Transaction& t) { (void)t.set("a", "blind"); }, set_a));
  CHECK(!conflicts([](Transaction& t) { keys_of(t, "c"); }, set_b));
  CHECK(!conflicts([](Transaction& t) { keys_of(t, "", {}, 1); }, set_b));  // it stopped before b
  CHECK(!conflicts([](Transaction& t) { keys_of(t); }, nothing));
}

TEST_CASE_FIXTURE(Fixture, "reading a version of the past is no reason to conflict") {
  const At first{.seq = store->set("a", "one")->seq, .time_us = {}};
  REQUIRE(store->set("a", "two"));
  Transaction mine = begin();
  CHECK(get(mine, "a", first) == "one");
  REQUIRE(mine.set("a", "mine"));
  CHECK(get(mine, "a", first) == "one");
  REQUIRE(store->set("a", "three"));
  CHECK(get(mine, "a", At{.seq = 99, .time_us = {}}) == "two");  // its own moment, which counts
  CHECK(commit(mine) == "error CONFLICT");
}

TEST_CASE_FIXTURE(Fixture, "a transaction that wrote nothing commits whatever others did") {
  REQUIRE(store->set("a", "one"));
  Transaction readers[] = {begin({.read_only = true}), begin()};
  for (Transaction& reader : readers) CHECK(get(reader, "a") == "one");
  REQUIRE(store->set("a", "two"));
  for (Transaction& reader : readers) {
    CHECK(get(reader, "a") == "one");
    CHECK(*reader.commit() == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "an expiry that has passed since it was read is a change") {
  const std::uint64_t soon = store->now_us() / 1000 + 50;
  REQUIRE(store->set("brief", "x", {.expires_at_ms = soon}));
  Transaction by_key = begin(), by_range = begin(), blind = begin();
  const bool was_there = get(by_key, "brief") == "x" && keys_of(by_range) == "brief ";
  for (Transaction* one : {&by_key, &by_range, &blind}) REQUIRE(one->set("mine", "y"));
  while (store->now_us() / 1000 < soon) std::this_thread::yield();
  CHECK(commit(blind) == "ok");
  if (!was_there) return;  // a very slow machine
  CHECK(commit(by_key) == "error CONFLICT");
  CHECK(commit(by_range) == "error CONFLICT");
}

TEST_CASE_FIXTURE(Fixture, "many writes of others since the snapshot are gone through for ranges") {
  REQUIRE(store->set("k:0", "x"));
  Transaction hit = begin(), miss = begin();
  CHECK(keys_of(hit, "k:") == "k:0 ");
  CHECK(keys_of(miss, "m:") == "");
  for (Transaction* one : {&hit, &miss}) REQUIRE(one->set("mine", "y"));
  Batch batch;
  for (int i = 0; i < 3000; ++i) batch.set("other:" + std::to_string(i), std::string(100, 'v'));
  REQUIRE(store->apply(batch));
  CHECK(commit(miss) == "ok");
  REQUIRE(store->set("k:5", "new"));
  CHECK(commit(hit) == "error CONFLICT");
}

TEST_CASE_FIXTURE(Fixture, "a seal and a checkpoint in between hide no change, and are none") {
  for (int i = 0; i < 500; ++i) REQUIRE(store->set("k:" + std::to_string(i), "x"));
  Transaction by_key = begin(), by_range = begin(), unhurt = begin();
  CHECK(get(by_key, "k:7") == "x");
  CHECK(keys_of(by_range, "z:") == "");
  CHECK(get(unhurt, "k:8") == "x");
  CHECK(keys_of(unhurt, "y:") == "");
  for (Transaction* one : {&by_key, &by_range, &unhurt}) REQUIRE(one->set("mine", "y"));
  REQUIRE(store->set("k:7", "changed"));
  REQUIRE(store->set("z:1", "new"));
  REQUIRE(store->checkpoint());
  CHECK(get(by_key, "k:7") == "x");
  REQUIRE(store->set("more", "behind the sealed part"));
  REQUIRE(store->checkpoint());
  CHECK(commit(by_key) == "error CONFLICT");
  CHECK(commit(by_range) == "error CONFLICT");
  CHECK(commit(unhurt) == "ok");
}

// --- its end, and limits

TEST_CASE_FIXTURE(Fixture,
                  "a transaction that is over, or rolled back, answers so and wrote nothing") {
  Transaction mine = begin();
  REQUIRE(mine.set("a", "x"));
  mine.rollback();
  CHECK(get_now("a") == "(nil)");
  CHECK(get(mine, "a") == "error USAGE");
  CHECK(name_of(mine.set("a", "x").error()) == "error USAGE");
  CHECK(commit(mine) == "error USAGE");
  { REQUIRE(begin().set("a", "dropped")); }
  CHECK(get_now("a") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture,
                  "writes are refused in a read-only transaction, and in a read-only store") {
  Transaction reader = begin({.read_only = true});
  CHECK(name_of(reader.set("a", "x").error()) == "error READONLY");
  CHECK(name_of(reader.append("a", "x").error()) == "error READONLY");
  CHECK(name_of(reader.remove("a").error()) == "error READONLY");
  CHECK(commit(reader) == "ok");
  REQUIRE(store->set("a", "x"));
  TempDir dir;
  open_store(dir / "a.bin")->set("a", "x").value();
  const auto shut = open_store(dir / "a.bin", {.read_only = true});
  Transaction mine = *shut->transaction();
  CHECK(get(mine, "a") == "x");
  CHECK(name_of(mine.set("a", "y").error()) == "error READONLY");
}

TEST_CASE_FIXTURE(Fixture,
                  "past its memory a transaction is rolled back, and gives its memory back") {
  Transaction mine = begin({.max_bytes = 4096});
  REQUIRE(mine.set("a", "x"));
  CHECK(name_of(mine.set("b", std::string(5000, 'x')).error()) == "error ABORTED");
  CHECK(mine.memory() == 0);
  CHECK(store->stats().transaction_bytes == 0);
  CHECK(get(mine, "a") == "error ABORTED");
  CHECK(commit(mine) == "error ABORTED");
  CHECK(get_now("a") == "(nil)");
  Transaction reads = begin({.max_bytes = 4096});
  int key = 0;
  while (get(reads, "key" + std::to_string(++key)) == "(nil)") REQUIRE(key < 1000);
  CHECK(commit(reads) == "error ABORTED");
  Transaction appends = begin({.max_bytes = 4096});
  while (appends.append("k", std::string(100, 'x'))) REQUIRE(appends.memory() <= 4096);
  CHECK(commit(appends) == "error ABORTED");
}

TEST_CASE("all transactions together have a limit, too") {
  SimFiles files;
  const auto store = open_store(files, {.transactions = {.bytes_of_all = 8192}});
  Transaction one = *store->transaction(), two = *store->transaction();
  REQUIRE(one.set("a", std::string(5000, 'x')));
  CHECK(name_of(two.set("b", std::string(5000, 'x')).error()) == "error ABORTED");
  CHECK(commit(one) == "ok");
  Transaction three = *store->transaction();
  CHECK(three.set("b", std::string(5000, 'x')));
}

TEST_CASE_FIXTURE(Fixture, "past its time a transaction is rolled back") {
  REQUIRE(store->set("a", "x"));
  Transaction mine = begin({.max_ms = 1});
  std::string answer;
  while (answer = get(mine, "a"), answer == "x") std::this_thread::yield();
  CHECK(answer == "error ABORTED");
  CHECK(commit(mine) == "error ABORTED");
}

TEST_CASE_FIXTURE(Fixture, "what no write may be is refused at once, and the transaction goes on") {
  Transaction mine = begin();
  CHECK(name_of(mine.set(std::string(70'000, 'k'), "x").error()) == "error TOOBIG");
  CHECK(name_of(mine.set("a", "x", {.expires_at_ms = UINT64_MAX}).error()) == "error TOOBIG");
  REQUIRE(mine.set("a", "x"));
  CHECK(commit(mine) == "ok");
}

TEST_CASE("a transaction of a reader commits to the file once it is open for writing") {
  TempDir dir;
  open_store(dir / "a.bin")->set("a", "one").value();
  const auto store = open_store(dir / "a.bin", {.lock_at_first_write = true});
  Transaction good = *store->transaction(), late = *store->transaction();
  CHECK(get(good, "a") == "one");
  CHECK(keys_of(late) == "a ");
  REQUIRE(good.set("a", "two"));
  REQUIRE(late.set("b", "two"));
  CHECK(commit(good) == "ok");
  CHECK(commit(late) == "error CONFLICT");
}

TEST_CASE("the first write of a database may be a transaction's, and two of them conflict") {
  SimFiles files;
  const auto store = open_store(files);
  Transaction one = *store->transaction(), two = *store->transaction();
  for (Transaction* each : {&one, &two}) {
    CHECK(get(*each, "a") == "(nil)");
    CHECK(keys_of(*each) == "");
    REQUIRE(each->set("a", "x"));
  }
  CHECK(commit(one) == "ok");
  CHECK(commit(two) == "error CONFLICT");
}

TEST_CASE("a file that was replaced refuses what was read of the one before") {
  TempDir dir;
  open_store(dir / "a.bin")->set("a", "one").value();
  open_store(dir / "b.bin")->set("b", "other").value();
  const auto store = open_store(dir / "a.bin", {.lock_at_first_write = true});
  Transaction mine = *store->transaction();
  CHECK(get(mine, "a") == "one");
  REQUIRE(mine.set("c", "x"));
  std::filesystem::rename(dir / "b.bin", dir / "a.bin");
  CHECK(commit(mine) == "error CONFLICT");
}

TEST_CASE("after its store was closed a transaction fails") {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("a", "x"));
  Transaction mine = *store->transaction();
  REQUIRE(mine.set("a", "y"));
  REQUIRE(store->close());
  CHECK(get(mine, "a") == "error FAILED");
  CHECK(commit(mine) == "error FAILED");
  store.reset();
}

TEST_CASE_FIXTURE(Fixture, "a failed attempt takes back what it has written, and nothing else") {
  const std::string large(100'000, 'v');
  REQUIRE(store->set("old", "o"));
  REQUIRE(store->set("large", large));
  Transaction mine = begin();
  REQUIRE(mine.set("own", "1"));
  REQUIRE(mine.append("old", "2"));
  REQUIRE(mine.change_sorted_set("z", std::vector<MemberChange>{{"a", 1.0}}));
  const std::uint64_t memory = mine.memory();
  const auto attempt = [&](bool throws) {
    return mine.attempt([&]() -> Status {
      REQUIRE(mine.append("own", "x"));
      REQUIRE(mine.set("own", "y"));
      REQUIRE(mine.expire("own", 4'000'000'000'000));
      REQUIRE(mine.remove("old"));
      REQUIRE(mine.copy("own", "old"));
      REQUIRE(mine.append("old", "more"));
      REQUIRE(mine.set("new", "n"));
      REQUIRE(mine.remove("new"));
      REQUIRE(mine.copy("large", "copied"));
      REQUIRE(mine.append("copied", "x"));
      REQUIRE(mine.change_sorted_set("z", std::vector<MemberChange>{{"a", std::nullopt}}));
      REQUIRE(mine.change_sorted_set("z", std::vector<MemberChange>{{"b", 1.0}}));
      if (throws) throw std::bad_alloc();
      return mine.set(std::string(100'000, 'k'), "");
    });
  };
  CHECK(name_of(attempt(false).error()) == "error TOOBIG");
  CHECK_THROWS_AS((void)attempt(true), std::bad_alloc);
  CHECK(keys_of(mine) == "large old own z ");
  CHECK(mine.memory() - memory < 1000);  // what was read remains noted
  REQUIRE(mine.append("own", "3"));
  REQUIRE(mine.attempt([&]() -> Status { return mine.set("new", "whole"); }));
  CHECK(commit(mine) == "ok");
  CHECK(get_now("own") == "13");
  CHECK(store->stat("own").value()->expires_at_ms == 0);
  CHECK(get_now("old") == "o2");
  CHECK(get_now("new") == "whole");
  CHECK(get_now("copied") == "(nil)");
  const auto set = store->sorted_set("z").value();
  REQUIRE(set.has_value());
  CHECK(set->size() == 1);
  CHECK(set->at(0).name == "a");
}

TEST_CASE_FIXTURE(Fixture, "a clear that an attempt follows stays") {
  REQUIRE(store->set("a", "1"));
  Transaction mine = begin();
  REQUIRE(mine.clear());
  CHECK_FALSE(mine.attempt([&]() -> Status {
    REQUIRE(mine.set("a", "2"));
    return fail(Code::kTooBig, "for the test");
  }));
  CHECK(commit(mine) == "ok");
  CHECK(get_now("a") == "(nil)");
}
