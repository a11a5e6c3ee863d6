// Diff: what changed between two moments, found from the checkpoints, and beside damage.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "src/store/diff.h"
#include "src/store/log_places.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::at_time;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

// "+a:4 ~b:5 ": the sign, the key and its last seq; then the error that it ended with, if any.
std::string told(Result<Diff> diff) {
  if (!diff) return name_of(diff.error());
  std::string all;
  while (true) {
    const auto change = diff->next();
    if (!change) return all + name_of(change.error());
    if (!*change) return all;
    all += !(*change)->size_before ? "+" : (*change)->size_after ? "~" : "-";
    all += std::string((*change)->key) + ":" + std::to_string((*change)->seq) + " ";
  }
}

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);

  std::uint64_t set(std::string_view key, std::string_view value, std::uint64_t expires_ms = 0) {
    return store->set(key, value, {.expires_at_ms = expires_ms})->seq;
  }
  std::string diff(const At& from, const At& to = {}, std::string prefix = {},
                   std::size_t most_at_once = Diff::kMostAtOnce) {
    return told(Diff::between(*store->snapshot(), from, to, std::move(prefix), most_at_once));
  }
  std::uint64_t time_of(std::string_view key) { return (*store->stat(key))->time_us; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a store without a file has no changes") {
  CHECK(diff(at_seq(0)).empty());
}

TEST_CASE_FIXTURE(Fixture, "a diff is of its snapshot, and begins again when it is rewound") {
  set("a", "1");
  set("b", "1");
  const Snapshot then = *store->snapshot();
  set("a", "2");
  auto changes = Diff::between(then, at_seq(0), {}, "");
  REQUIRE(changes);
  for (int round = 0; round < 2; ++round) {
    CHECK((*changes->next())->seq == 1);
    CHECK((*changes->next())->key == "b");
    CHECK(*changes->count() == 2);
    CHECK((*changes->next())->key == "a");
    CHECK((*changes->next())->key == "b");
    CHECK_FALSE(changes->next()->has_value());
    CHECK_FALSE(changes->next()->has_value());
    changes->rewind();
  }
  CHECK(diff(at_seq(0)) == "+a:3 +b:2 ");
}

TEST_CASE_FIXTURE(Fixture, "expiries are no changes, and equal bytes are") {
  set("expired", "1", 1000);
  set("same", "1");
  set("same", "1");
  CHECK(diff(at_seq(0)) == "+expired:1 +same:3 ");
  CHECK(diff(at_seq(2)) == "~same:3 ");
}

TEST_CASE_FIXTURE(Fixture, "the keys of a batch are there together or not at all") {
  Batch batch;
  batch.set("a", "1");
  batch.set("b", "1");
  set("first", "1");
  REQUIRE(store->apply(batch));
  set("last", "1");
  CHECK(diff(at_seq(1), at_seq(2)) == "+a:2 +b:2 ");
  CHECK(diff(at_seq(2)) == "+last:3 ");
}

TEST_CASE_FIXTURE(Fixture, "times are moments in the order of the log") {
  set("a", "1");
  while (store->now_us() <= time_of("a")) {
  }
  set("b", "1");
  CHECK(diff(at_time(time_of("a"))) == "+b:2 ");
  CHECK(diff(at_time(1), at_time(time_of("a"))) == "+a:1 ");
  CHECK(diff(at_time(time_of("b"))).empty());
  CHECK(diff(at_time(1), at_time(UINT64_MAX)) == "+a:1 +b:2 ");
}

TEST_CASE_FIXTURE(Fixture,
                  "where it begins is found by checkpoints, from now and after reopening") {
  std::string late;
  for (int i = 1; i <= 300; ++i) {
    const std::string key = "k" + std::to_string(i);
    CHECK(set(key, "v") == static_cast<std::uint64_t>(i));
    if (i % 50 == 0) REQUIRE(store->checkpoint());
    if (i > 220) late += "+" + key + ":" + std::to_string(i) + " ";
  }
  const auto check = [&] {
    CHECK(diff(at_seq(220)) == late);
    CHECK(diff(at_seq(100), at_seq(101)) == "+k101:101 ");
    CHECK(diff(at_seq(0), at_seq(2)) == "+k1:1 +k2:2 ");
    CHECK(diff(at_time(time_of("k220"))).ends_with(late.substr(late.size() - 300)));
  };
  check();
  store.reset();
  store = open_store(files);
  check();
}

TEST_CASE_FIXTURE(Fixture, "below the floor of a compacted file it is refused by name") {
  for (int i = 0; i < 10; ++i) set("k" + std::to_string(i), "v");
  REQUIRE(store->remove("k0"));
  const std::uint64_t first = time_of("k1");
  REQUIRE(store->compact({KeepHistory{std::nullopt, 3, false}}));
  CHECK(diff(at_seq(7)) == "error PURGED");
  CHECK(diff(at_time(first - 1)) == "error PURGED");
  CHECK(diff(at_seq(8)) == "-k0:11 +k8:9 +k9:10 ");
  REQUIRE(store->compact({KeepHistory::none()}));
  CHECK(diff(at_seq(11)).empty());
  set("k3", "w");
  CHECK(diff(at_seq(11)) == "~k3:12 ");
}

TEST_CASE_FIXTURE(Fixture, "damage in between is told") {
  set("a", "1");
  const std::uint64_t begin = store->stats().file_size;
  set("b", "1");
  const std::uint64_t end = store->stats().file_size;
  set("c", "1");
  set("d", "1");
  store.reset();
  testing::Image image = files.memory("a.bin");
  for (std::uint64_t at = begin; at < end; ++at) image[at] = static_cast<char>(image[at] ^ 0x55);
  files.put("a.bin", image);
  store = open_store(files);
  CHECK(diff(at_seq(0)) == "error CORRUPT");
  CHECK(diff(at_seq(1)) == "error CORRUPT");
  CHECK(diff(at_seq(2)) == "+c:3 +d:4 ");  // it is neither before nor after
  CHECK(diff(at_seq(3)) == "+d:4 ");
  CHECK(diff(at_seq(0), at_seq(1)) == "+a:1 ");
}

TEST_CASE_FIXTURE(Fixture, "only keys with the prefix count") {
  for (const char* key : {"a", "ab", "b", ""}) set(key, "1");
  CHECK(diff(at_seq(0), {}, "a") == "+a:1 +ab:2 ");
  CHECK(diff(at_seq(0), {}, "zz").empty());
}

TEST_CASE_FIXTURE(Fixture, "keys come in their order, however few are held at once") {
  unsigned random = 7;
  const auto key = [&random](unsigned of) {
    random = random * 1'103'515'245 + 12'345;
    return "user:" + std::string(random >> 16 & 3, 'x') + std::to_string((random >> 18) % of);
  };
  for (int i = 0; i < 60; ++i) set(key(30), "1");
  const std::uint64_t from = store->stats().last_seq;
  for (int i = 0; i < 40; ++i) set(key(30), "2");
  for (int i = 0; i < 10; ++i) REQUIRE(store->remove(key(30)));
  REQUIRE(store->clear());
  for (int i = 0; i < 20; ++i) set(key(60), "3");
  set("user:", "4");
  set("user:" + std::string(1, '\0'), "4");
  for (const std::uint64_t since : {std::uint64_t{0}, from, from + 20}) {
    CAPTURE(since);
    const std::string all = diff(at_seq(since));
    CHECK(std::count(all.begin(), all.end(), ' ') > 20);
    std::string last;
    auto changes = Diff::between(*store->snapshot(), at_seq(since), {}, "");
    std::uint64_t count = 0;
    for (auto change = changes->next(); change && *change; change = changes->next(), ++count) {
      CHECK((count == 0 || (*change)->key > last));
      last = (*change)->key;
    }
    CHECK(*changes->count() == count);
    for (const std::size_t most : {1, 2, 3, 7, 1000}) {
      CAPTURE(most);
      CHECK(diff(at_seq(since), {}, "", most) == all);
      CHECK(diff(at_seq(since), {}, "user:x", most) == diff(at_seq(since), {}, "user:x"));
    }
  }
}
