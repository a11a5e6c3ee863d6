// The loop of SQLite's tests: a workload is run again and again, each time with
// the next one of its system calls failing, once or for ever, until it has
// fewer. Whatever fails, nothing acknowledged is lost and no value is wrong.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/faults/system_calls.h"
#include "tests/faults/workload.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using test::fail_each_call;
using test::Fault;
using kvstore::testing::QuickDir;
using test::Workload;

namespace {

// Whatever failed when it was opened or made, nobody else may write to it; but a store
// whose writes have all failed may only have read what it could not finish making.
void check_is_locked(Store& store) {
  const test::Exempt own_account;
  const OpenReport::How how = store.open_report().how;
  if (how == OpenReport::How::kAbsent || how == OpenReport::How::kReadOnly) return;
  const auto second = Store::open(store.path());
  CHECK((!second && second.error().code == Code::kLocked));
}

// Opens and writes with one fault. In a new file, or in one that was not closed
// and has a torn end.
void run_with(const Fault& fault, bool torn, Workload* work) {
  QuickDir directory;
  const std::string path = directory / "data.bin", killed = directory / "killed.bin";
  if (torn) {
    auto store = Store::open(killed);
    REQUIRE(store);
    work->run(**store);
    std::filesystem::copy_file(killed, path);  // as a kill leaves it
    std::ofstream(path, std::ios::binary | std::ios::app) << "half a record";
  }
  test::arm(fault);
  {
    auto store = Store::open(path);
    if (store) work->run(**store);
    if (!store) CHECK(store.error().message.find(directory.path()) != std::string::npos);
    if (store) check_is_locked(**store);
  }
  test::disarm();
  INFO("failed: ", test::failed_call());
  const auto violation = test::untruth(path, *work);
  CHECK_MESSAGE(!violation, violation.value_or(""));
}

void fail_each(int error) {
  for (const bool torn : {false, true}) {
    for (const bool for_ever : {false, true}) {
      CAPTURE(torn);
      CAPTURE(for_ever);
      const auto seen = fail_each_call({0, for_ever, error}, [&](const Fault& fault) {
        CAPTURE(fault.call);
        Workload work;
        run_with(fault, torn, &work);
        // A sync that failed once is not forgiven, except one that only tidies up, or found no
        // space.
        const bool is_final = test::failed_call() == "fdatasync" && error != ENOSPC;
        if (is_final && work.refused > 1) CHECK(work.said_failed);
      });
      CHECK(seen > 20);
      MESSAGE(seen << " calls failed");
    }
  }
}

}  // namespace

TEST_CASE("any system call may fail with EIO") { fail_each(EIO); }
TEST_CASE("any system call may find no room") { fail_each(ENOSPC); }
TEST_CASE("any system call may find no memory") { fail_each(ENOMEM); }

TEST_CASE("calls that transfer less than asked, or are interrupted, are gone on with") {
  for (const int error : {0, EINTR}) {
    fail_each_call({0, false, error}, [&](const Fault& fault) {
      CAPTURE(fault.call);
      Workload work;
      run_with(fault, true, &work);
      const std::string name = test::failed_call();
      if (error == 0 || name == "write" || name == "fallocate") CHECK(work.refused == 0);
    });
  }
}

TEST_CASE("the loop finds a lost write, a wrong value and one that nobody wrote") {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  Workload work;
  {
    auto store = Store::open(path);
    REQUIRE(store);
    work.run(**store);
  }
  Workload lost = work, wrong = work, invented = work, misread = work;
  lost.acknowledged += 1;
  wrong.model.set("key0", work.written, "something else");
  invented.written -= 1;
  {
    auto store = Store::open(path);
    REQUIRE(store);
    misread.model.set("key1", work.written, "something else");
    misread.read_all(**store);
  }
  CHECK(test::untruth(path, lost) == "an acknowledged write is lost");
  CHECK(test::untruth(path, wrong) == "key0 has a wrong value");
  CHECK(test::untruth(path, invented) == "there is more than was written");
  CHECK(test::untruth(path, misread)->find("key1 answered") == 0);
  CHECK_FALSE(test::untruth(path, work));
}
