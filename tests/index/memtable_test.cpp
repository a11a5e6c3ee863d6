#include "src/index/memtable.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "src/base/hash.h"

using kvstore::ReclamationEpochs;
using kvstore::hash_key;
using kvstore::index::Entry;
using kvstore::index::Memtable;

namespace {

// Keys are numbers, and live "in the log" at an offset of their own.
std::uint64_t hash_of(std::uint64_t key) { return hash_key(std::to_string(key), 7); }
std::uint64_t offset_of(std::uint64_t key, std::uint64_t version) { return (key << 10 | version) * 8; }
std::uint64_t key_at(std::uint64_t offset) { return offset / 8 >> 10; }

void put(Memtable& table, std::uint64_t key, std::uint64_t version) {
  const std::uint64_t old =
      table.find(hash_of(key), [&](std::uint64_t at) { return key_at(at) == key; });
  table.reserve(hash_of(key));
  table.publish(hash_of(key), old, Entry(offset_of(key, version)));
}

std::uint64_t find(const Memtable& table, std::uint64_t key) {
  return table.find(hash_of(key), [&](std::uint64_t at) { return key_at(at) == key; });
}

}  // namespace

TEST_CASE("the newest offset of each key is found, and no other") {
  ReclamationEpochs epochs;
  Memtable table(epochs);
  for (std::uint64_t version = 1; version <= 3; ++version) {
    for (std::uint64_t key = 1; key <= 50'000; ++key) put(table, key, version);
  }
  CHECK(table.keys() == 50'000);
  for (std::uint64_t key = 1; key <= 50'000; ++key) REQUIRE(find(table, key) == offset_of(key, 3));
  CHECK(find(table, 50'001) == 0);
  // The slots, and the list of 150,000 entries.
  CHECK(table.bytes() < 50'000 * 24 + 150'000 * 8);
}

TEST_CASE("keys of one hash are told apart by the matcher") {
  ReclamationEpochs epochs;
  Memtable table(epochs);
  for (std::uint64_t key = 1; key <= 100; ++key) {
    table.reserve(42);
    table.publish(42, 0, Entry(offset_of(key, 0)));
  }
  for (std::uint64_t key = 1; key <= 100; ++key) {
    CHECK(table.find(42, [&](std::uint64_t at) { return key_at(at) == key; }) == offset_of(key, 0));
  }
}

TEST_CASE("room made ahead serves a whole batch") {
  ReclamationEpochs epochs;
  Memtable table(epochs);
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t key = 1; key <= 20'000; ++key) hashes.push_back(hash_of(key));
  table.reserve(hashes);
  const std::uint64_t bytes = table.bytes();
  for (std::uint64_t key = 1; key <= 20'000; ++key) put(table, key, 1);
  CHECK(table.bytes() == bytes + 20'000 * 8);  // of the list of entries
}

TEST_CASE("readers find every key beside a writer that makes the tables grow") {
  ReclamationEpochs epochs;
  Memtable table(epochs);
  for (std::uint64_t key = 1; key <= 100; ++key) put(table, key, 0);
  std::atomic<bool> stop{false};
  std::atomic<int> lost{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        ReclamationEpochs::Guard guard(epochs);
        for (std::uint64_t key = 1; key <= 100; ++key) lost += find(table, key) == 0;
      }
    });
  }
  for (std::uint64_t key = 101; key <= 100'000; ++key) put(table, key, 0);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(lost == 0);
}
