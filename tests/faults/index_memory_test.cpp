// KVSTORE_LONG=1 test_faults    each allocation; else some
//
// No memory while the index is sealed, merged, noted or opened, in the caller's thread and in the
// store's own: each call answers an error or is done, no thread ends the process, and when
// memory is back the next checkpoint succeeds and verify finds the index whole.

#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "src/store/planted.h"
#include "tests/crash/spoiled_index.h"
#include "tests/faults/allocations.h"
#include "tests/faults/system_calls.h"
#include "tests/faults/workload.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using test::fail_each_allocation;
using test::Shortage;
using test::Workload;

namespace {

const bool g_long = std::getenv("KVSTORE_LONG") != nullptr;

// Seals after so many records, in the background.
constexpr std::uint64_t kFewRecords = 6 * 1024;

std::unique_ptr<Store> open(const std::string& path, std::uint64_t memory = kDefaultMemory) {
  try {
    Options options;
    options.memory = memory;
    auto store = Store::open(path, options);
    if (store) return std::move(*store);
    const test::Exempt own_account;
    CHECK(store.error().code == Code::kMemory);
  } catch (const std::bad_alloc&) {
  }
  return nullptr;
}

// A file with an index in it, as a kill leaves it, and what is in it.
struct Killed {
  Killed() {
    work.shape = test::kSealing;
    const auto store = open(directory / "data.bin");
    work.run(*store);
    REQUIRE(work.failed_checkpoints == 0);
    image = test::read_file(directory / "data.bin");
  }
  QuickDir directory;
  Workload work;
  std::string image;
};

std::string heals(Store& store) {
  const Status sealed = store.checkpoint();
  return sealed ? "" : "it does not heal: " + sealed.error().message;
}

std::string truth_of(const std::string& path, const Workload& work) {
  if (auto wrong = test::untruth(path, work)) return *wrong;
  return test::index_untruth(path).value_or("");
}

// Opens the file, writes, reads and seals with one shortage. What is wrong, or empty.
std::string violation_with(const Shortage& shortage, const std::string& image, std::uint64_t memory,
                           Workload* work) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  test::write_file(path, image);
  test::arm_shortage(shortage);
  auto store = open(path, memory);
  if (store) work->run(*store);
  test::disarm_shortage();
  std::string wrong = store ? heals(*store) : "";
  if (store) work->read_all(*store);
  store.reset();
  return wrong.empty() ? truth_of(path, *work) : wrong;
}

}  // namespace

TEST_CASE("any allocation of opening from a checkpoint, sealing and merging may fail") {
  const Killed killed;
  for (const bool for_ever : {false, true}) {
    std::uint64_t failed_checkpoints = 0;
    const auto seen = fail_each_allocation({0, for_ever}, [&](const Shortage& shortage) {
      if (for_ever && !g_long && shortage.allocation % 4 != 1) return;
      CAPTURE(shortage.allocation);
      Workload work = killed.work;
      CHECK(violation_with(shortage, killed.image, kDefaultMemory, &work) == "");
      failed_checkpoints += work.failed_checkpoints;
    });
    CHECK(failed_checkpoints > 20);
    MESSAGE(seen << " allocations failed, and " << failed_checkpoints << " checkpoints");
  }
}

TEST_CASE("any allocation of the thread that seals may fail, and no thread ends the process") {
  const Killed killed;
  std::mt19937 random(1);
  for (const bool for_ever : {false, true}) {
    Shortage shortage{1, for_ever, true};
    std::uint64_t runs = 0;
    for (bool failed = true; failed; ++runs) {
      CAPTURE(shortage.allocation);
      Workload work = killed.work;
      work.shape.checkpoint_every = 0;  // all by itself
      CHECK(violation_with(shortage, killed.image, kFewRecords, &work) == "");
      failed = test::shortages() > 0;
      shortage.allocation += g_long ? 1 : 1 + random() % 25;
    }
    CHECK(runs > 30);
    MESSAGE(runs << " allocations failed, of " << shortage.allocation);
  }
}

TEST_CASE("any allocation may fail where a damaged segment is built anew") {
  const Killed killed;
  for (int seed = 0; seed < 3; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::string image = killed.image;
    REQUIRE(kvstore::testing::spoil_index(&image, random));
    const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
      CAPTURE(shortage.allocation);
      QuickDir directory;
      const std::string path = directory / "data.bin";
      test::write_file(path, image);
      Workload work = killed.work;
      test::arm_shortage(shortage);
      auto store = open(path);
      if (store) work.read_all(*store);
      test::disarm_shortage();
      const std::uint64_t failed_reads = work.failed_reads;
      if (store) work.read_all(*store);
      CHECK(work.failed_reads == failed_reads);
      if (store) CHECK(heals(*store) == "");
      store.reset();
      CHECK(test::untruth(path, work).value_or("") == "");
    });
    CHECK(seen > 10);
    MESSAGE(seen << " allocations failed");
  }
}

TEST_CASE("the shortage finds a memtable that is dropped when its seal failed") {
  const Killed killed;
  std::string wrong;
  planted::forgotten_memtable = true;
  fail_each_allocation({}, [&](const Shortage& shortage) {
    if (!wrong.empty()) return test::arm_shortage({});
    Workload work = killed.work;
    wrong = violation_with(shortage, killed.image, kDefaultMemory, &work);
  });
  planted::forgotten_memtable = false;
  CHECK(wrong != "");
  MESSAGE(wrong);
}
