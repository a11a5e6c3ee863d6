// Reads of the past below what a file keeps of it, and large batches.
#include <string>

#include <doctest/doctest.h>

#include "src/log/log.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::at_time;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

TEST_CASE("below the floor everything is PURGED, by version and by time, and whatever the key") {
  SimFiles files;
  files.put("a.bin", log::Log::new_file(log::random_id(), log::Id{}, {.seq = 3}));
  auto store = open_store(files, {.sync = SyncPolicy::none()});
  for (const char* value : {"1", "2", "3", "4"}) REQUIRE(store->set("k", value));
  for (const char* key : {"k", "never there"}) {
    CHECK(get(*store, key, at_seq(2)) == "error PURGED");
    CHECK(get(*store, key, at_time(1'000'000'000'000'000)) == "error PURGED");  // 2001
  }
  CHECK(get(*store, "k", at_seq(3)) == "3");
  CHECK(get(*store, "k", at_time(store->now_us())) == "4");
  CHECK(get(*store, "never there", at_time(store->now_us())) == "(nil)");
}

TEST_CASE("a batch takes the space of its records, not of the longest they could be") {
  SimFiles files;  // has room for 256 MiB
  auto store = open_store(files, {.sync = SyncPolicy::none()});
  constexpr int kKeys = 200'000;
  Batch sets, removals;
  for (int i = 0; i < kKeys; ++i) {
    sets.set("key" + std::to_string(i), "v");
    removals.remove("key" + std::to_string(i));
  }
  REQUIRE(store->apply(sets, false));
  CHECK(*store->count() == kKeys);
  CHECK(*store->apply(removals, false) == kKeys);
  CHECK(*store->count() == 0);
  CHECK(store->stats().allocated < std::uint64_t{100} << 20);
}

TEST_CASE("a batch for which there is no space leaves nothing behind") {
  SimFiles files;
  auto store = open_store(files, {.sync = SyncPolicy::none()});
  REQUIRE(store->set("before", "1"));
  files.capacity = 1 << 20;
  Batch batch;
  for (int i = 0; i < 30'000; ++i) batch.set("key" + std::to_string(i), "v");
  const auto applied = store->apply(batch, false);
  REQUIRE_FALSE(applied);
  CHECK(applied.error().code == Code::kFull);
  CHECK(*store->count() == 1);
  CHECK(store->set("after", "2"));
  store.reset();
  files.capacity = testing::MappedRegion::kCapacity;
  store = open_store(files, {.sync = SyncPolicy::none()});
  CHECK(store->open_report().how == OpenReport::How::kClean);
  CHECK(get(*store, "after", {}) == "2");
  CHECK(get(*store, "key0", {}) == "(nil)");
  CHECK(*store->count() == 2);
}
