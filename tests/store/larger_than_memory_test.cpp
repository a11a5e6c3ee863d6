// A file that memory cannot hold: what will be read is asked for before it is, and the answers are
// the same.
#include <map>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/store/iterator.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"

namespace kvstore::testing {
namespace {

constexpr std::uint64_t kKeys = 3'000;

std::string key_of(std::uint64_t i) { return fmt::format("key {}", i * 7919 % 100'003); }

std::map<std::string, std::string> fill(Store& store) {
  std::map<std::string, std::string> model;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    const std::string value = fmt::format("{} {}", i, std::string(i % 400, 'v'));
    REQUIRE(store.set(key_of(i), value));
    model[key_of(i)] = value;
  }
  return model;
}

void check_walk(Store& store, const std::map<std::string, std::string>& model) {
  auto walk = store.iterator({});
  REQUIRE(walk);
  auto expected = model.begin();
  for ((*walk)->first(); (*walk)->valid(); (*walk)->next(), ++expected) {
    REQUIRE(expected != model.end());
    REQUIRE((*walk)->key() == expected->first);
    const auto value = (*walk)->value();
    REQUIRE(value);
    REQUIRE(*value == expected->second);
  }
  CHECK((*walk)->status());
  CHECK(expected == model.end());
}

struct Ahead {
  std::uint64_t calls, bytes;
};
Ahead ahead_of(const SimFiles& files) { return {files.reads_ahead, files.bytes_ahead}; }

}  // namespace

TEST_CASE("a walk over records that lie anywhere asks for each of them") {
  SimFiles files;
  const auto store = open_store(files);
  const auto model = fill(*store);
  const Ahead before = ahead_of(files);
  check_walk(*store, model);
  CHECK(files.reads_ahead == before.calls);  // all of it is in memory
  files.are_larger_than_memory = true;
  check_walk(*store, model);
  CHECK(files.reads_ahead - before.calls >= kKeys);
  CHECK(files.bytes_ahead - before.bytes < kKeys * 1024);
}

TEST_CASE("a walk over records that follow one another asks for long stretches") {
  SimFiles files;
  const auto store = open_store(files);
  const auto model = fill(*store);
  REQUIRE(store->compact({.keep = KeepHistory::none()}));
  files.are_larger_than_memory = true;
  const Ahead before = ahead_of(files);
  check_walk(*store, model);
  const std::uint64_t calls = files.reads_ahead - before.calls;
  CHECK(calls > 0);
  CHECK(calls < kKeys / 3);  // those before it is believed
}

TEST_CASE("a large value is asked for whole, and a part of it as a part") {
  SimFiles files;
  const auto store = open_store(files);
  const std::string large(3 << 20, 'x');
  REQUIRE(store->set("large", large));
  files.are_larger_than_memory = true;
  Ahead before = ahead_of(files);
  std::string value;
  REQUIRE(store->get("large", &value));
  CHECK(value == large);
  CHECK(files.bytes_ahead - before.bytes >= large.size());
  before = ahead_of(files);
  REQUIRE(store->read("large", 1 << 20, 100'000, &value));
  CHECK(value == large.substr(0, 100'000));
  CHECK(files.bytes_ahead - before.bytes >= 100'000);
  CHECK(files.bytes_ahead - before.bytes < 300'000);
}

}  // namespace kvstore::testing
