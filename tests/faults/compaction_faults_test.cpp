// KVSTORE_LONG=1 test_faults    other errors, and each allocation
//
// Whatever system call or allocation of a compaction fails, once or from then on: it is done, or
// answers an error and has changed nothing. No answer is wrong, nothing acknowledged is lost, the
// store goes on, and once the failure has ended a compaction succeeds and leaves nothing
// unfinished behind.

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "src/store/planted.h"
#include "tests/faults/allocations.h"
#include "tests/faults/system_calls.h"
#include "tests/faults/workload.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using test::fail_each_allocation;
using test::fail_each_call;
using test::Fault;
using test::Shortage;
using test::Workload;

namespace {

const bool g_long = std::getenv("KVSTORE_LONG") != nullptr;
const CompactionOptions kNone{.keep = KeepHistory::none()};

// A file with history, deletions and an index in it, as a kill leaves it, and what is in it.
struct Killed {
  Killed() {
    work.shape = test::kCompacting;
    auto store = Store::open(directory / "data.bin");
    REQUIRE(store);
    work.run(**store);
    REQUIRE(work.failed_checkpoints + work.failed_compactions == 0);
    image = test::read_file(directory / "data.bin");
  }
  QuickDir directory;
  Workload work;
  std::string image;
};

std::string compacts(Store& store) {
  const Status done = store.compact(kNone);
  if (!done) return "it is not compacted later: " + done.error().message;
  return test::has_unfinished(store.path()) ? "an unfinished file is left" : "";
}

// A failure that has ended is one no more; but a failed sync is, until the file is reopened.
std::string heals(Store& store) { return !store.stats().writes_refused ? compacts(store) : ""; }

std::unique_ptr<Store> open(const std::string& path) {
  try {
    auto store = Store::open(path);
    if (store) return std::move(*store);
  } catch (const std::bad_alloc&) {
  }
  return nullptr;
}

// What the file is after all that.
std::string wrong_with(const std::string& path, const Workload& work) {
  if (auto wrong = test::untruth(path, work)) return *wrong;
  auto store = open(path);
  if (!store) return "it does not open";
  if (std::string wrong = compacts(*store); !wrong.empty()) return wrong;
  store.reset();
  return test::index_untruth(path).value_or("");
}

// Opens, writes, seals and compacts with one fault. What is wrong, or empty.
std::string wrong_with_fault(const Fault& fault, const Killed& killed, Workload* work) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  test::write_file(path, killed.image);
  std::string wrong;
  test::arm(fault);
  {
    const auto store = open(path);
    if (store) work->run(*store);
    test::disarm();
    const bool could_remove = !fault.for_ever && test::failed_call() != "unlink";
    if (could_remove && test::has_unfinished(path)) wrong = "an unfinished file is left at once";
    if (store) work->read_all(*store);
    // A later compaction would mend a name that leads to the wrong file.
    const bool ends_at_once = fault.for_ever && fault.call % 2 == 1;
    if (store && wrong.empty() && !ends_at_once) wrong = heals(*store);
    if (store) work->read_all(*store);
  }
  if (wrong.empty()) wrong = wrong_with(path, *work);
  if (!wrong.empty()) wrong += "; call " + std::to_string(fault.call) + ", " + test::failed_call();
  return wrong;
}

struct Seen {
  std::uint64_t calls = 0, failed_compactions = 0;
  std::string wrong;  // the first
};

Seen fail_each(const Fault& first) {
  const Killed killed;
  Seen seen;
  seen.calls = fail_each_call(first, [&](const Fault& fault) {
    if (!seen.wrong.empty()) return test::arm({});
    Workload work = killed.work;
    seen.wrong = wrong_with_fault(fault, killed, &work);
    seen.failed_compactions += work.failed_compactions;
  });
  MESSAGE(seen.calls << " calls failed, and " << seen.failed_compactions << " compactions");
  return seen;
}

std::string wrong_with_shortage(const Shortage& shortage, const Killed& killed, Workload* work) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  test::write_file(path, killed.image);
  test::arm_shortage(shortage);
  auto store = open(path);
  if (store) work->run(*store);
  test::disarm_shortage();
  std::string wrong =
      store && test::has_unfinished(path) ? "an unfinished file is left at once" : "";
  if (store && wrong.empty()) wrong = heals(*store);
  if (store) work->read_all(*store);
  store.reset();
  return wrong.empty() ? wrong_with(path, *work) : wrong;
}

}  // namespace

TEST_CASE("any system call of a compaction may fail") {
  for (const int error : {EIO, ENOMEM}) {
    for (const bool for_ever : {false, true}) {
      if (error != EIO && !g_long) continue;
      CAPTURE(error);
      CAPTURE(for_ever);
      const Seen seen = fail_each({0, for_ever, error});
      CHECK(seen.wrong == "");
      CHECK(seen.calls > 100);
      CHECK(seen.failed_compactions > 10);
    }
  }
}

TEST_CASE("a compaction may find the disk full at any call, for a moment or for ever") {
  for (const bool for_ever : {false, true}) {
    CAPTURE(for_ever);
    CHECK(fail_each({0, for_ever, ENOSPC}).wrong == "");
  }
}

TEST_CASE("any allocation of a compaction may fail") {
  const Killed killed;
  for (const bool for_ever : {false, true}) {
    std::uint64_t failed_compactions = 0;
    const auto seen = fail_each_allocation({0, for_ever}, [&](const Shortage& shortage) {
      if (!g_long && shortage.allocation % 4 != 1) return;
      CAPTURE(shortage.allocation);
      Workload work = killed.work;
      CHECK(wrong_with_shortage(shortage, killed, &work) == "");
      failed_compactions += work.failed_compactions;
    });
    CHECK(failed_compactions > 20);
    MESSAGE(seen << " allocations failed, and " << failed_compactions << " compactions");
  }
}

TEST_CASE("the loop finds a store that goes on in a file that has got no name") {
  planted::nameless_swap = true;
  Fault fault{0, true, EIO};
  fault.only = "rename";
  const Seen seen = fail_each(fault);
  planted::nameless_swap = false;
  CHECK(seen.wrong != "");
  MESSAGE(seen.wrong);
}
