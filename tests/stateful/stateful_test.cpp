// The differential test: commands in any order, with closes, kills and power
// losses between them, against a map. 400 orders, KVSTORE_LONG=1: 8,000.
//
// A failure is shrunk, and rapidcheck prints the RC_PARAMS="..." that runs it again.
// RC_PARAMS="seed=1 max_success=1000 max_size=200" makes other and longer ones.
#include <atomic>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include <doctest/doctest.h>

#include "src/store/planted.h"
#include "src/store/reference_limit.h"
#include "tests/stateful/commands.h"

// Needs what rapidcheck.h includes.
#include <rapidcheck/detail/TestListenerAdapter.h>

namespace kvstore::stateful {

std::string find_difference(const std::string& id, int cases, const Setup& setup) {
  const auto property = [&setup] {
    World world(setup);
    rc::state::check(Expected(), world, [&setup](const Expected& expected) {
      return rc::gen::weightedOneOf<std::shared_ptr<const Command>>(
          {{6, any_write(expected)},
           {3, any_read(expected)},
           {3, any_list(expected)},
           {3, any_sorted_set(expected)},
           {1, any_transaction(expected)},
           {2, any_seal(expected)},
           {setup.backs_up ? 1U : 0U, any_backup(expected)},
           {1, any_end(expected)}});
    });
  };
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  if (std::getenv("RC_PARAMS") == nullptr) {
    params.maxSuccess = cases;
    params.seed = cases;  // the same each time; the long run's are others
  }
  rc::detail::TestListenerAdapter silent;  // what is to be said, the account says
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata{id, id}, params,
                                                silent, rc::detail::configuration().reproduce);
  if (result.is<rc::detail::SuccessResult>()) return {};
  std::ostringstream account;
  rc::detail::printResultMessage(result, account);
  if (result.is<rc::detail::FailureResult>()) {
    rc::detail::Configuration again;
    again.reproduce[id] = result.get<rc::detail::FailureResult>().reproduce;
    account << "\nagain: RC_PARAMS=\"" << rc::detail::configToMinimalString(again) << "\"\n";
  }
  return account.str();
}

namespace {

TEST_CASE("a store answers what a map would, whatever is done to it and whenever it ends") {
  const std::string difference =
      find_difference("store", std::getenv("KVSTORE_LONG") ? 8000 : 400, {});
  CHECK_MESSAGE(difference.empty(), difference);
}

// The thread that seals does so after every third write.
// Every copy names another key's bytes, however short.
TEST_CASE("the same where each COPY, RENAME and UNDO refers to what is there") {
  least_referred = 1;
  const std::string difference =
      find_difference("references", std::getenv("KVSTORE_LONG") ? 4000 : 200, {});
  CHECK_MESSAGE(difference.empty(), difference);
  least_referred = 4096;
}

TEST_CASE("the same with so little memory that it seals and merges all the time") {
  Setup setup;
  setup.memory = 3 << 10;
  const std::string difference =
      find_difference("little memory", std::getenv("KVSTORE_LONG") ? 4000 : 150, setup);
  CHECK_MESSAGE(difference.empty(), difference);
}

// The shortest order of commands is printed with the finding, a line each.
void check_finds(const std::string& id, const Bugs& bugs, std::string_view telling,
                 bool backs_up = false) {
  Setup setup;
  setup.bugs = bugs;
  setup.backs_up = backs_up;
  const std::string difference = find_difference(id, 400, setup);
  CAPTURE(difference);
  CHECK(difference.find(telling) != std::string::npos);
}

TEST_CASE("deletes that are forgotten are found") {
  Bugs bugs;
  bugs.forgets_deletes = true;
  check_finds("deletes", bugs, "DELETE");
}

TEST_CASE("a FLUSHALL that is forgotten, at once or by a checkpoint, is found") {
  Bugs bugs;
  bugs.forgets_clears = true;
  check_finds("clears", bugs, "FLUSHALL");
  planted::lost_clear = true;
  check_finds("clears noted", {}, "FLUSHALL");
  planted::lost_clear = false;
}

TEST_CASE("appends that replace the value are found") {
  Bugs bugs;
  bugs.appends_by_setting = true;
  check_finds("appends", bugs, "APPEND");
}

TEST_CASE("syncs that are skipped are found") {
  Bugs bugs;
  bugs.skips_syncs = true;
  check_finds("syncs", bugs, "LOSE POWER");
}

TEST_CASE("a merge that forgets deletions and a run that lacks its last key are found") {
  for (std::atomic<bool>* const bug : {&planted::dropped_deletes, &planted::last_key_missing}) {
    *bug = true;
    check_finds("sealed", {}, "SEAL");
    *bug = false;
  }
}

TEST_CASE("a compaction that brings back what was deleted is found") {
  planted::kept_deletes = true;
  check_finds("compacted", {}, "COMPACT");
  planted::kept_deletes = false;
}

TEST_CASE("a compaction that leaves references to what stood in the old file is found") {
  planted::unmoved_target = true;
  check_finds("references moved", {}, "COMPACT");
  planted::unmoved_target = false;
}

TEST_CASE("a sorted set that is taken for one of another version is found") {
  planted::stale_sorted_set = true;
  check_finds("sorted sets", {}, "ZADD");  // by who reads it, or in bytes written anew
  planted::stale_sorted_set = false;
}

TEST_CASE("an increment that is short of a version is found") {
  planted::short_increment = true;
  check_finds("backed up", {}, "BACK UP", true);
  planted::short_increment = false;
}

TEST_CASE("a compaction that states the raw size of another piece is found") {
  planted::stale_raw_size = true;
  check_finds("compacted", {}, "compressed");
  planted::stale_raw_size = false;
}

}  // namespace
}  // namespace kvstore::stateful
