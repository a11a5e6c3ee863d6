// KVSTORE_LONG=1 test_faults    an index that grows more
//
// No memory: a workload is run again and again, each time with the next one of
// its allocations failing. Each call then answers an error or is done; nothing
// acknowledged is lost, no value is wrong, and when memory is back all is well.

#include <cstdlib>
#include <filesystem>
#include <new>

#include <doctest/doctest.h>

#include "src/command/session.h"
#include "tests/faults/allocations.h"
#include "tests/faults/maint_work.h"
#include "tests/faults/system_calls.h"
#include "tests/faults/workload.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using command::Reply;
using test::fail_each_allocation;
using kvstore::testing::QuickDir;
using test::Shortage;
using test::Workload;

namespace {

// An open that answers or throws that there is no memory gives no store.
std::unique_ptr<Store> open(const std::string& path, bool read_only) {
  try {
    Options options;  // its hint is an allocation, too
    options.read_only = read_only;
    auto store = Store::open(path, options);
    if (store) return std::move(*store);
    const test::Exempt own_account;
    CHECK(store.error().code == Code::kMemory);
  } catch (const std::bad_alloc&) {
  }
  return nullptr;
}

void check_truth(const std::string& path, const Workload& work) {
  const auto violation = test::untruth(path, work);
  CHECK_MESSAGE(!violation, violation.value_or(""));
}

// New keys, for which the index has to grow.
void add_keys(Store& store, int turn, Workload* work) {
  const int count = std::getenv("KVSTORE_LONG") != nullptr ? 2000 : 100;
  Batch batch;
  for (int i = 0; i < count; ++i) {
    const std::string key = "new" + std::to_string(turn * count + i);
    batch.set(key, "x");
    work->model.set(key, store.stats().last_seq + 1, "x");
  }
  REQUIRE(store.apply(batch, false));
}

// A file as a kill leaves it, and what is in it.
struct Killed {
  explicit Killed(int runs) {
    auto store = open(directory / "data.bin", false);
    for (int i = 0; i < runs; ++i) work.run(*store);
    if (runs > 0) std::filesystem::copy_file(directory / "data.bin", path);
  }
  QuickDir directory;
  const std::string path = directory / "killed.bin";
  Workload work;
};

}  // namespace

TEST_CASE("any allocation of opening, writing, reading and scanning may fail") {
  // So many runs before, so that records carry skip blocks: alone and in batches.
  for (const int runs_before : {0, 4, 7}) {
    CAPTURE(runs_before);
    const Killed killed(runs_before);
    const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
      CAPTURE(shortage.allocation);
      QuickDir directory;
      const std::string path = directory / "data.bin";
      Workload work = killed.work;
      if (runs_before > 0) std::filesystem::copy_file(killed.path, path);
      test::arm_shortage(shortage);
      auto store = open(path, false);
      if (store) work.run(*store);
      test::disarm_shortage();
      if (store) work.run(*store);  // memory is back
      CHECK(work.failed_reads + work.refused <= 2);
      store.reset();
      check_truth(path, work);
    });
    CHECK(seen > 60);
    MESSAGE(seen << " allocations failed");
  }
}

TEST_CASE("any allocation of a reader's refresh may fail") {
  const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
    CAPTURE(shortage.allocation);
    QuickDir directory;
    const std::string path = directory / "data.bin";
    auto writer = open(path, false);
    Workload work;
    work.run(*writer);
    auto reader = open(path, true);
    for (int turn = 0; turn < 3; ++turn) {
      work.run(*writer);
      add_keys(*writer, turn, &work);
      test::arm_shortage(shortage);
      work.read_all(*reader);
      const std::uint64_t failed = test::shortages();
      test::disarm_shortage();
      work.read_all(*reader);
      CHECK(work.wrong == "");
      if (failed > 0) break;
    }
    CHECK(work.failed_reads <= 1);
  });
  CHECK(seen > 5);
  MESSAGE(seen << " allocations failed");
}

namespace {

const std::vector<std::vector<std::string_view>> kCommands = {
    {"SET", "a", "1"},          {"APPEND", "a", "two"}, {"GET", "a"},       {"READ", "a", "1", "2"},
    {"STRLEN", "a"},            {"MSET", "b", "2", "c", "3"}, {"MGET", "a", "b"}, {"KEYS", "*"},
    {"SCAN", "0"},              {"DEL", "b", "c"},      {"EXISTS", "a"},    {"TYPE", "a"},
    {"HISTORY", "a"},           {"UNDO", "a"},          {"DIFF", "0"},      {"UNDO", "a", "TO", "0"},
    {"UNDO", "a", "TO", "2"},   {"INFO"},               {"DBSIZE"},         {"HELP"},
    {"COMMAND", "DOCS", "GET"}, {"FROB", "a"},          {"GET"},            {"SETNX", "d", "4"},
    {"GET", "d"}};

Reply run(command::Session& session, const std::vector<std::string_view>& words) {
  return session.execute(command::Args(words.data(), words.size()));
}

}  // namespace

TEST_CASE("any allocation of a command may fail: it answers MEMORY, and works when asked again") {
  std::uint64_t seen = 0;
  for (const auto& words : kCommands) {
    CAPTURE(std::string(words[0]));
    seen += fail_each_allocation({}, [&](const Shortage& shortage) {
      CAPTURE(shortage.allocation);
      QuickDir directory;
      auto store = open(directory / "data.bin", false);
      command::Session session(*store);
      for (const auto& before : kCommands) {
        if (&before == &words) break;
        (void)run(session, before);
      }
      auto other = open(directory / "other.bin", false);
      command::Session expected_of(*other);
      Reply expected;
      for (const auto& before : kCommands) {
        expected = run(expected_of, before);
        if (&before == &words) break;
      }
      test::arm_shortage(shortage);
      const Reply reply = run(session, words);
      test::disarm_shortage();
      if (test::shortages() == 0) return;
      const bool is_memory = reply.kind == Reply::Kind::kError && reply.error.code == Code::kMemory;
      CHECK((is_memory || reply.kind == expected.kind));
      std::string value;
      REQUIRE(store->get("a", &value));
      CHECK((value == "1two" || value == "1" || value == ""));
      const Reply again = run(session, words);
      CHECK((again.kind == expected.kind || words[0] == "SETNX" || words[0] == "DEL"));
    });
  }
  MESSAGE(seen << " allocations failed");
}

TEST_CASE("any allocation of EXEC may fail: it has then done nothing, or all of it, and ended") {
  const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
    CAPTURE(shortage.allocation);
    QuickDir directory;
    auto store = open(directory / "data.bin", false);
    command::Session session(*store);
    for (const auto& words : std::vector<std::vector<std::string_view>>{
             {"SET", "n", "1"}, {"MULTI"}, {"INCR", "n"}, {"ZADD", "z", "1", "m"}, {"GET", "n"}}) {
      REQUIRE(run(session, words).kind != Reply::Kind::kError);
    }
    const std::vector<std::string_view> exec{"EXEC"};
    test::arm_shortage(shortage);
    const Reply reply = run(session, exec);
    test::disarm_shortage();
    std::string value;
    REQUIRE(store->get("n", &value));
    if (reply.kind == Reply::Kind::kError) CHECK(reply.error.code == Code::kMemory);
    const bool has_failed =
        reply.kind == Reply::Kind::kError || reply.items[0].kind == Reply::Kind::kError;
    CHECK(value == (has_failed ? "1" : "2"));
    CHECK_FALSE(session.in_transaction());
    REQUIRE(run(session, {"SET", "n", "3"}).kind != Reply::Kind::kError);
    REQUIRE(store->get("n", &value));
    CHECK(value == "3");
  });
  CHECK(seen > 10);
  MESSAGE(seen << " allocations failed");
}

TEST_CASE("any allocation of verify, repair, salvage and convert may fail") {
  using test::Verb;
  for (const Verb verb : {Verb::kVerify, Verb::kRepair, Verb::kSalvage, Verb::kConvert}) {
    CAPTURE(test::name_of(verb));
    const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
      CAPTURE(shortage.allocation);
      QuickDir directory;
      const test::MaintWork work(verb, directory.path());
      Status done;
      test::arm_shortage(shortage);
      try {
        done = work.run();
      } catch (const std::bad_alloc&) {
        const test::Exempt own_account;
        done = fail(Code::kMemory, {});
      }
      test::disarm_shortage();
      const auto violation = work.violation(done.has_value());
      CHECK_MESSAGE(!violation, violation.value_or(""));
    });
    CHECK(seen > 10);
    MESSAGE(test::name_of(verb) << ": " << seen << " allocations failed");
  }
}

TEST_CASE("the shortage finds a store that forgets a write when memory is short") {
  const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
    QuickDir directory;
    const std::string path = directory / "data.bin";
    Workload work;
    auto store = open(path, false);
    test::arm_shortage(shortage);
    work.run(*store);
    test::disarm_shortage();
    store.reset();
    // The planted bug: what had no memory is said to be done.
    if (work.refused > 0 && work.acknowledged < work.written + 1) {
      work.acknowledged = work.written + 1;
      CHECK(test::untruth(path, work) == "an acknowledged write is lost");
    }
  });
  CHECK(seen > 10);
}
