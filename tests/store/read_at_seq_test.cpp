// What a read at a seq answers is the same whenever it is asked for, whatever is written
// meanwhile, from the moment the seq shows.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

namespace {

constexpr int kKeys = 4;

std::string key(int i) { return "k" + std::to_string(i); }

WriteOptions lazy() {
  WriteOptions options;
  options.wait = false;
  return options;
}

// Everything that can be read at a seq, as one string.
std::string state_at(Store& store, std::uint64_t seq) {
  const At at{.seq = seq, .time_us = std::nullopt};
  std::string state, value;
  for (int i = 0; i < kKeys; ++i) {
    const auto found = store.get(key(i), &value, at);
    REQUIRE(found);
    const auto info = store.stat(key(i), at);
    REQUIRE(info);
    REQUIRE(*found == info->has_value());
    state += *found ? value + "/" + std::to_string((*info)->seq) : "-";
    state += ' ';
  }
  return state;
}

// Sets, appends, deletes, batches and read-modify-writes of a few keys.
void write_something(Store& store, int i) {
  switch (i % 5) {
    case 0:
      (void)store.set(key(i % kKeys), std::to_string(i), lazy());
      break;
    case 1:
      (void)store.append(key((i + 1) % kKeys), "+", lazy());
      break;
    case 2:
      (void)store.remove(key((i + 2) % kKeys), lazy());
      break;
    case 3: {
      Batch batch;
      for (int k = 0; k < kKeys; ++k) batch.set(key(k), "batch " + std::to_string(i));
      (void)store.apply(batch, false);
      break;
    }
    default:
      (void)store.update(
          [i](Update& transaction) -> Status {
            KV_TRY(transaction.append(key(i % kKeys), "a"));
            KV_TRY(transaction.remove(key((i + 1) % kKeys)));
            return {};
          },
          false);
  }
}

}  // namespace

TEST_CASE("a read at the newest seq is repeatable while writers run") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = *Store::open("a.bin", options);
  write_something(*store, 0);
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([&, t] {
      for (int i = t; !stop; ++i) write_something(*store, i);
    });
  }
  int changed = 0, too_new = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t seq = store->stats().last_seq;
    const std::string first = state_at(*store, seq);
    changed += state_at(*store, seq) != first;
    const auto info = store->stat(key(0), {.seq = seq, .time_us = std::nullopt});
    too_new += info && *info && (*info)->seq > seq;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  CHECK(changed == 0);
  CHECK(too_new == 0);
}

TEST_CASE("who has read a write by key reads it at its seq, and by every list") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = *Store::open("a.bin", options);
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int i = 0; i < 20'000; ++i) {
      (void)store->set("n" + std::to_string(i), "v", lazy());
      written.store(i + 1, std::memory_order_release);
    }
  });
  int missing = 0, lists_short = 0;
  for (int seen = 0; seen < 20'000;) {
    seen = written.load(std::memory_order_acquire);
    if (seen == 0) continue;
    const std::string newest = "n" + std::to_string(seen - 1);
    const auto info = store->stat(newest);
    missing += !info || !*info;
    if (info && *info) {
      std::string value;
      const auto again = store->get(newest, &value, {.seq = (*info)->seq, .time_us = {}});
      missing += !again || !*again;
    }
    if (seen % 50 != 0) continue;
    int listed = 0;
    REQUIRE(
        store->scan("n", std::nullopt, UINT64_MAX, [&](std::string_view) { return ++listed > 0; }));
    lists_short += listed < seen;
  }
  writer.join();
  CHECK(missing == 0);
  CHECK(lists_short == 0);
}
