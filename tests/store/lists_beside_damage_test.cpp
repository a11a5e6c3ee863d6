// KEYS, SCAN and COUNT beside damage: never a short list, or a count, as if it were
// whole; and as before where no key can be missing from it.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::get;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

// What all of them say: the keys, or the error, the same of each.
std::string lists(Store& store) {
  std::string keys;
  const auto scanned = store.scan("", std::nullopt, UINT64_MAX, [&](std::string_view key) {
    keys += key;
    return true;
  });
  std::uint64_t stepped = 0;
  const auto next = store.scan_step(0, 1000, [&](std::string_view) { ++stepped; });
  const auto count = store.count();
  CHECK(scanned.has_value() == next.has_value());
  CHECK(scanned.has_value() == count.has_value());
  CHECK(store.stats().keys_are_known == count.has_value());
  CHECK(store.stats().warnings.empty() == count.has_value());
  if (!scanned) return name_of(scanned.error());
  CHECK(stepped == keys.size());
  CHECK(*count == keys.size());
  return keys;
}

// The image of a file whose records of `at`'s n-th text have a damaged head.
testing::Image with_bad_head(testing::Image image, const std::string& value) {
  const std::size_t at = image.find(value);
  REQUIRE(at != std::string::npos);
  image[at - 9] = static_cast<char>(image[at - 9] ^ 1);
  return image;
}

testing::Image closed_file(const std::vector<std::pair<std::string, std::string>>& writes) {
  SimFiles files;
  auto store = open_store(files);
  for (const auto& [key, value] : writes) {
    if (value.empty()) {
      Batch batch;
      batch.remove(key);
      batch.remove("never there");
      REQUIRE(store->apply(batch));
    } else {
      REQUIRE(store->set(key, value));
    }
  }
  REQUIRE(store->close());
  return files.memory("a.bin");
}

}  // namespace

TEST_CASE("keys that may be missing from a list make it CORRUPT, with and without a writer") {
  const auto image = closed_file({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  for (const bool read_only : {false, true}) {
    SimFiles files;
    files.put("a.bin", std::string_view(image).substr(0, 4152));  // b and c are cut
    auto store = open_store(files, {.read_only = read_only});
    CHECK(get(*store, "c") == "error CORRUPT");
    CHECK(lists(*store) == "error CORRUPT");
  }
}

TEST_CASE("a lost record whose key is not in the list may be missing from it") {
  const auto image = closed_file({{"a", "value-1"}, {"b", "value-2"}, {"c", "value-3"}});
  SimFiles files;
  files.put("a.bin", with_bad_head(image, "value-2"));
  auto store = open_store(files);
  CHECK(get(*store, "a") == "value-1");
  CHECK(get(*store, "b") == "error CORRUPT");
  CHECK(lists(*store) == "error CORRUPT");
}

TEST_CASE("a lost version of a key that was written since is missing from no list") {
  const auto image =
      closed_file({{"a", "value-1"}, {"b", "value-2"}, {"c", "value-3"}, {"b", "value-4"}});
  SimFiles files;
  files.put("a.bin", with_bad_head(image, "value-2"));
  auto store = open_store(files);
  CHECK(get(*store, "b") == "value-4");
  CHECK(lists(*store) == "abc");
}

TEST_CASE("a batch that changes one key concerns no other key when it is damaged") {
  // What is removed carries no value; its head is the 48 bytes before its key.
  auto image = closed_file({{"a", "value-1"}, {"victim", "value-2"}, {"victim", ""},
                            {"c", "value-3"}});
  const std::size_t at = image.rfind("victim");
  image[at - 30] = static_cast<char>(image[at - 30] ^ 1);
  SimFiles files;
  files.put("a.bin", image);
  auto store = open_store(files);
  CHECK(get(*store, "a") == "value-1");
  CHECK(get(*store, "c") == "value-3");
  CHECK(get(*store, "victim") == "error CORRUPT");
  CHECK(get(*store, "other") == "(nil)");
}

TEST_CASE("a damaged value keeps its key in lists") {
  auto image = closed_file({{"a", "value-1"}, {"b", "value-2"}, {"c", "value-3"}});
  const std::size_t at = image.find("value-2");
  image[at] = static_cast<char>(image[at] ^ 1);
  SimFiles files;
  files.put("a.bin", image);
  auto store = open_store(files);
  CHECK(get(*store, "b") == "error CORRUPT");
  CHECK(lists(*store) == "abc");
}

TEST_CASE("a key with an unreadable newest record is counted once when it is written anew") {
  for (const bool removes : {false, true}) {
    for (const bool sealed : {false, true}) {
      CAPTURE(removes);
      CAPTURE(sealed);
      SimFiles files;
      auto store = open_store(files);
      for (const char* key : {"a", "b", "c"}) REQUIRE(store->set(key, "value-" + std::string(key)));
      REQUIRE(store->checkpoint());
      REQUIRE(store->close());
      store.reset();
      files.put("a.bin", with_bad_head(files.memory("a.bin"), "value-b"));
      store = open_store(files);
      REQUIRE(get(*store, "b") == "error CORRUPT");
      if (removes)
        REQUIRE(store->remove("b"));
      else
        REQUIRE(store->set("b", "new"));
      for (int i = 0; i < 3; ++i) {
        CAPTURE(i);
        if (sealed) REQUIRE(store->checkpoint());
        REQUIRE(store->close());
        store.reset();
        store = open_store(files, {.read_only = i == 1});
        // Who has seen the record, as the open does that reads the log, refuses to count.
        const auto count = store->count();
        CHECK(count.has_value() == sealed);
        if (count) CHECK(*count == (removes ? 2 : 3));
      }
      store.reset();
      store = open_store(files);
      REQUIRE(store->compact({.keep = KeepHistory::none()}));
      CHECK(lists(*store) == (removes ? "ac" : "abc"));
    }
  }
}
