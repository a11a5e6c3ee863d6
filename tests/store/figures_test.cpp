// Store::figures(): what monitoring asks for beside stats().
#include "src/store/figures.h"

#include <numeric>
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;

namespace {

std::uint64_t all(const BucketCounts& counts) {
  return std::accumulate(counts.counts.begin(), counts.counts.end(), std::uint64_t{0});
}

}  // namespace

TEST_CASE("syncs are counted by their time and by what they made durable, also over a compaction") {
  const testing::TempDir directory;
  const auto store = Store::open(directory / "data.bin", Options{});
  REQUIRE(store);
  for (int i = 0; i < 20; ++i) REQUIRE((*store)->set("key" + std::to_string(i), "value"));
  const StoreFigures before = (*store)->figures();
  CHECK(all(before.sync_us) == (*store)->stats().syncs);
  CHECK(before.sync_writes.sum == 20);
  CHECK(before.free_bytes > 0);
  CompactionOptions options;
  options.keep = KeepHistory::none();
  REQUIRE((*store)->compact(options));
  REQUIRE((*store)->set("one more", "value"));
  const StoreFigures after = (*store)->figures();
  CHECK(all(after.sync_us) > all(before.sync_us));
  CHECK(after.sync_writes.sum == 21);
}

TEST_CASE("what the live keys take is estimated, without the versions that are not the newest") {
  const testing::TempDir directory;
  Options options;
  options.sync = SyncPolicy::none();
  const auto store = Store::open(directory / "data.bin", options);
  REQUIRE(store);
  const std::string value(1000, 'x');
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 1000; ++i) REQUIRE((*store)->set("key" + std::to_string(i), value));
  }
  const auto live = (*store)->figures().live_bytes;
  REQUIRE(live);
  CHECK(*live > 1'000'000);
  CHECK(*live < 1'300'000);
}

TEST_CASE("a store without a file has no figures, and does not make one") {
  const testing::TempDir directory;
  const auto store = Store::open(directory / "data.bin", Options{});
  REQUIRE(store);
  CHECK_FALSE((*store)->figures().live_bytes.has_value());
}
