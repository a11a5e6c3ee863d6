// Every operation beside every other one, from several threads, with readers
// that follow and open the file anew. What each must answer is checked elsewhere
// (linearizability, batches); this is what ThreadSanitizer looks at.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::TempDir;
using kvstore::testing::open_store;

namespace {

constexpr int kKeys = 50;

std::string key_of(int number) { return "key" + std::to_string(number % kKeys); }

// New keys too, so that tables grow under the readers. False: something failed.
bool write(Store& store, int thread, int i) {
  WriteOptions lazy;
  lazy.wait = i % 100 == 0;
  const std::string own = "own" + std::to_string(thread) + "." + std::to_string(i);
  bool good = store.set(own, "v", lazy) && store.set(key_of(i), "value", lazy) &&
              store.append(key_of(i + 1), "more", lazy) && store.remove(key_of(i + 2), lazy);
  Batch batch;
  batch.set(key_of(i + 3), "batch");
  batch.append(key_of(i + 4), "batch");
  batch.remove(own);
  good = good && store.apply(batch, false);
  if (i % 50 == 0) good = good && store.sync() && store.commit();
  return good;
}

bool read(Store& store, int i) {
  std::string value;
  At before;
  before.seq = store.stats().last_seq;
  bool good = store.get(key_of(i), &value) && store.get(key_of(i), &value, before) &&
              store.read(key_of(i + 1), 2, 5, &value) && store.stat(key_of(i + 2));
  std::uint64_t seq = UINT64_MAX;
  good = good && store.history(key_of(i), 10, [&](const Version& version) {
    return std::exchange(seq, version.seq) > version.seq;
  });
  const auto any = [](std::string_view key) { return !key.empty(); };
  if (i % 20 == 0) good = good && store.scan("key", std::nullopt, 100, any) && store.count();
  if (i % 20 == 1) good = good && store.scan_step(0, 100, [&](std::string_view key) { any(key); });
  return good && store.open_report().damage.empty();
}

}  // namespace

TEST_CASE("every operation runs beside every other one, in the store and in its readers") {
  TempDir dir;
  const std::string path = dir / "a.bin";
  const auto store = open_store(path, {.sync = SyncPolicy::every_ms(1)});
  REQUIRE(store->set("key0", "v"));
  const auto reader = open_store(path, {.read_only = true});
  std::atomic<int> failed{0};
  std::atomic<bool> stop{false};
  const auto until_stop = [&](const std::function<bool(int)>& step) {
    return std::thread([&, step] {
      for (int i = 0; !stop; ++i) failed += !step(i);
    });
  };
  std::vector<std::thread> readers;
  readers.push_back(until_stop([&](int i) { return read(*store, i); }));
  readers.push_back(until_stop([&](int i) { return read(*reader, i); }));
  readers.push_back(until_stop([&](int i) { return read(*reader, i + 7); }));
  readers.push_back(until_stop([&](int i) { return read(*open_store(path, {.read_only = true}), i); }));
  std::vector<std::thread> writers;
  for (int thread = 0; thread < 2; ++thread) {
    writers.emplace_back([&, thread] {
      for (int i = 0; i < 3000; ++i) failed += !write(*store, thread, i);
    });
  }
  for (std::thread& thread : writers) thread.join();
  stop = true;
  for (std::thread& thread : readers) thread.join();
  CHECK(failed == 0);
  std::string value;
  CHECK(*store->get(key_of(2999 + 3), &value));
}
