// The loop of SQLite's tests: a workload is run again and again, each time with
// the next one of its system calls failing, once or for ever, until it has
// fewer. Whatever fails, nothing acknowledged is lost and no value is wrong.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "tests/faults/system_calls.h"
#include "tests/server/fixture.h"
#include "tests/support/model.h"

using namespace kvstore;
using kvstore::testing::Model;
using test::Fault;
using test::TemporaryFolder;

namespace {

// Writes, and what they may have done. A write that failed may be in the file
// or not; one that was acknowledged is.
struct Workload {
  Model model;
  std::uint64_t acknowledged = 0, written = 0;
  bool said_failed = false;   // a write was answered FAILED
  bool wrong = false;         // a read answered what was not written
  std::uint64_t refused = 0;

  template <class Done>
  void note(Store& store, const std::string& key, Model::Value value, const Done& done) {
    const std::uint64_t seq = store.stats().last_seq;
    if (seq > written) model.set(key, seq, std::move(value));
    written = std::max(written, seq);
    if (done) {
      acknowledged = written;
    } else {
      ++refused;
      said_failed |= done.error().code == Code::kFailed;
    }
  }

  void run(Store& store) {
    for (int i = 0; i < 12; ++i) {
      const std::string key = "key" + std::to_string(i % 3);
      const std::string bytes(i == 7 ? 200'000 : 50, static_cast<char>('a' + i));
      if (i % 5 == 4) {
        note(store, key, std::nullopt, store.remove(key));
      } else {
        const std::string whole = model.now(key).value_or("") + bytes;
        note(store, key, whole, store.append(key, bytes));
      }
      std::string found;
      const auto there = store.get(key, &found);
      wrong |= !there || *there != model.now(key).has_value() ||
               (*there && found != *model.now(key));
    }
  }
};

// Nothing but the truth, up to some seq between acknowledged and written; else
// what is wrong.
std::optional<std::string> untruth(const std::string& path, const Workload& work) {
  auto store = Store::open(path);
  if (!store) return store.error().message;
  if ((*store)->open_report().how == OpenReport::How::kDamaged) return "it is taken for rotten";
  const std::uint64_t seq = (*store)->stats().last_seq;
  if (seq < work.acknowledged) return "an acknowledged write is lost";
  if (seq > work.written) return "there is more than was written";
  for (const std::string& key : work.model.keys()) {
    std::string value;
    const auto there = (*store)->get(key, &value);
    if (!there) return there.error().message;
    if ((*there ? Model::Value(value) : std::nullopt) != work.model.at(key, seq)) {
      return key + " has a wrong value";
    }
  }
  const auto more = (*store)->set("after", "all");
  return more ? std::nullopt : std::optional(more.error().message);
}

// One run with one fault; returns how many calls it made. Made twice: in a new
// file, then in one that was not closed and has a torn end.
std::uint64_t run_with(const Fault& fault, bool torn, Workload* work) {
  TemporaryFolder folder;
  const std::string path = folder.path("data.bin"), killed = folder.path("killed.bin");
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
  }
  test::disarm();
  CHECK_FALSE(work->wrong);
  const auto violation = untruth(path, *work);
  CHECK_MESSAGE(!violation, violation.value_or(""));
  return test::calls();
}

void fail_each_call(int error) {
  for (const bool torn : {false, true}) {
    for (const bool for_ever : {false, true}) {
      std::uint64_t call = 0, total = 0, seen = 0;
      do {
        ++call;
        CAPTURE(torn);
        CAPTURE(for_ever);
        CAPTURE(call);
        Workload work;
        total = run_with({call, for_ever, error}, torn, &work);
        INFO("failed: ", test::failed_call());
        seen += !test::failed_call().empty();
        // A sync that failed once is not forgiven, except one that only tidies up.
        if (test::failed_call() == "fdatasync" && work.refused > 1) CHECK(work.said_failed);
      } while (!test::failed_call().empty() && call < 400);
      CHECK(seen > 10);
      MESSAGE(seen << " calls failed, the last of " << total);
    }
  }
}

}  // namespace

TEST_CASE("any system call may fail with EIO") { fail_each_call(EIO); }
TEST_CASE("any system call may find no room") { fail_each_call(ENOSPC); }

TEST_CASE("calls that transfer less than asked, or are interrupted, are gone on with") {
  for (const int error : {0, EINTR}) {
    for (std::uint64_t call = 1; call < 60; ++call) {
      CAPTURE(call);
      Workload work;
      run_with({call, false, error}, true, &work);
      const std::string& name = test::failed_call();
      if (error == 0 || name == "write" || name == "fallocate") CHECK(work.refused == 0);
    }
  }
}

TEST_CASE("the loop finds a lost write, a wrong value and one that nobody wrote") {
  TemporaryFolder folder;
  const std::string path = folder.path("data.bin");
  Workload work;
  {
    auto store = Store::open(path);
    REQUIRE(store);
    work.run(**store);
  }
  Workload lost = work, wrong = work, invented = work;
  lost.acknowledged += 1;
  wrong.model.set("key0", work.written, "something else");
  invented.written -= 1;
  CHECK(untruth(path, lost) == "an acknowledged write is lost");
  CHECK(untruth(path, wrong) == "key0 has a wrong value");
  CHECK(untruth(path, invented) == "there is more than was written");
  CHECK_FALSE(untruth(path, work));
}
