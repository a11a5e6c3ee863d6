// The clock is set back: what a read has found expired is not there again, whatever becomes of the
// file, and what is written afterwards is.
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "src/store/backup.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "tests/support/machine_clock.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::contents;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::shift_clock;

namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;

struct Fixture : kvstore::testing::StoreFixture {
  kvstore::testing::ShiftedClock clock;

  void set(std::string_view key, std::int64_t seconds_to_live) {
    REQUIRE(store->set(key, "v", {.ttl_ms = 1000 * static_cast<std::uint64_t>(seconds_to_live)}));
  }
  // k, which a read has found expired, and the clock a day before all that.
  void expire_and_set_back() {
    REQUIRE(store->set("other", "1"));
    set("k", kMinute);
    shift_clock(10 * kMinute);
    REQUIRE(get(*store, "k") == "(nil)");
    shift_clock(-kDay);
    REQUIRE(get(*store, "k") == "(nil)");
  }
  // And a write that is earlier than the others.
  void write_after() {
    set("later", kHour);
    REQUIRE(get(*store, "later") == "v");
  }
  void check(Store& found, bool has_later) const {
    CHECK(get(found, "k") == "(nil)");
    CHECK(get(found, "other") == "1");
    CHECK(get(found, "later") == (has_later ? "v" : "(nil)"));
    CHECK(found.count().value() == (has_later ? 2 : 1));
    CHECK(contents(found).size() == (has_later ? 2 : 1));
  }
  void check_reopened(bool has_later) {
    for (int i = 0; i < 3; ++i) {
      CAPTURE(i);
      reopen();
      check(*store, has_later);
    }
  }
};

}  // namespace

TEST_CASE("what has expired is not there again after a close, when nothing was written since") {
  Fixture f;
  f.expire_and_set_back();
  f.check_reopened(false);
  f.write_after();
  f.check_reopened(true);
}

TEST_CASE("what has expired is not there again after a close, when something was written since") {
  Fixture f;
  f.expire_and_set_back();
  f.write_after();
  f.check_reopened(true);
}

TEST_CASE("what only a reader has found expired is not there again after its close") {
  Fixture f;
  REQUIRE(f.store->set("other", "1"));
  f.set("k", kMinute);
  f.reopen();
  shift_clock(10 * kMinute);
  REQUIRE(get(*f.store, "k") == "(nil)");
  shift_clock(-kDay);
  REQUIRE(get(*f.store, "k") == "(nil)");
  f.check_reopened(false);
  f.write_after();
  f.check_reopened(true);
}

TEST_CASE("what has expired is not there again after a compaction, nor when that is opened anew") {
  for (const bool keeps_all : {false, true}) {
    for (const bool writes : {false, true}) {
      CAPTURE(keeps_all);
      CAPTURE(writes);
      Fixture f;
      f.expire_and_set_back();
      if (writes) f.write_after();
      CompactionOptions options;
      options.keep = keeps_all ? KeepHistory::parse("30d").value() : KeepHistory::none();
      REQUIRE(f.store->compact(options));
      f.check(*f.store, writes);
      f.check_reopened(writes);
    }
  }
}

TEST_CASE("what expires while the clock is set back after a compaction stays expired") {
  Fixture f;
  REQUIRE(f.store->set("other", "1"));
  f.set("k", kMinute);
  REQUIRE(f.store->compact({.keep = KeepHistory::none()}));
  shift_clock(10 * kMinute);
  REQUIRE(get(*f.store, "k") == "(nil)");
  shift_clock(-kDay);
  f.write_after();
  f.check(*f.store, true);
  f.check_reopened(true);
}

TEST_CASE("what has expired is not there again in a backup, nor in what is restored of it") {
  for (const bool writes : {false, true}) {
    CAPTURE(writes);
    Fixture f;
    f.expire_and_set_back();
    if (writes) f.write_after();
    REQUIRE(f.store->backup("b.bin", {}));
    RestoreOptions from;
    from.backup = "b.bin";
    from.file_system = &f.files;
    REQUIRE(restore("r.bin", from));
    Options options;
    options.file_system = &f.files;
    for (const char* path : {"b.bin", "r.bin", "b.bin", "r.bin"}) {
      CAPTURE(path);
      f.check(*open_store(path, options), writes);
    }
  }
}

TEST_CASE("an increment tells what had expired when it was made") {
  Fixture f;
  REQUIRE(f.store->set("other", "0"));
  REQUIRE(f.store->backup("b.bin", {}));
  f.expire_and_set_back();
  REQUIRE(f.store->backup("i.bin", {.since_file = "b.bin"}));
  RestoreOptions from;
  from.backup = "b.bin";
  from.increments = {"i.bin"};
  from.file_system = &f.files;
  REQUIRE(restore("r.bin", from));
  Options options;
  options.file_system = &f.files;
  f.check(*open_store("r.bin", options), false);
}

TEST_CASE("restoring an earlier version brings back what a wrong clock has expired since") {
  Fixture f;
  f.expire_and_set_back();
  f.write_after();
  REQUIRE(f.store->backup("b.bin", {}));
  RestoreOptions from;
  from.backup = "b.bin";
  from.until = kvstore::testing::at_seq(2);
  from.file_system = &f.files;
  REQUIRE(restore("r.bin", from));
  Options options;
  options.file_system = &f.files;
  const auto restored = open_store("r.bin", options);
  CHECK(get(*restored, "k") == "v");
}

TEST_CASE("a file that was created under a clock that was ahead counts and keeps its keys") {
  Fixture f;
  REQUIRE(f.store->set("other", "1"));
  REQUIRE(f.store->remove("other"));
  shift_clock(-kDay);
  f.set("b", kHour);
  f.set("c", kMinute);
  REQUIRE(f.store->compact({.keep = KeepHistory::none()}));
  f.set("d", kHour);
  shift_clock(-kDay - 30);
  f.set("e", kMinute);
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(f.store->count().value() == 4);
    CHECK(contents(*f.store).size() == 4);
    f.reopen();
  }
}

TEST_CASE("the count is right after a step back and a compaction that keeps it") {
  for (const bool into_another : {false, true}) {
    CAPTURE(into_another);
    Fixture f;
    f.set("a", kHour);
    f.set("b", kHour);
    REQUIRE(f.store->set("c", "v"));
    shift_clock(-20);
    REQUIRE(f.store->set("b", "v"));
    shift_clock(5 * kHour);
    CompactionOptions options;
    options.keep = KeepHistory::parse("30d").value();
    if (into_another) {
      REQUIRE(f.store->compact_into("n.bin", options));
      Options there;
      there.file_system = &f.files;
      f.store = open_store("n.bin", there);
    } else {
      REQUIRE(f.store->compact(options));
    }
    REQUIRE(f.store->set("a", "v"));
    CHECK(contents(*f.store).size() == 3);
    CHECK(f.store->count().value() == 3);
  }
}


TEST_CASE("the past before a compaction's floor is judged by what was known at the floor") {
  for (const bool later_write : {false, true}) {
    CAPTURE(later_write);
    Fixture f;
    f.set("s", kHour);
    REQUIRE(f.store->set("other", "1"));
    shift_clock(2 * kHour);
    if (later_write) REQUIRE(f.store->set("other", "2"));
    REQUIRE(get(*f.store, "s") == "(nil)");
    shift_clock(kHour / 2);
    REQUIRE(f.store->set("other", "3"));
    REQUIRE(get(*f.store, "s") == "(nil)");
    REQUIRE(get(*f.store, "s", at_seq(2)) == "v");
    CompactionOptions options;
    options.keep = KeepHistory{std::nullopt, std::uint64_t{later_write ? 2U : 1U}, false};
    for (int i = 0; i < 2; ++i) {
      CAPTURE(i);
      REQUIRE(f.store->compact(options));
      CHECK(get(*f.store, "s", at_seq(2)) == "v");
      CHECK(get(*f.store, "s") == "(nil)");
      CHECK(f.store->count().value() == 1);
      f.reopen();
      CHECK(get(*f.store, "s") == "(nil)");
      CHECK(f.store->count().value() == 1);
    }
  }
}

// --- Stores that read before they write, beside others.

namespace {

struct Readers {
  kvstore::testing::TempDir dir;
  kvstore::testing::ShiftedClock clock;
  std::unique_ptr<Store> reader;

  std::unique_ptr<Store> open(bool at_first_write = true) const {
    Options options;
    options.lock_at_first_write = at_first_write;
    options.read_only = !at_first_write;
    return open_store(dir / "a.bin", options);
  }
  // s has expired, for this reader; the clock is then 20 s before that.
  Readers() {
    auto first = open();
    REQUIRE(first->set("s", "v", {.ttl_ms = 1000 * kHour}));
    REQUIRE(first->set("o", "1"));
    REQUIRE(first->close());
    reader = open();
    shift_clock(kHour + 5);
    REQUIRE(get(*reader, "s") == "(nil)");
  }
  void set_back() const {
    shift_clock(kHour - 15);
    REQUIRE(get(*reader, "s") == "(nil)");
  }
  void write_by_another() const {
    auto other = open();
    REQUIRE(other->set("o", "2"));
    REQUIRE(other->set("new", "v", {.ttl_ms = 10'000}));
    REQUIRE(other->close());
  }
  void check(std::size_t keys) {
    CHECK(get(*reader, "s") == "(nil)");
    CHECK(reader->count().value() == keys);
    CHECK(contents(*reader).size() == keys);
  }
  void check_to_the_next(std::size_t keys) {
    for (int i = 0; i < 3; ++i) {
      CAPTURE(i);
      REQUIRE(reader->close());
      reader = open();
      check(keys);
    }
  }
};

}  // namespace

TEST_CASE("what a store has read as expired its first write does not bring back") {
  for (const int way : {0, 1, 2}) {
    CAPTURE(way);
    Readers r;
    r.set_back();
    if (way == 0) REQUIRE(r.reader->set("o", "2"));
    if (way == 1) REQUIRE(r.reader->sync());
    if (way == 2) REQUIRE(r.reader->compact({.keep = KeepHistory::none()}));
    r.check(1);
    r.check_to_the_next(1);
  }
}

TEST_CASE("a step back of few seconds does not bring back at the first write what was expired") {
  Readers r;
  shift_clock(kHour - 3);
  REQUIRE(get(*r.reader, "s") == "(nil)");
  REQUIRE(r.reader->set("o", "2"));
  r.check(1);
}

TEST_CASE("what a store has read as expired stays so when another one replaces the file") {
  Readers r;
  r.set_back();
  auto other = r.open();
  REQUIRE(other->compact({.keep = KeepHistory::none()}));
  REQUIRE(other->close());
  r.check(1);
  r.check_to_the_next(1);
}

TEST_CASE("what a store has read as expired stays so when another one writes") {
  for (const bool seen : {false, true}) {
    CAPTURE(seen);
    Readers r;
    if (seen)
      r.set_back();
    else
      shift_clock(kHour - 15);
    r.write_by_another();
    r.check(2);
    r.check_to_the_next(2);
    CHECK(get(*r.reader, "new") == "v");
  }
}

TEST_CASE("what a store has read as expired stays so if the clock is set back before it closes") {
  Readers r;
  shift_clock(kHour - 15);
  r.check_to_the_next(1);
}

TEST_CASE("a reader beside a writer counts what it lists after the clock is set back") {
  Readers r;
  r.reader = r.open(false);
  shift_clock(2 * kHour);
  CHECK(r.reader->count().value() == 1);
  shift_clock(-20);
  auto writer = r.open();
  REQUIRE(writer->set("o", "2"));
  REQUIRE(writer->set("s", "v"));
  shift_clock(2 * kHour);
  CHECK(r.reader->count().value() == 2);
  CHECK(contents(*r.reader).size() == 2);
}
