// A batch shows whole or not at all: to the threads of the process that applies
// it, and to those of a reader beside it.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::TempDir;
using kvstore::testing::open_store;

namespace {

constexpr int kKeys = 8;
constexpr std::uint64_t kRounds = 20'000;

std::string key_of(int number) { return "key" + std::to_string(number); }

// How often keys of one batch were seen in part by one question.
std::uint64_t count_partial(Store& store, const std::atomic<bool>& stop) {
  std::vector<std::string> names;
  for (int i = 0; i < kKeys; ++i) names.push_back(key_of(i));
  const std::vector<std::string_view> keys(names.begin(), names.end());
  std::uint64_t partial = 0;
  while (!stop) {
    int there = 0;
    const auto asked = store.stat_each(keys, [&there](const std::optional<KeyInfo>& info) {
      there += info.has_value();
      return true;
    });
    partial += !asked || (there != 0 && there != kKeys);
  }
  return partial;
}

// Round n: all keys have the value n, and every fifth round none is there.
using Apply = std::function<void(Store&, std::uint64_t round)>;

void as_one_batch(Store& store, std::uint64_t round) {
  Batch batch;
  for (int i = 0; i < kKeys; ++i) {
    if (round % 5 == 0) batch.remove(key_of(i));
    if (round % 5 != 0) batch.set(key_of(i), std::to_string(round));
  }
  REQUIRE(store.apply(batch, false));
}

void one_by_one(Store& store, std::uint64_t round) {
  for (int i = 0; i < kKeys; ++i) {
    Batch batch;
    batch.set(key_of(i), std::to_string(round));
    REQUIRE(store.apply(batch, false));
  }
}

// Reads the keys in either order until told to stop. A key read later must not
// be older than one read before it. Returns how often one was.
std::uint64_t count_torn(Store& store, bool backwards, const std::atomic<bool>& stop) {
  std::uint64_t torn = 0, newest = 0;
  std::string value;
  while (!stop) {
    for (int i = 0; i < kKeys; ++i) {
      const auto found = store.get(key_of(backwards ? kKeys - 1 - i : i), &value);
      if (!found) ++torn;
      if (!found || !*found) continue;  // of a round that is not known
      const std::uint64_t round = std::stoull(value);
      torn += round < newest;
      newest = std::max(newest, round);
    }
  }
  return torn;
}

std::uint64_t torn_reads(Store& writer, Store& reader, const Apply& apply) {
  apply(writer, 1);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> torn{0};
  std::vector<std::thread> readers;
  for (const bool backwards : {false, true}) {
    readers.emplace_back([&, backwards] { torn += count_torn(reader, backwards, stop); });
  }
  readers.emplace_back([&] { torn += count_partial(reader, stop); });
  for (std::uint64_t round = 2; round < kRounds; ++round) apply(writer, round);
  stop = true;
  for (std::thread& thread : readers) thread.join();
  return torn;
}

}  // namespace

TEST_CASE("threads beside the one that applies batches see them whole") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin");
  CHECK(torn_reads(*store, *store, as_one_batch) == 0);
}

TEST_CASE("threads of a reader beside the writer see its batches whole") {
  TempDir dir;
  const auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "v"));
  const auto reader = open_store(dir / "a.bin", {.read_only = true});
  CHECK(torn_reads(*writer, *reader, as_one_batch) == 0);
}

TEST_CASE("the test finds writes that are not one batch") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin");
  CHECK(torn_reads(*store, *store, one_by_one) > 0);
}

TEST_CASE("keys of a batch that are new are found or not, never damaged, and scanned once") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin");
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int round = 0; round < 2000; ++round) {
      Batch batch;
      for (int i = 0; i < kKeys; ++i) batch.set(key_of(round * kKeys + i), "v");
      CHECK(store->apply(batch, false));
    }
    stop = true;
  });
  std::uint64_t failed = 0, split = 0;
  std::string value;
  for (int i = 0; !stop; i = (i + 1) % (2000 * kKeys)) {
    failed += !store->get(key_of(i), &value);
    if (i % 1000 != 0) continue;
    std::uint64_t keys = 0;
    failed += !store->scan("", std::nullopt, UINT64_MAX, [&](std::string_view) { return ++keys > 0; });
    split += *store->count() % kKeys != 0;
  }
  writer.join();
  CHECK(failed == 0);
  CHECK(split == 0);
  CHECK(*store->count() == 2000 * kKeys);
}
