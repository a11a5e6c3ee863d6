// A process that writes and compacts all the time is killed, and another one reads beside it over
// the swaps; and of two that open the file while it gets its new name nobody writes into the old.
//
// KVSTORE_LONG=1 test_process --source-file='*process/compaction*'    300 kills, not 12
#include "src/store/compaction.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include "src/store/planted.h"
#include "src/store/store.h"
#include "tests/process/rounds.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using test::back_up_beside;
using test::kill_again_and_again;
using test::read_beside;
using test::Writing;
using test::Wrong;

namespace {

const bool g_long = std::getenv("KVSTORE_LONG") != nullptr;
constexpr std::uint64_t kFewRecords = 8 << 10;  // of memory: it seals after so few
const Writing kCompacting{"the compacting process", "", true};
const Writing kLosing{"the compacting process", "lost catch-up", true};

// Compacts for ever, keeping much, little or nothing of the past.
void compact_all_the_time(Store& store) {
  constexpr std::uint64_t kKept[] = {0, 50, 2000};
  for (std::uint64_t i = 0;; ++i) {
    const Status done = store.compact({.keep = {std::nullopt, kKept[i % 3], false}});
    REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
  }
}

// Opens, writes and closes so many times, and compacts in between if it is asked to. Returns
// how many writes were not acknowledged.
std::uint64_t open_and_write(const std::string& path, const std::string& key, int times,
                             bool compacts) {
  std::uint64_t failed = 0;
  for (int i = 0; i < times; ++i) {
    Options options;
    options.lock_wait_ms = 30'000;
    const auto store = Store::open(path, options);
    if (!store) {
      ++failed;
      continue;
    }
    failed += !(*store)->append(key, "x");
    if (compacts) failed += !(*store)->compact({.keep = KeepHistory::none()});
    failed += !(*store)->append(key, "x");
  }
  return failed;
}

}  // namespace

TEST_CASE("a process killed while it compacts loses nothing that it acknowledged") {
  const Wrong wrong = kill_again_and_again(g_long ? 300 : 12, kCompacting);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
}

TEST_CASE("a process that reads beside one that compacts sees what is there, also what it holds") {
  const Wrong wrong = read_beside(kCompacting, g_long ? 200'000 : 5000);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
}

TEST_CASE("a backup beside a process that writes and compacts is whole, or there is none") {
  const Wrong wrong = back_up_beside(kCompacting, g_long ? 300 : 24);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
}

TEST_CASE("both find a write that is not caught up with") {
  CHECK(kill_again_and_again(12, kLosing));
  CHECK(read_beside(kLosing, 20'000));
}

TEST_CASE("who opens the file while it gets its new name writes into the new one") {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  const int times = g_long ? 2000 : 60;
  std::uint64_t failed = 0, failed_beside = 0;
  std::thread compacts([&] { failed = open_and_write(path, "a", times, true); });
  std::thread writes([&] { failed_beside = open_and_write(path, "b", times, false); });
  compacts.join();
  writes.join();
  CHECK(failed == 0);
  CHECK(failed_beside == 0);
  const auto store = Store::open(path);
  REQUIRE(store);
  for (const char* key : {"a", "b"}) {
    std::string value;
    REQUIRE((*store)->get(key, &value).value_or(false));
    CHECK(value.size() == static_cast<std::size_t>(2 * times));
  }
}

TEST_CASE("a compaction through a symbolic link leaves the link, and compacts the file") {
  QuickDir directory;
  const std::string path = directory / "data.bin", link = directory / "link.bin";
  REQUIRE(::symlink("data.bin", link.c_str()) == 0);
  const auto store = Store::open(link);
  REQUIRE(store);
  REQUIRE((*store)->set("key", "value"));
  REQUIRE((*store)->compact({.keep = KeepHistory::none()}));
  REQUIRE((*store)->set("other", "value"));
  CHECK(std::filesystem::is_symlink(link));
  Options reading;
  reading.read_only = true;
  CHECK(Store::open(path, reading).value()->count().value() == 2);
}

TEST_CASE("a compaction does not replace what somebody has moved there meanwhile") {
  QuickDir directory;
  const std::string path = directory / "data.bin", other = directory / "other.bin";
  REQUIRE((*Store::open(other))->set("whose", "theirs"));
  const auto store = Store::open(path);
  REQUIRE(store);
  for (int i = 0; i < 100; ++i) {
    REQUIRE((*store)->set("key" + std::to_string(i), std::string(1000, 'x')));
  }
  REQUIRE((*store)->start_compaction({.keep = KeepHistory::none(), .rate = 200'000}));
  std::filesystem::rename(other, path);
  while ((*store)->compaction_status().ended_us == 0) std::this_thread::yield();
  CHECK((*store)->compaction_status().failure);
  std::string whose;
  CHECK(Store::open(path).value()->get("whose", &whose).value());
  CHECK(whose == "theirs");
}

TEST_CASE("the compacting process" * doctest::skip()) {
  const char* path = std::getenv(test::kWrittenFile);
  if (!path) return;  // somebody runs all that is skipped
  planted::lost_catch_up = std::string(std::getenv(test::kPlantedBug)) == "lost catch-up";
  bool compacts = false;
  test::write_rounds(path, kFewRecords, [&compacts](Store& store, std::uint64_t) {
    if (std::exchange(compacts, true)) return;
    std::thread([&store] { compact_all_the_time(store); }).detach();
  });
}
