// The index in the file: what is sealed, merged and noted in checkpoints answers as the log
// does, in the process that wrote it, after an open, beside the writer.
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

namespace {

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store;
  std::map<std::string, std::optional<std::string>> model;
  std::map<std::string, std::uint64_t> removed_at;
  std::mt19937 random{7};

  Fixture() { reopen(); }
  Options options() {
    Options options;
    options.file_system = &files;
    options.memory = 100 << 10;  // seals after 100 records
    options.sync = SyncPolicy::none();
    return options;
  }
  void reopen() {
    store.reset();
    store = *Store::open("a.bin", options());
  }
  std::string get(Store& from, std::string_view key, const At& at = {}) {
    std::string value;
    const auto found = from.get(key, &value, at);
    if (!found) return found.error().message;
    return *found ? value : "(nil)";
  }
  std::string expected(const std::string& key) {
    const auto found = model.find(key);
    return found == model.end() || !found->second ? "(nil)" : *found->second;
  }
  void write(int writes, int keys) {
    for (int i = 0; i < writes; ++i) {
      const std::string key = "key" + std::to_string(random() % keys);
      auto& value = model[key];
      const unsigned what = random() % 10;
      if (what == 0) {
        REQUIRE(store->remove(key));
        value.reset();
      } else if (what < 4) {
        REQUIRE(store->append(key, "+" + std::to_string(i)));
        value = value.value_or("") + "+" + std::to_string(i);
      } else {
        value = std::to_string(i);
        REQUIRE(store->set(key, *value));
      }
    }
  }
  void check(Store& from) {
    std::uint64_t live = 0;
    for (const auto& [key, value] : model) {
      INFO(key);
      REQUIRE(get(from, key) == value.value_or("(nil)"));
      live += value.has_value();
    }
    for (int i = 0; i < 100; ++i) REQUIRE(get(from, "absent" + std::to_string(i)) == "(nil)");
    REQUIRE(*from.count() == live);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "what is sealed answers as what was written") {
  for (int round = 0; round < 20; ++round) {
    write(300, 400);
    if (round % 3 == 0) REQUIRE(store->checkpoint());
    check(*store);
    if (round % 4 == 3) reopen();
    check(*store);
  }
}

TEST_CASE_FIXTURE(Fixture, "an open reads the log from the checkpoint on") {
  write(1000, 500);
  REQUIRE(store->checkpoint());
  write(10, 500);
  reopen();
  check(*store);
}

TEST_CASE_FIXTURE(Fixture, "runs of like size become one, though a small one is newer than they") {
  for (int run = 0; run < 3; ++run) {
    for (int i = 0; i < 50; ++i)
      REQUIRE(store->set("key" + std::to_string(run * 30 + i), std::to_string(run)));
    REQUIRE(store->checkpoint());
  }
  REQUIRE(store->remove("key0"));
  REQUIRE(store->checkpoint());
  // Once nothing is written for a moment.
  for (int ms = 0; store->stats().index_runs > 2 && ms < 60'000; ++ms)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(store->stats().index_runs == 2);
  CHECK(*store->count() == 109);
  CHECK(get(*store, "key0") == "(nil)");
  CHECK(get(*store, "key31") == "1");
  CHECK(get(*store, "key61") == "2");
}
