// An index that does not fit on the disk: it takes nothing, says so once, and is stored as soon as
// there is space.
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

namespace {

constexpr int kRecords = 1024;  // of the memtable, for the memory given

struct Told {
  std::mutex mutex;
  std::vector<std::string> sentences;
  void add(const std::string& sentence) {
    const std::lock_guard lock(mutex);
    sentences.push_back(sentence);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return sentences.size();
  }
};

bool wait_for(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return condition();
}

}  // namespace

TEST_CASE("a seal that does not fit takes no space, is told once, and done when there is some") {
  SimFiles files;
  Told told;
  Options options;
  options.file_system = &files;
  options.memory = kRecords << 10;
  options.sync = SyncPolicy::none();
  options.on_warning = [&told](const std::string& sentence) { told.add(sentence); };
  const auto store = *Store::open("a.bin", options);
  for (int i = 0; i < kRecords - 20; ++i) REQUIRE(store->set("key" + std::to_string(i), "v"));
  // What is left takes the records that are still to come, and no run.
  files.capacity = store->stats().allocated;
  const std::uint64_t left = store->stats().allocated - store->stats().file_size;
  REQUIRE(left > 6'000);
  if (left > 16'000) REQUIRE(store->set("large", std::string(left - 8'000, 'v')));
  for (int i = 0; i < 30; ++i) REQUIRE(store->set("more" + std::to_string(i), "v"));
  REQUIRE(wait_for([&] { return !store->stats().warnings.empty(); }));
  const std::uint64_t end = store->stats().file_size;
  CHECK(store->stats().warnings[0].find("index") != std::string::npos);
  // Long enough for another try.
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  CHECK(store->stats().file_size == end);
  CHECK(store->stats().index_written == 0);
  CHECK(store->set("small", "v"));
  CHECK(told.count() == 1);
  files.capacity = std::uint64_t{1} << 30;
  CHECK(wait_for([&] { return store->stats().index_seals > 0; }));
  CHECK(wait_for([&] { return store->stats().warnings.empty(); }));
  CHECK(told.count() == 1);
}
