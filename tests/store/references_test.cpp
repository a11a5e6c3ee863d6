// COPY, RENAME and UNDO of large values: the log names the bytes that it has, and everything that
// reads a value knows that.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/log/reference.h"
#include "src/log/scanner.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/backup.h"
#include "src/store/change_feed.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::name_of;
using kvstore::testing::open_store;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::string bytes_of(std::size_t size, char first = 'a') {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + (i / 7 + i) % 23);
  return bytes;
}

struct Fixture : kvstore::testing::StoreFixture {
  std::string get(std::string_view key, const At& at = {}) { return testing::get(*store, key, at); }
  std::string read(std::string_view key, std::int64_t offset, std::uint64_t length) {
    std::string value;
    const auto found = store->read(key, offset, length, &value);
    if (!found) return name_of(found.error());
    return *found ? value : "(nil)";
  }
  std::uint64_t set(std::string_view key, std::string_view value) {
    return store->set(key, value)->seq;
  }
  void append(std::string_view key, std::string_view value) { REQUIRE(store->append(key, value)); }
  void remove(std::string_view key) { REQUIRE(store->remove(key)); }
  void undo(std::string_view key, const UndoOptions& options = {}) {
    REQUIRE(store->undo(key, options));
  }
  std::uint64_t size() { return store->stats().file_size; }
  bool copy(std::string_view from, std::string_view to) {
    bool copied = false;
    const auto done = store->update([&](Update& update) -> Status {
      KV_ASSIGN(copied, update.copy(from, to));
      return {};
    });
    REQUIRE(done);
    return copied;
  }
  void rename(std::string_view from, std::string_view to) {
    const auto done = store->update([&](Update& update) -> Status {
      KV_TRY(update.copy(from, to));
      KV_TRY(update.remove(from));
      return {};
    });
    REQUIRE(done);
  }
  // So many bytes of log.
  template <class Change>
  std::uint64_t growth(Change change) {
    const std::uint64_t before = size();
    change();
    return size() - before;
  }
  void compact(const KeepHistory& keep, bool compressed = false) {
    const Compression compress{compressed ? Compression::kUsualLevel : 0};
    const Status done = store->compact({.keep = keep, .compress = compress});
    if (!done) FAIL(name_of(done.error()) << done.error().message);
  }
  std::uint64_t count_of(log::Kind kind) {
    std::uint64_t count = 0;
    store.reset();
    for_records([&](const log::Record& record) { count += record.kind == kind; });
    store = open_store(files);
    return count;
  }
  template <class Visit>
  void for_records(Visit visit) {
    const testing::Image image = files.memory("a.bin");
    const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
    const auto page = log::read_header_page(data, image.size(), "a.bin");
    REQUIRE(page);
    const log::Binding binding(page->header.file_id);
    log::ValidityMap validity(page->slot.epochs);
    validity.set_base(page->base);
    log::Scanner scanner({data, image.size(), &binding, nullptr, &validity});
    while (scanner.next() == log::Scanner::Step::kRecord) visit(scanner.record());
  }
  // A byte of the value of the n-th record with a key.
  void damage_value(int number, std::uint64_t at) {
    store.reset();
    std::uint64_t offset = 0;
    for_records([&](const log::Record& record) {
      if (record.has_key() && number-- == 0) {
        offset = record.offset + static_cast<std::uint64_t>(record.value_at() - record.at) + at;
      }
    });
    testing::Image image = files.memory("a.bin");
    image.at(offset) = static_cast<char>(image[offset] ^ 1);
    files.put("a.bin", image);
    store = open_store(files);
  }
};

}  // namespace

TEST_CASE("a rename of a large value writes a few hundred bytes, however long it is") {
  Fixture f;
  const std::string value = bytes_of(3 * kMiB);
  f.set("old", value);
  CHECK(f.growth([&] { f.rename("old", "new"); }) < 400);
  CHECK(f.get("new") == value);
  CHECK(f.get("old") == "(nil)");
  CHECK(f.read("new", 1'000'000, 10) == value.substr(1'000'000, 10));
  CHECK((*f.store->stat("new"))->size == value.size());
  f.reopen();
  CHECK(f.get("new") == value);
}

TEST_CASE("small values are written again") {
  Fixture f;
  f.set("small", bytes_of(4095));
  f.copy("small", "other");
  f.set("large", bytes_of(4096));
  f.copy("large", "another");
  CHECK(f.get("other") == bytes_of(4095));
  CHECK(f.get("another") == bytes_of(4096));
  CHECK(f.count_of(log::Kind::kRef) == 1);
}

TEST_CASE("what is appended to the copy and to the original is of each alone") {
  Fixture f;
  const std::string value = bytes_of(100'000);
  f.set("a", value.substr(0, 60'000));
  f.append("a", value.substr(60'000));
  f.copy("a", "b");
  CHECK(f.growth([&] { f.append("b", "tail of b"); }) < 200);
  f.append("a", "tail of a");
  f.append("b", ", more");
  CHECK(f.get("a") == value + "tail of a");
  CHECK(f.get("b") == value + "tail of b, more");
  CHECK(f.read("b", 99'998, 6) == value.substr(99'998) + "tail");
  CHECK(f.read("b", -4, 10) == "more");
  f.set("a", "something else");
  CHECK(f.get("b") == value + "tail of b, more");
}

TEST_CASE("a value that is renamed and appended to again and again stays one reference away") {
  Fixture f;
  std::string value = bytes_of(50'000);
  f.set("k0", value);
  for (int i = 0; i < 40; ++i) {
    const std::string from = "k" + std::to_string(i), to = "k" + std::to_string(i + 1);
    CHECK(f.growth([&] { f.rename(from, to); }) < 400 + 24 * 40);
    const std::string more = bytes_of(static_cast<std::size_t>(i) * 37, static_cast<char>('A' + i));
    f.append(to, more);
    value += more;
    REQUIRE(f.get(to) == value);
  }
  for (int i = 0; i < 5; ++i) f.copy("k40", "copy" + std::to_string(i));
  f.reopen();
  CHECK(f.get("copy4") == value);
  CHECK(f.read("copy0", 50'100, 500) == value.substr(50'100, 500));
}

TEST_CASE("past the most pieces that a reference has the value is written anew") {
  Fixture f;
  std::string value = bytes_of(5000);
  f.set("k", value);
  for (std::size_t i = 0; i <= log::kMostReferencePieces; ++i) {
    f.copy("k", "other");
    f.copy("other", "k");
    f.append("k", "x");
    value += "x";
  }
  CHECK(f.get("k") == value);
  CHECK(f.growth([&] { f.copy("k", "k2"); }) < 10'000);
  CHECK(f.get("k2") == value);
}

TEST_CASE("UNDO of a large value names the version that comes back") {
  Fixture f;
  const std::string value = bytes_of(2 * kMiB);
  f.set("k", value);
  f.set("k", "short");
  CHECK(f.growth([&] { CHECK(f.store->undo("k")->size == value.size()); }) < 300);
  CHECK(f.get("k") == value);
  CHECK(f.growth([&] { REQUIRE(f.store->undo("k")); }) < 300);
  CHECK(f.get("k") == "short");
  CHECK(f.growth([&] { REQUIRE(f.store->undo("k", {.to = at_seq(1)})); }) < 300);
  CHECK(f.get("k") == value);
  CHECK(f.get("k", at_seq(2)) == "short");
  CHECK(f.get("k", at_seq(3)) == value);
}

TEST_CASE("UNDO of a value longer than one write takes") {
  const testing::TempDir directory;
  const auto store = open_store(directory / "a.bin", {.sync = SyncPolicy::none()});
  const std::string part(64 * kMiB, 'p');
  for (int i = 0; i < 9; ++i) REQUIRE(store->append("k", part));
  REQUIRE(store->remove("k"));
  const std::uint64_t before = store->stats().file_size;
  const auto undone = store->undo("k");
  REQUIRE(undone);
  CHECK(undone->size == 9 * part.size());
  REQUIRE(store->update([](Update& update) -> Status {
    KV_TRY(update.copy("k", "k2"));
    KV_TRY(update.remove("k"));
    return {};
  }));
  CHECK(store->stats().file_size - before < 1000);
  CHECK((*store->stat("k2"))->size == 9 * part.size());
  std::string value;
  CHECK(*store->read("k2", 8 * static_cast<std::int64_t>(part.size()) - 1, 2, &value));
  CHECK(value == "pp");
}

TEST_CASE("history, AT and expiries of copies are as of any value") {
  Fixture f;
  const std::string value = bytes_of(10'000);
  REQUIRE(f.store->set("a", value, {.expires_at_ms = 9'000'000'000'000}));
  f.copy("a", "b");
  CHECK((*f.store->stat("b"))->expires_at_ms == 9'000'000'000'000);
  REQUIRE(f.store->expire("b", 0));
  f.set("b", "other");
  CHECK(f.get("b", at_seq(2)) == value);
  CHECK(f.get("b", at_seq(3)) == value);
  std::vector<Version::Kind> kinds;
  CHECK(f.store->history("b", 10, [&](const Version& version) {
    kinds.push_back(version.kind);
    return true;
  }));
  CHECK(kinds == std::vector{Version::Kind::kSet, Version::Kind::kExpire, Version::Kind::kSet});
}

TEST_CASE("several copies in one write see each other's outcome") {
  Fixture f;
  const std::string value = bytes_of(20'000);
  f.set("a", value);
  const auto done = f.store->update([&](Update& update) -> Status {
    KV_TRY(update.copy("a", "b"));
    KV_TRY(update.append("b", "+tail"));
    KV_TRY(update.copy("b", "c"));
    KV_TRY(update.append("c", "+more"));
    KV_TRY(update.append("a", "!"));
    KV_TRY(update.copy("a", "d"));
    KV_TRY(update.set("e", value));
    KV_TRY(update.copy("e", "f"));
    KV_TRY(update.copy("b", "g"));
    KV_TRY(update.remove("b"));
    std::string read;
    KV_TRY(update.get("c", &read));
    CHECK(read == value + "+tail+more");
    CHECK((*update.stat("c"))->size == value.size() + 10);
    CHECK_FALSE(*update.copy("b", "x"));
    return {};
  });
  REQUIRE(done);
  for (int round = 0; round < 2; ++round) {
    CHECK(f.get("b") == "(nil)");
    CHECK(f.get("c") == value + "+tail+more");
    CHECK(f.get("d") == value + "!");
    CHECK(f.get("f") == value);
    CHECK(f.get("g") == value + "+tail");
    f.append("c", "?");
    REQUIRE(f.store->remove("b"));
    CHECK(f.get("c") == value + "+tail+more?");
    f.compact(round == 0 ? *KeepHistory::parse("1") : KeepHistory::none());
    CHECK(f.get("c") == value + "+tail+more?");
    if (round == 0) f.undo("c");
    f.reopen();
    CHECK(f.get("c") == value + "+tail+more" + (round == 0 ? "" : "?"));
  }
}

TEST_CASE("transactions copy without reading, and refer to what is there when they commit") {
  Fixture f;
  const std::string value = bytes_of(kMiB);
  f.set("a", value);
  f.set("b", "old");
  auto transaction = f.store->transaction({.max_bytes = 100'000});
  REQUIRE(transaction);
  CHECK(*transaction->copy("a", "b"));
  REQUIRE(transaction->append("b", "+tail"));
  CHECK(*transaction->copy("b", "c"));
  REQUIRE(transaction->remove("a"));
  CHECK_FALSE(*transaction->copy("a", "x"));
  std::string part;
  CHECK(*transaction->read("c", -6, 10, &part));
  CHECK(part == value.substr(value.size() - 1) + "+tail");
  CHECK((*transaction->stat("b"))->size == value.size() + 5);
  f.compact(KeepHistory::none());
  CHECK(*transaction->read("c", -6, 10, &part));
  const std::uint64_t before = f.size();
  REQUIRE(transaction->commit());
  CHECK(f.size() - before < 1000);
  CHECK(f.get("a") == "(nil)");
  CHECK(f.get("b") == value + "+tail");
  CHECK(f.get("c") == value + "+tail");
}

TEST_CASE("an UNDO in a transaction over a compaction is refused if the version is gone") {
  Fixture f;
  f.set("a", bytes_of(10'000));
  f.set("a", "new");
  auto transaction = f.store->transaction();
  REQUIRE(transaction->undo("a"));
  f.compact(KeepHistory::none());
  const auto done = transaction->commit();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Code::kConflict);
  CHECK(f.get("a") == "new");
}

TEST_CASE("a sorted set under another key is that set, and changes of one are not the other's") {
  Fixture f;
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("member " + std::to_string(i));
  const auto add = [&](std::string_view key, double score) {
    return f.store->update([&](Update& update) -> Status {
      std::vector<MemberChange> changes;
      for (const std::string& name : names) changes.push_back({name, score});
      return update.change_sorted_set(key, changes);
    });
  };
  REQUIRE(add("z", 1));
  CHECK(f.growth([&] { f.copy("z", "y"); }) < 300);
  names = {"one more"};
  REQUIRE(add("y", 2));
  names = {"member 3", "another"};
  REQUIRE(add("z", 3));
  for (int round = 0; round < 3; ++round) {
    const auto z = f.store->sorted_set("z"), y = f.store->sorted_set("y");
    REQUIRE((z && *z && y && *y));
    CHECK((*z)->size() == 501);
    CHECK((*y)->size() == 501);
    CHECK((*y)->score("member 3") == 1);
    CHECK((*z)->score("member 3") == 3);
    if (round == 0) f.reopen();
    if (round == 1) f.compact(*KeepHistory::parse("2"));
  }
}

TEST_CASE("a set that was cached for a key is not taken for what is copied over it") {
  Fixture f;
  const auto add = [&](std::string_view key, const std::string& name, int count) {
    REQUIRE(f.store->update([&](Update& update) -> Status {
      std::vector<std::string> names;
      std::vector<MemberChange> changes;
      for (int i = 0; i < count; ++i) names.push_back(name + std::to_string(i));
      for (const std::string& one : names) changes.push_back({one, 1});
      return update.change_sorted_set(key, changes);
    }));
  };
  add("from", "a", 400);
  add("to", "b", 400);
  REQUIRE(*f.store->sorted_set("to"));
  f.reopen();
  REQUIRE(*f.store->sorted_set("to"));
  f.copy("from", "to");
  CHECK((**f.store->sorted_set("to")).score("a7") == 1);
  CHECK_FALSE((**f.store->sorted_set("to")).score("b7"));
}

// --- Compaction

TEST_CASE("a compaction keeps references to what it keeps, and no others") {
  for (const bool compressed : {false, true}) {
    CAPTURE(compressed);
    Fixture f;
    const std::string value = bytes_of(3 * kMiB);
    f.set("live", value);
    f.set("dies", value);
    f.rename("dies", "renamed");
    f.append("renamed", "+1");
    f.set("x", "floor");
    // What follows is kept as history.
    f.copy("live", "copy");
    f.rename("renamed", "twice");
    f.append("twice", "+2");
    f.copy("twice", "third");
    f.compact(*KeepHistory::parse("4"), compressed);
    CHECK(f.get("live") == value);
    CHECK(f.get("copy") == value);
    CHECK(f.get("twice") == value + "+1+2");
    CHECK(f.get("third") == value + "+1+2");
    CHECK(f.get("renamed", at_seq(5)) == value + "+1");
    if (!compressed) CHECK(f.size() < 2 * value.size() + 100'000);
    CHECK(f.count_of(log::Kind::kRef) == 3);
    f.compact(*KeepHistory::parse("4"), compressed);
    CHECK(f.get("third") == value + "+1+2");
    f.compact(KeepHistory::none(), compressed);
    CHECK(f.count_of(log::Kind::kRef) == 2);
    if (!compressed) CHECK(f.size() < 2 * value.size() + 100'000);
    CHECK(f.get("live") == value);
    CHECK(f.get("copy") == value);
    CHECK(f.get("twice") == value + "+1+2");
    CHECK(f.get("third") == value + "+1+2");
  }
}

TEST_CASE("a compaction takes over what is copied while it catches up") {
  Fixture f;
  f.set("a", bytes_of(100'000));
  const std::string value = bytes_of(200'000);
  bool is_written = false;
  f.files.on_sync = [&]() -> Status {
    const bool catches_up =
        f.store->compaction_status().phase == CompactionStatus::Phase::kCatchingUp;
    if (!catches_up || std::exchange(is_written, true)) return {};
    f.set("new", value);
    f.rename("new", "renamed");
    f.copy("a", "copy");
    return {};
  };
  f.compact(KeepHistory::none());
  f.files.on_sync = nullptr;
  REQUIRE(is_written);
  CHECK(f.get("renamed") == value);
  CHECK(f.get("copy") == bytes_of(100'000));
}

TEST_CASE("a base has what several values show once, whichever of them comes first") {
  for (const bool compressed : {false, true}) {
    CAPTURE(compressed);
    Fixture f;
    std::string value = bytes_of(2 * kMiB + 12'345);
    std::map<std::string, std::string> all;
    const auto copies = [&](std::string_view from, const std::string& to, std::string_view more) {
      f.copy(from, to);
      if (!more.empty()) f.append(to, more);
      all[to] = all[std::string(from)] + std::string(more);
    };
    // Copies before and behind it in the order of the keys, as it grows; and of copies.
    all["m"] = value;
    f.set("m", value);
    copies("m", "c", "");
    copies("m", "x", "of x alone");
    f.append("m", bytes_of(70'000, 'A'));
    all["m"] += bytes_of(70'000, 'A');
    copies("m", "a", "");
    copies("x", "b", "of b");
    copies("b", "y", "");
    f.append("m", "last");
    all["m"] += "last";
    copies("m", "z", "of z");
    f.remove("b");
    all.erase("b");
    f.append("c", "of c");
    all["c"] += "of c";
    const auto check_all = [&] {
      for (const auto& [key, expected] : all) {
        CAPTURE(key);
        CHECK((f.get(key) == expected));
        CHECK(f.read(key, static_cast<std::int64_t>(value.size()) - 5, 90'000) ==
              expected.substr(value.size() - 5, 90'000));
      }
    };
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      f.compact(round == 1 ? *KeepHistory::parse("2") : KeepHistory::none(), compressed);
      check_all();
      if (!compressed) CHECK(f.size() < value.size() + 200'000);
      f.reopen();
      check_all();
      CHECK(f.store->stats().keys == all.size());
      copies("z", "k" + std::to_string(round), "!");
      f.append("a", "+");
      all["a"] += "+";
    }
    // Of what the others hold nothing is lost with it.
    f.remove("a");
    f.remove("m");
    all.erase("a");
    all.erase("m");
    f.compact(KeepHistory::none(), compressed);
    check_all();
    if (!compressed) CHECK(f.size() < value.size() + 200'000);
  }
}

TEST_CASE("a compaction says what it needs with what is shared counted once") {
  Fixture f;
  const std::string value = bytes_of(kMiB);
  f.set("m", value);
  for (const char* key : {"a", "b", "x", "y"}) f.copy("m", key);
  f.compact(KeepHistory::none());
  const CompactionStatus status = f.store->compaction_status();
  CHECK(status.needed < kMiB + 20'000);
  CHECK(status.new_size < kMiB + 20'000);
  f.remove("m");
  f.set("n", value);
  f.compact(KeepHistory::none());
  CHECK(f.store->compaction_status().needed > 2 * kMiB);
  CHECK(f.store->compaction_status().needed < 2 * kMiB + 20'000);
}

TEST_CASE("what came back from a past that goes is written out") {
  Fixture f;
  const std::string value = bytes_of(200'000);
  f.set("k", value.substr(0, 150'000));
  f.append("k", value.substr(150'000));
  f.set("k", "short");
  f.set("x", "floor");
  f.undo("k", {.to = at_seq(2)});
  f.append("k", "+");
  f.copy("k", "k2");
  f.compact(*KeepHistory::parse("3"));
  CHECK(f.get("k") == value + "+");
  CHECK(f.get("k2") == value + "+");
  CHECK(f.get("k", at_seq(5)) == value);
  CHECK(f.get("k", at_seq(4)) == "short");
  f.reopen();
  CHECK(f.get("k2") == value + "+");
  CHECK(f.size() < 2 * value.size());
}

// --- Backups

TEST_CASE("increments have the bytes that a reference names, and go onto any copy") {
  for (const bool compacts : {false, true}) {
    CAPTURE(compacts);
    Fixture f;
    const std::string value = bytes_of(300'000);
    f.set("k", value);
    f.set("k", "short");
    BackupOptions options;
    REQUIRE(f.store->backup("whole.bak", options));
    f.undo("k");
    f.copy("k", "k2");
    f.append("k2", "+");
    f.rename("k2", "k3");
    options.since_file = "whole.bak";
    const auto first = f.store->backup("1.inc", options);
    if (!first) FAIL(first.error().message);
    if (compacts) f.compact(*KeepHistory::parse("5"));
    f.copy("k3", "k4");
    options.since_file = "1.inc";
    const auto second = f.store->backup("2.inc", options);
    if (!second) FAIL(second.error().message);
    RestoreOptions restoring;
    restoring.file_system = &f.files;
    restoring.backup = "whole.bak";
    restoring.increments = {"1.inc", "2.inc"};
    const auto restored = restore("restored", restoring);
    if (!restored) FAIL(restored.error().message);
    Options reading;
    reading.file_system = &f.files;
    const auto copy = Store::open("restored", reading);
    REQUIRE(copy);
    CHECK(testing::get(**copy, "k") == value);
    CHECK(testing::get(**copy, "k2") == "(nil)");
    CHECK(testing::get(**copy, "k3") == value + "+");
    CHECK(testing::get(**copy, "k4") == value + "+");
    CHECK((*copy)->stats().last_seq == f.store->stats().last_seq);
    // What was restored continues what it was made of.
    f.set("later", "1");
    options.since_file = "restored";
    const auto third = f.store->backup("3.inc", options);
    if (!third) FAIL(third.error().message);
  }
}

// --- Damage

TEST_CASE("damage of bytes that several keys show is CORRUPT in each, and only there") {
  Fixture f;
  const std::string value = bytes_of(50'000);
  f.set("a", value);
  f.copy("a", "b");
  f.append("b", "tail");
  f.copy("b", "c");
  f.set("a", "new");
  f.damage_value(0, 20'000);
  CHECK(f.get("a") == "new");
  for (const char* const key : {"b", "c"}) {
    CAPTURE(key);
    CHECK(f.get(key) == "error CORRUPT");
    CHECK(f.read(key, 0, 1000) == value.substr(0, 1000));
    CHECK(f.read(key, 20'000, 1) == "error CORRUPT");
    CHECK(f.read(key, 30'000, 100'000) == value.substr(30'000) + "tail");
  }
  std::string got;
  const auto found = f.store->get("c", &got);
  REQUIRE_FALSE(found);
  CHECK(found.error().message.find("refers to (RENAME, COPY, UNDO) is damaged") !=
        std::string::npos);
  f.set("b", "anew");
  CHECK(f.get("b") == "anew");
}

TEST_CASE("damage of what names the bytes costs the copy, not the original") {
  Fixture f;
  const std::string value = bytes_of(50'000);
  f.set("a", value);
  f.copy("a", "b");
  f.append("b", "tail");
  f.damage_value(1, 3);
  CHECK(f.get("a") == value);
  CHECK(f.get("b") == "error CORRUPT");
  CHECK(f.read("b", 50'000, 10) == "tail");
}

// --- What is told of it

TEST_CASE("a copy is a SET in the log's writes and in a feed") {
  Fixture f;
  const std::string value = bytes_of(100'000);
  f.set("a", value);
  f.copy("a", "b");
  std::vector<std::string> told;
  const auto snapshot = f.store->snapshot();
  REQUIRE(snapshot);
  CHECK(snapshot->writes([&](const LoggedWrite& write) {
    told.push_back(std::string(write.key) + (write.value == value ? " all" : " other"));
    return write.kind == Version::Kind::kSet;
  }));
  CHECK(told == std::vector<std::string>{"a all", "b all"});
  auto feed = ChangeFeed::open(*f.store, "b", 1);
  REQUIRE(feed);
  const auto step = feed->next([&](const KeyWrite& write) -> Status {
    CHECK(write.kind == Version::Kind::kSet);
    CHECK(write.is_long());
    CHECK(write.end == value.size());
    return {};
  });
  REQUIRE(step);
  CHECK(*step == ChangeFeed::Step::kChange);
}
