// Histories of concurrent transactions are serializable, and the checker finds those that are
// not.
//
// KVSTORE_LONG=1 test_store --source-file='*serializability*'    minutes, not seconds
#include <cstdlib>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/serializability.h"
#include "tests/support/store_client.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using namespace kvstore::testing;

namespace {

bool is_long() { return std::getenv("KVSTORE_LONG") != nullptr; }

Read read(const char* key, const char* value) { return {key, std::string(value), false}; }
Read missing(const char* key) { return {key, std::nullopt, false}; }

}  // namespace

TEST_CASE("the checker takes a history that has an order, and finds the others") {
  TransactionHistory history;
  history.versions = {{"x", {{1, "x1"}, {3, "x3"}}}, {"y", {{2, "y2"}}}};
  history.threads = {{{"a", 1, {}}, {"b", 3, {read("x", "x1"), read("y", "y2")}}},
                     {{"c", 2, {missing("y"), read("x", "x1")}}}};
  CHECK(!find_violation(history));
  SUBCASE("write skew: each read what the other overwrote") {
    history.threads = {{{"a", 1, {missing("y")}}}, {{"b", 2, {missing("x")}}}};
    CHECK(find_violation(history)->starts_with("a cycle"));
  }
  SUBCASE("lost update: both changed the same version") {
    history.threads = {{{"a", 1, {missing("x")}}}, {{"b", 3, {missing("x")}}}};
    CHECK(find_violation(history));
  }
  SUBCASE("long fork: two readers see two writes in different orders") {
    history.threads = {{{"a", 1, {}}},
                       {{"b", 2, {}}},
                       {{"c", 0, {read("x", "x1"), missing("y")}}},
                       {{"d", 0, {missing("x"), read("y", "y2")}}}};
    CHECK(find_violation(history));
  }
  SUBCASE("phantom: a list lacked what was written before it could be") {
    history.threads = {{{"a", 1, {{"y", std::nullopt, true}}}},
                       {{"b", 2, {{"x", std::nullopt, true}}}}};
    CHECK(find_violation(history));
  }
  SUBCASE("dirty read: nobody has committed what was read") {
    history.threads = {{{"a", 0, {read("x", "x2")}}}};
    CHECK(find_violation(history)->find("nobody committed") != std::string::npos);
  }
}

TEST_CASE("the transactions of threads are serializable") {
  const std::uint64_t first_seed = std::random_device{}();
  std::uint64_t conflicts = 0;
  for (int round = 0; round < (is_long() ? 100 : 4); ++round) {
    TempDir dir;
    const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
    TransactionWorkload workload;
    workload.seed = first_seed + static_cast<unsigned>(round);
    workload.keys = 2 + round % 6;
    CAPTURE(workload.seed);
    const TransactionHistory history = record(
        workload, [&] { return std::make_unique<StoreClient>(*store); }, *store);
    conflicts += history.conflicts;
    const auto violation = find_violation(history);
    if (violation) FAIL_CHECK(*violation);
  }
  MESSAGE("transactions that were refused: ", conflicts);
}

TEST_CASE("a commit that skips the validation is found") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  bool found = false;
  for (std::uint64_t attempt = 1; attempt <= 20 && !found; ++attempt) {
    TransactionWorkload workload;
    workload.seed = attempt;
    found = find_violation(
                record(
                    workload, [&] { return std::make_unique<UnvalidatedClient>(*store); }, *store))
                .has_value();
  }
  CHECK(found);
}
