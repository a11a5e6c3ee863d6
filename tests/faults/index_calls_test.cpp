// KVSTORE_LONG=1 test_faults    other errors, too
//
// The index in the file is derived: whatever call fails while it is sealed, merged, noted in a
// checkpoint or freed, no answer is wrong, nothing acknowledged is lost, and once the failure
// has ended the next checkpoint succeeds and verify finds the index whole.

#include <cerrno>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "src/store/planted.h"
#include "tests/faults/system_calls.h"
#include "tests/faults/workload.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using test::fail_each_call;
using test::Fault;
using test::Workload;

namespace {

const bool g_long = std::getenv("KVSTORE_LONG") != nullptr;

// A file with an index in it, as a kill leaves it, and what is in it.
struct Killed {
  explicit Killed(const Workload::Shape& shape) {
    work.shape = shape;
    auto store = Store::open(directory / "data.bin");
    REQUIRE(store);
    work.run(**store);
    REQUIRE(work.failed_checkpoints == 0);
    REQUIRE((*store)->stats().index_merges > 0);
    image = test::read_file(directory / "data.bin");
  }
  QuickDir directory;
  Workload work;
  std::string image;
};

// A failure that has ended is one no more; but a sync that failed is, until the file is reopened.
std::string heals(Store& store) {
  if (store.stats().writes_refused) return {};
  if (test::failed_call() == "fdatasync") return "a failed sync is forgiven";
  const Status sealed = store.checkpoint();
  return sealed ? "" : "it does not heal: " + sealed.error().message;
}

// Opens from the checkpoint, writes and seals with one fault. What is wrong, or empty.
std::string violation_with(const Fault& fault, const Killed& killed, Workload* work) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  test::write_file(path, killed.image);
  std::string wrong;
  test::arm(fault);
  {
    auto store = Store::open(path);
    if (store) work->run(**store);
    test::disarm();
    if (store) work->read_all(**store);
    if (store) wrong = heals(**store);
    if (store) work->read_all(**store);
  }
  if (wrong.empty()) wrong = test::untruth(path, *work).value_or("");
  if (wrong.empty()) wrong = test::index_untruth(path).value_or("");
  if (!wrong.empty()) wrong += "; call " + std::to_string(fault.call) + ", " + test::failed_call();
  return wrong;
}

struct Seen {
  std::uint64_t calls = 0;
  std::uint64_t failed_checkpoints = 0;
  std::string wrong;  // the first
};

Seen fail_each(const Fault& first, const Workload::Shape& shape) {
  const Killed killed(shape);
  Seen seen;
  seen.calls = fail_each_call(first, [&](const Fault& fault) {
    if (!seen.wrong.empty()) return test::arm({});
    Workload work = killed.work;
    seen.wrong = violation_with(fault, killed, &work);
    seen.failed_checkpoints += work.failed_checkpoints;
  });
  MESSAGE(seen.calls << " calls failed, and " << seen.failed_checkpoints << " checkpoints");
  return seen;
}

// Such long keys that each seal needs more of the disk.
constexpr Workload::Shape kLarge{66, 24, 40'000, 12};

Fault failing(const char* call, bool for_ever, int error) {
  Fault fault{0, for_ever, error};
  fault.only = call;
  return fault;
}

}  // namespace

TEST_CASE("any system call may fail while the index is sealed, merged, noted and freed") {
  for (const int error : {EIO, ENOMEM}) {
    for (const bool for_ever : {false, true}) {
      if (error != EIO && !g_long) continue;
      CAPTURE(error);
      CAPTURE(for_ever);
      const Seen seen = fail_each({0, for_ever, error}, test::kSealing);
      CHECK(seen.wrong == "");
      CHECK(seen.calls > 100);
      CHECK(seen.failed_checkpoints > 10);
    }
  }
}

TEST_CASE("the disk may be full from any system call on") {
  const Seen seen = fail_each({0, true, ENOSPC}, test::kSealing);
  CHECK(seen.wrong == "");
}

TEST_CASE("a disk that is full while the index is sealed or merged costs nothing") {
  const Seen seen = fail_each(failing("fallocate", true, ENOSPC), kLarge);
  CHECK(seen.wrong == "");
  CHECK(seen.failed_checkpoints > 3);
}

TEST_CASE("the loop finds a memtable that is dropped when its seal failed") {
  planted::forgotten_memtable = true;
  const Seen seen = fail_each(failing("fallocate", true, ENOSPC), kLarge);
  planted::forgotten_memtable = false;
  CHECK(seen.wrong != "");
  MESSAGE(seen.wrong);
}

TEST_CASE("the loop finds a failed sync that is tried again") {
  planted::retried_sync = true;
  const Seen seen = fail_each(failing("fdatasync", false, EIO), test::kSealing);
  planted::retried_sync = false;
  CHECK(seen.wrong.find("a failed sync is forgiven") == 0);
}
