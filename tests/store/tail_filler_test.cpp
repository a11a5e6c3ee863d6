// The pages ahead of the log: large ones while little is synced, small ones while much is.
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kLarge = file::kLargePage;

void write_bytes(Store& store, std::uint64_t bytes) {
  const std::string value(64 << 10, 'v');
  for (std::uint64_t at = 0; at < bytes; at += value.size()) {
    REQUIRE(store.set("bulk" + std::to_string(at), value));
  }
}

void write_until(Store& store, const SimFiles& files, std::uint64_t large_bytes) {
  while (files.large_bytes < large_bytes) {
    write_bytes(store, 1 << 20);
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("pages are large where much is written between syncs, and small where each write is") {
  SimFiles files;
  auto store = open_store(files, {.sync = SyncPolicy::always()});
  for (int i = 0; i < 200; ++i)
    REQUIRE(store->set("k" + std::to_string(i), std::string(40'000, 'x')));
  CHECK(files.large_bytes == 0);  // 8 MB, synced 40 KB by 40 KB
  store.reset();
  store = open_store(files, {.sync = SyncPolicy::none()});
  write_until(*store, files, 4 * kLarge);
  CHECK(files.splits == 0);
}

TEST_CASE("large pages are split where close syncs follow, and nothing is lost") {
  SimFiles files;
  auto store = open_store(files, {.sync = SyncPolicy::none()});
  write_until(*store, files, 4 * kLarge);
  // Until the next sync these bytes are many; from then on each is a few.
  for (int i = 0; files.splits == 0; ++i) {
    REQUIRE(i < 100'000);
    REQUIRE(store->set("small" + std::to_string(i), std::string(100, 's')));
    REQUIRE(store->sync());
  }
  REQUIRE(store->set("last", "1"));
  CHECK(files.splits == 1);
  CHECK(get(*store, "small0") == std::string(100, 's'));
  CHECK(get(*store, "last") == "1");
  store.reset();
  store = open_store(files, {});
  CHECK(get(*store, "small0") == std::string(100, 's'));
  CHECK(get(*store, "bulk0") == std::string(64 << 10, 'v'));
  CHECK(get(*store, "last") == "1");
}
