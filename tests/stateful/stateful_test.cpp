// The differential test: commands in any order, with closes, kills and power
// losses between them, against a map. 400 orders, KVSTORE_LONG=1: 8,000.
//
// A failure is shrunk, and rapidcheck prints the RC_PARAMS="..." that runs it again.
// RC_PARAMS="seed=1 max_success=1000 max_size=200" makes other and longer ones.
#include <cstdlib>
#include <sstream>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/stateful/commands.h"

// Needs what rapidcheck.h includes.
#include <rapidcheck/detail/TestListenerAdapter.h>

namespace kvstore::stateful {

std::string find_difference(const std::string& id, int cases, const Bugs& bugs) {
  const auto property = [&bugs] {
    World world(bugs);
    rc::state::check(Expected(), world, [](const Expected& expected) {
      return rc::gen::weightedOneOf<std::shared_ptr<const Command>>(
          {{6, any_write(expected)}, {3, any_read(expected)}, {1, any_end(expected)}});
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

// The shortest order of commands is printed with the finding, a line each.
void check_finds(const std::string& id, const Bugs& bugs, std::string_view telling) {
  const std::string difference = find_difference(id, 400, bugs);
  CAPTURE(difference);
  CHECK(difference.find(telling) != std::string::npos);
}

TEST_CASE("deletes that are forgotten are found") {
  Bugs bugs;
  bugs.forgets_deletes = true;
  check_finds("deletes", bugs, "DELETE");
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

}  // namespace
}  // namespace kvstore::stateful
