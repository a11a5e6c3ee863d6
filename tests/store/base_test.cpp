// A store on a file that begins with a base: the past below, at and above its floor, what is
// written behind it, and histories.
#include <vector>

#include <doctest/doctest.h>

#include "src/log/file_builder.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::at_time;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kSecond = 1'000'000, kStart = 1'700'000'000 * kSecond;
constexpr std::uint64_t kFloor = 50, kFloorTime = kStart + kFloor * kSecond;

std::uint64_t time_of(std::uint64_t seq) { return kStart + seq * kSecond; }

void add(log::FileBuilder& to, log::Kind kind, std::string_view key, std::string_view value,
         std::uint64_t seq, std::uint64_t time_us) {
  log::NewRecord record;
  record.kind = kind;
  record.starts = kind != log::Kind::kAppend;
  record.type = kind == log::Kind::kDelete ? 0 : 1;
  record.key = key;
  record.value = value;
  REQUIRE(to.add(record, seq, time_us));
}

// b's record has a time above the floor's: a clock was set back before it.
void make_file(SimFiles& files, bool with_tail) {
  log::OneKeyAtATime keys;
  auto made = log::FileBuilder::create(files, "a.bin", log::random_id(),
                                       {kFloor, kFloorTime, true, kStart}, &keys);
  REQUIRE(made);
  log::FileBuilder& to = **made;
  add(to, log::Kind::kSet, "a", "first ", 48, time_of(48));
  add(to, log::Kind::kAppend, "a", "second ", 48, time_of(48));
  add(to, log::Kind::kAppend, "a", "third", 48, time_of(48));
  add(to, log::Kind::kSet, "b", "1", 2, time_of(500));
  add(to, log::Kind::kSet, "c", "1", kFloor, kFloorTime);
  if (with_tail) {
    add(to, log::Kind::kSet, "d", "2", 60, time_of(60));
    add(to, log::Kind::kSet, "d", "3", 70, time_of(70));
  }
  REQUIRE(to.close());
  REQUIRE(to.publish(to.temporary_path()));
}

std::string history_of(Store& store, std::string_view key, std::uint64_t limit = 100) {
  std::string all;
  REQUIRE(store.history(key, limit, [&](const Version& version) {
    all += std::to_string(version.seq) + ":" + std::to_string(static_cast<int>(version.kind)) +
           ":" + std::to_string(version.size) + " ";
    return true;
  }));
  return all;
}

const std::string kCut = "50:" + std::to_string(static_cast<int>(Version::Kind::kCut)) + ":0 ";

void check_past(Store& store) {
  CHECK(get(store, "a") == "first second third");
  CHECK(get(store, "d") == "3");
  CHECK(get(store, "a", at_seq(kFloor - 1)) == "error PURGED");
  CHECK(get(store, "a", at_seq(kFloor)) == "first second third");
  CHECK(get(store, "b", at_seq(kFloor)) == "1");
  CHECK(get(store, "d", at_seq(kFloor)) == "(nil)");
  CHECK(get(store, "d", at_seq(60)) == "2");
  CHECK(get(store, "d", at_seq(70)) == "3");
  for (const char* key : {"a", "b", "never"}) {
    CHECK(get(store, key, at_time(kFloorTime - 1)) == "error PURGED");
  }
  CHECK(get(store, "a", at_time(kFloorTime)) == "first second third");
  CHECK(get(store, "b", at_time(kFloorTime)) == "1");
  CHECK(get(store, "c", at_time(kFloorTime)) == "1");
  CHECK(get(store, "d", at_time(kFloorTime)) == "(nil)");
  CHECK(get(store, "d", at_time(time_of(60))) == "2");
  CHECK(get(store, "d", at_time(time_of(70) - 1)) == "2");
  CHECK(get(store, "d", at_time(time_of(70))) == "3");
}

}  // namespace

TEST_CASE("a base is seen from its floor on, by version and by time, and nothing before it") {
  SimFiles files;
  make_file(files, true);
  auto store = open_store(files, {.sync = SyncPolicy::none()});
  CHECK(store->open_report().how == OpenReport::How::kClean);
  check_past(*store);
  CHECK(*store->count() == 4);
  // The same from the checkpoint of a writer, and after a kill.
  REQUIRE(store->checkpoint());
  REQUIRE(store->set("e", "4"));
  check_past(*store);
  store.reset();
  store = open_store(files, {.sync = SyncPolicy::none()});
  CHECK(store->stats().index_runs == 1);
  check_past(*store);
  CHECK(get(*store, "e") == "4");
  CHECK(*store->count() == 5);
}

TEST_CASE("what is written behind a base has seqs above its floor, and survives a kill") {
  SimFiles files, after;
  make_file(files, false);
  auto store = open_store(files);
  CHECK(store->stats().last_seq == kFloor);
  CHECK(get(*store, "c") == "1");
  CHECK(store->append("c", "2")->total == 2);
  CHECK(store->append("a", "!")->total == 19);
  REQUIRE(store->remove("b"));
  CHECK(store->stats().last_seq == kFloor + 3);
  CHECK(get(*store, "c", at_seq(kFloor)) == "1");
  CHECK(get(*store, "c", at_seq(kFloor + 1)) == "12");
  CHECK(get(*store, "b", at_seq(kFloor + 2)) == "1");
  const std::string killed = files.memory("a.bin");
  store.reset();
  after.put("a.bin", killed);
  store = open_store(after);
  CHECK(store->open_report().how == OpenReport::How::kRecovered);
  CHECK(get(*store, "c") == "12");
  CHECK(get(*store, "a") == "first second third!");
  CHECK(get(*store, "a", at_seq(kFloor)) == "first second third");
  CHECK(get(*store, "b") == "(nil)");
  CHECK(*store->count() == 2);
}

TEST_CASE("HISTORY shows a base's version as one, and then that older history was cut") {
  SimFiles files;
  make_file(files, true);
  auto store = open_store(files, {.sync = SyncPolicy::none()});
  const std::string kSet = ":0:", kAppend = ":1:";
  CHECK(history_of(*store, "a") == "48" + kSet + "18 " + kCut);
  CHECK(history_of(*store, "d") == "70" + kSet + "1 60" + kSet + "1 " + kCut);
  CHECK(history_of(*store, "d", 2) == "70" + kSet + "1 60" + kSet + "1 ");
  CHECK(history_of(*store, "a", 1) == "48" + kSet + "18 ");
  CHECK(history_of(*store, "never") == kCut);
  REQUIRE(store->append("a", "."));
  CHECK(history_of(*store, "a") == "71" + kAppend + "19 48" + kSet + "18 " + kCut);
}
