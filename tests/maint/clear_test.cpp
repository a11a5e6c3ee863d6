// CLEAR in the audits: what a verify counts, and what a repair makes of one that cannot be read.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "src/maint/print.h"
#include "src/maint/reindex.h"
#include "tests/maint/index_support.h"
#include "tests/maint/support.h"

using namespace kvstore::maint;
using namespace kvstore::maint::testing;

namespace {

struct Cleared : Builder {
  Cleared() {
    set("a", "one");
    set("b", "two");
    clear();
    set("b", "2");
    append("c", "3");
  }
  std::uint64_t at() const { return records()[2].first; }
};

}  // namespace

TEST_CASE("a verify counts the keys that a CLEAR has deleted, and finds nothing wrong") {
  Cleared b;
  const Report report = audit_of(b.close());
  CHECK(report.state() == kvstore::maint::State::kIntact);
  CHECK(report.live_keys == 2);
  CHECK(report.deleted_keys == 1);
  CHECK(report.records.at(kvstore::log::Kind::kClear) == 1);
}

TEST_CASE("a repair says again that all keys were deleted, where that cannot be read") {
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    Cleared b;
    const std::string image = flip(b.close(), b.at() + 24);
    const Outcome outcome = rebuilt(image, way);
    REQUIRE(outcome.report.damage.size() == 1);
    CHECK(outcome.report.damage[0].others_lost);
    const auto json = to_json(outcome.report, reinterpret_cast<const std::uint8_t*>(image.data()));
    CHECK(json.dump().find("\"mark\":\"clear\"") != std::string::npos);
    CHECK(outcome.rolled_back.empty());
    Opened opened = open(outcome.repaired);
    CHECK(get(*opened.store, "a") == "(nil)");
    CHECK(get(*opened.store, "b") == "2");
    CHECK(get(*opened.store, "a", {.seq = 2, .time_us = {}}) == "one");
    CHECK(get(*opened.store, "a", {.seq = 3, .time_us = {}}) == "(nil)");
    CHECK(*opened.store->count() == 2);
    CHECK(check_truth(b, outcome).empty());
  }
}

TEST_CASE("the same for one at the end of a closed file") {
  Builder b;
  b.set("a", "one");
  b.clear();
  const std::string image = flip(b.close(), b.records()[1].first + 24);
  Opened damaged = open(image);
  CHECK(get(*damaged.store, "a") == "(CORRUPT)");
  const Outcome outcome = rebuilt(image);
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "a") == "(nil)");
}

TEST_CASE("each damaged byte of a log with CLEARs is CORRUPT, rolled back and told, or the truth") {
  Builder b;
  b.set("a", "one");
  b.set("b", "two");
  b.clear();
  b.set("b", "2");
  b.batch({{kvstore::log::Kind::kClear, "", ""}, {kvstore::log::Kind::kSet, "d", "4"}});
  b.append("b", "x");
  b.clear();
  b.set("", "empty");
  const std::string image = b.close();
  for (std::uint64_t at = b.records().front().first; at < image.size(); at += 3) {
    CAPTURE(at);
    check_truth(b, rebuilt(flip(image, at, at % 8)));
  }
}

TEST_CASE("a checkpoint that does not know of a CLEAR is found") {
  Cleared b;
  SealedIndex how;
  how.checkpoint = [](kvstore::log::Checkpoint* checkpoint) { checkpoint->clears.clear(); };
  seal_index(b, how);
  const Report report = audit_of(b.close());
  CHECK(report.state() == kvstore::maint::State::kIndexDamaged);
  REQUIRE_FALSE(report.index.faults.empty());
  CHECK(report.index.faults[0].what.find("deleted all keys") != std::string::npos);
}
