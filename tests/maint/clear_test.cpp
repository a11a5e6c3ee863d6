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

namespace {

// A key's newest version before a CLEAR, others before and behind it, and the end.
struct History : Builder {
  History() {
    set("k", "old");
    set("x", "1");
    set("k", "new");
    clear();
    set("y", "1");
    set("k", "third");
    append("x", "2");
    clear();
    set("z", "1");
    set("k", "last");
  }
};

std::string spoil(const std::string& image, const Builder& b, std::size_t first,
                  std::size_t count) {
  std::string damaged = image;
  for (std::size_t i = first; i < first + count; ++i)
    damaged = flip(damaged, b.records()[i].first + 8);
  return damaged;
}

}  // namespace

TEST_CASE("what a key lost before a CLEAR is marked before it, and said") {
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    History b;
    const std::string image = b.close();
    const Outcome outcome = rebuilt(spoil(image, b, 2, 1), way);
    Opened opened = open(outcome.repaired);
    CHECK(get(*opened.store, "k", {.seq = 2, .time_us = {}}) == "old");
    CHECK(get(*opened.store, "k", {.seq = 3, .time_us = {}}) == "(CORRUPT)");
    CHECK(get(*opened.store, "k", {.seq = 4, .time_us = {}}) == "(nil)");
    CHECK(get(*opened.store, "k") == "last");
  }
  // A key that was never written again.
  Builder b;
  b.set("k", "old");
  b.set("k", "new");
  b.clear();
  b.set("z", "1");
  const std::string damaged = flip(b.close(), b.records()[1].first + 8);
  const Outcome outcome = rebuilt(damaged);
  REQUIRE(outcome.report.losses.size() == 1);
  CHECK(outcome.report.losses[0].before_clear);
  CHECK(outcome.report.losses[0].key == "k");
  CHECK(outcome.report.lost_keys == 0);
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "k", {.seq = 2, .time_us = {}}) == "(CORRUPT)");
  CHECK(get(*opened.store, "k", {.seq = 1, .time_us = {}}) == "old");
  CHECK(get(*opened.store, "k") == "(nil)");
  CHECK(*opened.store->count() == 1);
}

TEST_CASE(
    "a key whose newest version is lost behind a CLEAR is marked, if all others stand before it") {
  for (const bool seal : {false, true}) {
    for (const bool at_end : {false, true}) {
      for (const Way way : {Way::kJudged, Way::kCarved}) {
        CAPTURE(seal);
        CAPTURE(at_end);
        Builder b;
        b.set("k", "first");
        b.set("k", "second");
        b.clear();
        b.set("a", "1");
        b.set("k", "newest");
        if (!at_end) b.set("z", "1");
        if (seal) seal_index(b);
        const std::string image = b.close();
        // With what it lost before the CLEAR, too.
        for (const bool both : {false, true}) {
          const std::string one = spoil(image, b, 4, 1), damaged = both ? spoil(one, b, 1, 1) : one;
          CAPTURE(both);
          const Outcome outcome = rebuilt(damaged, way);
          CHECK(outcome.report.lost_keys == 1);
          for (const auto& damage : outcome.report.damage) CHECK(damage.key == "k");
          Opened opened = open(outcome.repaired);
          CHECK(get(*opened.store, "k") == "(CORRUPT)");
          CHECK(get(*opened.store, "k", {.seq = 5, .time_us = {}}) == "(CORRUPT)");
          CHECK(get(*opened.store, "k", {.seq = 4, .time_us = {}}) == "(nil)");
          CHECK(get(*opened.store, "k", {.seq = 2, .time_us = {}}) ==
                (both ? "(CORRUPT)" : "second"));
          CHECK(get(*opened.store, "k", {.seq = 1, .time_us = {}}) == "first");
          CHECK(get(*opened.store, "a") == "1");
        }
      }
    }
  }
}

TEST_CASE("what a key lost between two CLEARs is marked between them") {
  Builder b;
  b.set("k", "first");
  b.clear();
  b.set("k", "second");
  b.set("a", "1");
  b.clear();
  b.set("z", "1");
  const std::string image = b.close();
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    const Outcome outcome = rebuilt(spoil(image, b, 2, 1), way);
    CHECK(outcome.report.lost_keys == 0);
    Opened opened = open(outcome.repaired);
    CHECK(get(*opened.store, "k", {.seq = 1, .time_us = {}}) == "first");
    CHECK(get(*opened.store, "k", {.seq = 2, .time_us = {}}) == "(nil)");
    CHECK(get(*opened.store, "k", {.seq = 3, .time_us = {}}) == "(CORRUPT)");
    CHECK(get(*opened.store, "k", {.seq = 4, .time_us = {}}) == "(CORRUPT)");
    CHECK(get(*opened.store, "k", {.seq = 5, .time_us = {}}) == "(nil)");
    CHECK(get(*opened.store, "k") == "(nil)");
  }
}

TEST_CASE(
    "keys that a CLEAR has deleted are told, where records of unknown keys are lost behind it") {
  Builder b;
  b.set("k", "deleted");
  b.set("x", "deleted");
  b.clear();
  b.set("a", "1");
  b.set("k", "newest");
  b.set("y", "1");
  b.set("x", "since");
  const std::string image = b.close();
  CHECK(rebuilt(spoil(image, b, 4, 2)).rolled_back == std::set<std::string>{"a", "k"});
  // The CLEAR is the last one that was lost: it has deleted what the others may have been of.
  CHECK(rebuilt(spoil(image, b, 1, 2)).rolled_back.contains("a") == false);
}

TEST_CASE("a CLEAR that only the index knows any more is said again, with its version") {
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    Builder b;
    b.set("a", "deleted");
    b.set("b", "deleted");
    b.clear();
    b.set("c", "1");
    b.set("d", "1");
    seal_index(b);
    b.set("e", "1");
    const std::string image = b.close();
    const Outcome outcome = rebuilt(spoil(image, b, 2, 2), way);
    CHECK(outcome.rolled_back.empty());
    Opened opened = open(outcome.repaired);
    CHECK(opened.store->open_report().damage.empty());
    CHECK(get(*opened.store, "a") == "(nil)");
    CHECK(get(*opened.store, "a", {.seq = 2, .time_us = {}}) == "deleted");
    CHECK(get(*opened.store, "a", {.seq = 3, .time_us = {}}) == "(nil)");
    CHECK(get(*opened.store, "c") == "(CORRUPT)");
    CHECK(get(*opened.store, "d") == "1");
    const auto json = to_json(outcome.report, reinterpret_cast<const std::uint8_t*>(image.data()));
    CHECK(json.dump().find("\"mark\":\"clear\"") != std::string::npos);
  }
}

TEST_CASE("a CLEAR that may have been lost among others leaves no old value to reads of the past") {
  Builder b;
  b.set("k", "old");
  b.set("x", "1");
  b.clear();
  b.set("y", "1");
  b.set("k", "new");
  b.set("u", "1");
  const std::string image = b.close();
  const Outcome outcome = rebuilt(spoil(image, b, 2, 2));
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "k", {.seq = 2, .time_us = {}}) == "old");
  CHECK(get(*opened.store, "k", {.seq = 3, .time_us = {}}) == "(CORRUPT)");
  CHECK(get(*opened.store, "k", {.seq = 4, .time_us = {}}) == "(CORRUPT)");
  CHECK(get(*opened.store, "k") == "new");
  CHECK(outcome.rolled_back.contains("x"));
}

TEST_CASE("each run of damaged records of a log with CLEARs is CORRUPT, told, or the truth") {
  for (const bool seal : {false, true}) {
    History b;
    if (seal) {
      seal_index(b);
      b.set("k", "since");
    }
    const std::string image = b.close();
    for (const Way way : {Way::kJudged, Way::kCarved}) {
      for (std::size_t first = 0; first < b.records().size(); ++first) {
        for (std::size_t count = 1; count <= 3 && first + count <= b.records().size(); ++count) {
          CAPTURE(seal);
          CAPTURE(first);
          CAPTURE(count);
          check_truth(b, rebuilt(spoil(image, b, first, count), way));
        }
      }
    }
  }
}
