// Store::clear(): one record deletes all keys, and everything that asks for a key's newest record
// knows it.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/log/scanner.h"
#include "src/store/backup.h"
#include "src/store/diff.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/open_store.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::at_time;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);

  std::string get(std::string_view key, const At& at = {}) { return testing::get(*store, key, at); }
  std::uint64_t set(std::string_view key, std::string_view value, std::uint64_t expires_ms = 0) {
    return store->set(key, value, {.expires_at_ms = expires_ms})->seq;
  }
  std::uint64_t clear() {
    const auto done = store->clear();
    REQUIRE(done);
    return *done;
  }
  std::string keys(const At& at = {}) {
    std::string keys;
    const auto walk = store->iterator({.keys_only = true, .at = at});
    if (!walk) return name_of(walk.error());
    for ((*walk)->first(); (*walk)->valid(); (*walk)->next())
      keys += std::string((*walk)->key()) + " ";
    return (*walk)->status() ? keys : name_of((*walk)->status().error());
  }
  std::string history(std::string_view key) {
    static constexpr const char* kNames[] = {"set",  "append", "delete", "expire",
                                             "hole", "gap",    "cut",    "clear"};
    std::string text;
    const Status told = store->history(key, 100, [&](const Version& version) {
      text += kNames[static_cast<int>(version.kind)];
      text += ":" + std::to_string(version.seq) + " ";
      return true;
    });
    return told ? text : name_of(told.error());
  }
  std::string changes(std::uint64_t from, std::uint64_t to, const std::string& prefix = "") {
    auto diff = Diff::between(*store->snapshot(), at_seq(from), at_seq(to), prefix);
    if (!diff) return name_of(diff.error());
    const auto text = [](const std::optional<std::uint64_t>& size) {
      return size ? std::to_string(*size) : std::string("-");
    };
    std::string all;
    while (true) {
      const auto change = diff->next();
      if (!change) return name_of(change.error());
      if (!*change) return all;
      all += std::string((*change)->key) + ":" + std::to_string((*change)->seq) + ":" +
             text((*change)->size_before) + ">" + text((*change)->size_after) + " ";
    }
  }
  void reopen() {
    REQUIRE(store->close());
    store = open_store(files);
  }
  // As after a kill: nothing is closed properly.
  void reopen_killed() {
    auto image = files.memory("a.bin");
    store.reset();
    files.put("a.bin", image);
    store = open_store(files);
  }
  // The first record that is as asked for; of a file that was closed.
  template <class Wanted>
  log::Record record_in_file(Wanted wanted) {
    const testing::Image image = files.memory("a.bin");
    const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
    const auto page = log::read_header_page(data, image.size(), "a.bin");
    const log::Binding binding(page->header.file_id);
    log::Scanner scanner({data, image.size(), &binding});
    while (scanner.next() == log::Scanner::Step::kRecord) {
      if (wanted(scanner.record())) return scanner.record();
    }
    FAIL("there is no such record");
    return {};
  }
  std::uint64_t offset_of_clear() {
    return record_in_file([](const log::Record& record) { return record.is_of_all(); }).offset;
  }
  void damage(std::uint64_t begin, std::uint64_t end) {
    store.reset();
    testing::Image image = files.memory("a.bin");
    for (std::uint64_t at = begin; at < end; ++at) image[at] = static_cast<char>(image[at] ^ 0x55);
    files.put("a.bin", image);
    store = open_store(files);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a clear deletes all keys by one record, and what they were stays history") {
  CHECK(*store->clear() == 0);  // there is no file yet
  set("a", "one");
  set("b", "two");
  const std::uint64_t size = store->stats().file_size;
  CHECK(clear() == 3);
  CHECK(store->stats().file_size <= size + 56);
  CHECK(get("a") == "(nil)");
  CHECK(keys() == "");
  CHECK(*store->count() == 0);
  CHECK(get("a", at_seq(2)) == "one");
  CHECK(get("a", at_seq(3)) == "(nil)");
  CHECK(keys(at_seq(2)) == "a b ");
  CHECK(keys(at_seq(3)) == "");
  CHECK(history("a") == "clear:3 set:1 ");
  CHECK(changes(1, 3) == "a:3:3>- ");
  CHECK(changes(2, 3) == "a:3:3>- b:3:3>- ");
  CHECK(changes(2, 3, "b") == "b:3:3>- ");
  CHECK(changes(0, 3) == "");
  // Nothing is there to be deleted.
  CHECK(clear() == 3);
}

TEST_CASE_FIXTURE(Fixture, "what is written after a clear begins anew") {
  set("a", "one", 9'000'000'000'000);
  set("b", "two");
  clear();
  CHECK(store->append("a", "+")->total == 1);
  CHECK(!store->set("b", "2")->existed);
  CHECK(!store->remove("c")->existed);
  CHECK(get("a") == "+");
  CHECK((*store->stat("a"))->expires_at_ms == 0);
  CHECK(keys() == "a b ");
  CHECK(*store->count() == 2);
  CHECK(history("a") == "append:4 clear:3 set:1 ");
  CHECK(changes(2, 5) == "a:4:3>1 b:5:3>1 ");
  clear();
  CHECK(history("a") == "clear:6 append:4 clear:3 set:1 ");
  CHECK(changes(2, 6) == "a:6:3>- b:6:3>- ");
  CHECK(changes(4, 6) == "a:6:1>- ");
  reopen();
  CHECK(get("a", at_seq(5)) == "+");
  CHECK(get("a", at_seq(3)) == "(nil)");
  CHECK(get("a", at_seq(2)) == "one");
  CHECK(get("a") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "an undo brings back what a clear has deleted, and can be undone") {
  set("a", "one");
  set("b", "two");
  REQUIRE(store->remove("b"));
  clear();
  CHECK(store->undo("a")->restored == 1);
  CHECK(get("a") == "one");
  CHECK(store->undo("a")->restored == 0);
  CHECK(get("a") == "(nil)");
  CHECK(store->undo("b")->restored == 2);  // its newest version is that it was removed
  CHECK(!store->undo("never")->written);
  CHECK(store->undo("a", {.to = at_seq(3)})->restored == 1);
}

TEST_CASE_FIXTURE(Fixture, "a clear outlives seals, merges, kills and clean closes") {
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 300; ++i) set("key" + std::to_string(i), "v" + std::to_string(round));
    REQUIRE(store->checkpoint());
    clear();
    if (round % 2 == 0) REQUIRE(store->checkpoint());
    if (round % 3 == 0)
      reopen();
    else
      reopen_killed();
    CHECK(*store->count() == 0);
    CHECK(keys() == "");
    CHECK(get("key7") == "(nil)");
    CHECK(get("key7", at_seq(store->stats().last_seq - 1)) == "v" + std::to_string(round));
    CHECK(store->append("key7", "x")->total == 1);
    CHECK(*store->count() == 1);
  }
  CHECK(store->open_report().damage.empty());
}

TEST_CASE_FIXTURE(Fixture, "expiries and their counts start anew") {
  const std::uint64_t later = store->now_us() / 1000 + 3'600'000;
  for (int i = 0; i < 50; ++i)
    set("key" + std::to_string(i), "v", later + static_cast<std::uint64_t>(i));
  CHECK(store->stats().expiring_keys == 50);
  clear();
  CHECK(store->stats().expiring_keys == 0);
  set("key1", "w");
  set("key2", "w", later);
  REQUIRE(store->checkpoint());
  reopen();
  CHECK(store->stats().expiring_keys == 1);
  CHECK(*store->count() == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "snapshots keep what was there, and transactions that read it conflict") {
  set("a", "one");
  const Snapshot before = *store->snapshot();
  Transaction reader = *store->transaction();
  Transaction lister = *store->transaction();
  Transaction blind = *store->transaction();
  std::string value;
  CHECK(*reader.get("a", &value));
  CHECK(*lister.count() == 1);
  REQUIRE(reader.set("c", "1"));
  REQUIRE(lister.set("c", "2"));
  REQUIRE(blind.set("c", "3"));
  clear();
  CHECK(*before.get("a", &value));
  CHECK(value == "one");
  CHECK(*before.stat("a"));
  CHECK(reader.commit().error().code == Code::kConflict);
  CHECK(lister.commit().error().code == Code::kConflict);
  CHECK(blind.commit());
  CHECK(keys() == "c ");
}

TEST_CASE_FIXTURE(Fixture, "in a transaction the writes after a clear stand in its batch") {
  set("a", "one");
  set("b", "two");
  set("", "empty");
  Transaction mine = *store->transaction();
  REQUIRE(mine.set("c", "gone"));
  REQUIRE(mine.clear());
  std::string value;
  CHECK(!*mine.get("a", &value));
  CHECK(!*mine.get("c", &value));
  CHECK(!*mine.remove("a"));
  CHECK(*mine.append("b", "2") == 1);
  REQUIRE(mine.set("", "kept"));
  CHECK(*mine.count() == 2);
  CHECK(*mine.commit() == 4);
  CHECK(keys() == " b ");
  CHECK(get("") == "kept");
  CHECK(get("b") == "2");
  CHECK(get("a", at_seq(3)) == "one");
  CHECK(history("b") == "append:4 set:2 ");
  CHECK(changes(3, 4) == ":4:5>4 a:4:3>- b:4:3>1 ");
  reopen_killed();
  CHECK(keys() == " b ");
  CHECK(*store->count() == 2);
  REQUIRE(store->update([](Update& update) -> Status {
    KV_TRY(update.set("x", "1"));
    update.clear();
    KV_TRY(update.set("y", "2"));
    return {};
  }));
  CHECK(keys() == "y ");
}

TEST_CASE_FIXTURE(Fixture,
                  "a compaction drops what was cleared, and keeps a clear that is history") {
  set("a", "one");
  set("b", "two");
  clear();
  set("a", "1");
  REQUIRE(store->compact({.keep = {std::nullopt, 2, false}}));
  CHECK(keys() == "a ");
  CHECK(get("b", at_seq(2)) == "two");
  CHECK(get("b", at_seq(3)) == "(nil)");
  CHECK(history("b") == "clear:3 set:2 cut:2 ");
  reopen();
  CHECK(*store->count() == 1);
  REQUIRE(store->compact({.keep = KeepHistory::none()}));
  CHECK(keys() == "a ");
  CHECK(history("b") == "cut:4 ");
  clear();
  REQUIRE(store->compact({.keep = KeepHistory::none()}));
  CHECK(keys() == "");
  CHECK(*store->count() == 0);
  set("c", "3");
  reopen();
  CHECK(keys() == "c ");
}

TEST_CASE_FIXTURE(Fixture, "a backup, increments and a restore have it") {
  set("a", "one");
  REQUIRE(store->backup("whole", {}));
  clear();
  set("b", "two");
  BackupOptions since;
  since.since_file = "whole";
  REQUIRE(store->backup("increment", since));
  for (const std::uint64_t until : {1, 2, 3}) {
    RestoreOptions options;
    options.backup = "whole";
    options.increments = {"increment"};
    options.until.seq = until;
    options.file_system = &files;
    const std::string name = "restored" + std::to_string(until);
    REQUIRE(restore(name, options));
    Options opening;
    opening.file_system = &files;
    const auto restored = open_store(name, opening);
    CHECK(testing::get(*restored, "a") == (until == 1 ? "one" : "(nil)"));
    CHECK(*restored->count() == (until == 2 ? 0 : 1));
    // It ends as the original did.
    CHECK(restored->set("more", "x"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a reader beside the writer follows it") {
  set("a", "one");
  Options reading;
  reading.read_only = true;
  const auto beside = open_store(files, reading);
  CHECK(testing::get(*beside, "a") == "one");
  clear();
  CHECK(testing::get(*beside, "a") == "(nil)");
  CHECK(*beside->count() == 0);
  set("a", "two");
  CHECK(testing::get(*beside, "a") == "two");
  CHECK(*beside->count() == 1);
}

TEST_CASE_FIXTURE(Fixture, "where a clear cannot be read, keys not written since are CORRUPT") {
  set("a", "one");
  set("b", "two");
  clear();
  set("b", "2");
  REQUIRE(store->close());
  const std::uint64_t at = offset_of_clear();
  damage(at + 16, at + 20);
  CHECK(get("a") == "error CORRUPT");
  CHECK(get("never") == "error CORRUPT");
  CHECK(get("b") == "2");
  CHECK(keys() == "error CORRUPT");
  std::string value;
  CHECK(store->get("a", &value).error().message.find("deleted all keys") != std::string::npos);
  CHECK(store->set("c", "x").error().code == Code::kDamaged);
}

TEST_CASE_FIXTURE(Fixture, "the same where it is the last record of a closed file") {
  set("a", "one");
  clear();
  REQUIRE(store->close());
  const std::uint64_t at = offset_of_clear();
  damage(at, at + 48);
  CHECK(get("a") == "error CORRUPT");
  CHECK(keys() == "error CORRUPT");
}

TEST_CASE_FIXTURE(Fixture, "damage before a clear costs history only") {
  set("a", "one");
  const std::uint64_t begin = store->stats().file_size;
  set("b", "two");
  const std::uint64_t end = store->stats().file_size;
  set("c", "three");
  clear();
  set("c", "3");
  REQUIRE(store->close());
  damage(begin, end);
  CHECK(get("a") == "(nil)");
  CHECK(get("b") == "(nil)");
  CHECK(get("c") == "3");
  CHECK(keys() == "c ");
  CHECK(*store->count() == 1);
  CHECK(get("b", at_seq(3)) == "error CORRUPT");
}

TEST_CASE_FIXTURE(Fixture, "a key that a clear has deleted keeps its damaged history when set anew") {
  set("a", "one");
  set("b", "two");
  REQUIRE(store->compact({.keep = KeepHistory::none()}));
  REQUIRE(store->close());
  const log::Record lost =
      record_in_file([](const log::Record& record) { return record.key() == "b"; });
  damage(lost.offset, lost.offset + 40);
  CHECK(get("b") == "error CORRUPT");
  clear();
  CHECK(get("b") == "(nil)");
  set("b", "new");
  CHECK(get("b") == "new");
  CHECK(get("b", at_seq(2)) == "error CORRUPT");
}

TEST_CASE_FIXTURE(Fixture, "thousands of clears are known after an open that reads no log") {
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(store->set("a", std::to_string(i), {.wait = false}));
    REQUIRE(store->clear(false));
  }
  set("b", "x");
  REQUIRE(store->checkpoint());
  reopen();
  CHECK(keys() == "b ");
  for (const std::uint64_t i : {0, 1, 1500, 2999}) {
    CHECK(get("a", at_seq(2 * i + 1)) == std::to_string(i));
    CHECK(get("a", at_seq(2 * i + 2)) == "(nil)");
  }
}

TEST_CASE_FIXTURE(Fixture, "a time to live is counted from the write's own time") {
  const auto written = store->set("a", "x", {.ttl_ms = 60'000});
  REQUIRE(written);
  const KeyInfo info = **store->stat("a");
  CHECK(info.expires_at_ms == info.time_us / 1000 + 60'000);
  CHECK(store->set("a", "x", {.expires_at_ms = 1, .ttl_ms = 1}).error().code == Code::kUsage);
  CHECK(store->set("a", "x", {.ttl_ms = UINT64_MAX}).error().code == Code::kTooBig);
  Transaction mine = *store->transaction();
  REQUIRE(mine.set("b", "y", {.ttl_ms = 5'000}));
  REQUIRE(mine.commit());
  const KeyInfo own = **store->stat("b");
  CHECK(own.expires_at_ms == own.time_us / 1000 + 5'000);
}
