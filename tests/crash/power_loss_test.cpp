// KVSTORE_CRASH_STATES=1000000 test_crash    more states than the default
// KVSTORE_CRASH_SEED=n test_crash            one failing workload again

#include "tests/crash/power_loss.h"

#include <cstdlib>
#include <random>

#include <doctest/doctest.h>

#include "src/store/planted.h"

using kvstore::testing::CrashRun;
using kvstore::testing::Planted;
using kvstore::testing::run_power_loss;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// The seed that found the planted bug, 0 if none did.
std::uint64_t seed_that_finds(const Planted& planted) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    if (run_power_loss(seed, planted).violation) return seed;
  }
  return 0;
}

}  // namespace

TEST_CASE("after a power loss at any point every acknowledged write is there, and nothing else") {
  const std::uint64_t wanted = from_environment("KVSTORE_CRASH_STATES", 20'000);
  const bool replay = std::getenv("KVSTORE_CRASH_SEED") != nullptr;
  std::uint64_t seed = from_environment("KVSTORE_CRASH_SEED", std::random_device{}());
  std::uint64_t states = 0, workloads = 0;
  MESSAGE("first seed " << seed);
  do {
    const CrashRun run = run_power_loss(seed);
    if (run.violation) {
      FAIL("seed " << seed << ": " << *run.violation << "\nagain: KVSTORE_CRASH_SEED=" << seed
                   << " test_crash");
    }
    states += run.states;
    ++workloads;
    ++seed;
  } while (!replay && states < wanted);
  MESSAGE(states << " crash states of " << workloads << " workloads");
}

TEST_CASE("the harness finds a sync that was skipped") {
  Planted planted;
  planted.skip_syncs = true;
  CHECK(seed_that_finds(planted) > 0);
}

TEST_CASE("the harness finds a batch that can be torn apart") {
  Planted planted;
  planted.split_batches = true;
  CHECK(seed_that_finds(planted) > 0);
}

TEST_CASE("the harness finds checksums that are not checked") {
  Planted planted;
  planted.forge_checksums = true;
  CHECK(seed_that_finds(planted) > 0);
}

namespace {

struct IndexerBug {
  const char* name;
  std::atomic<bool>* switched;
};

const IndexerBug kIndexerBugs[] = {
    {"a slot that names runs which are not on the disk", &kvstore::planted::unsynced_run},
    {"a merge that forgets deletions", &kvstore::planted::dropped_deletes},
    {"a run that lacks its last key", &kvstore::planted::last_key_missing},
    {"room that is freed while a slot still names it", &kvstore::planted::early_punch}};

}  // namespace

TEST_CASE("the harness finds each of the indexer's planted bugs") {
  for (const IndexerBug& bug : kIndexerBugs) {
    CAPTURE(bug.name);
    *bug.switched = true;
    const std::uint64_t seed = seed_that_finds({});
    const CrashRun run = run_power_loss(seed);
    *bug.switched = false;
    CHECK(seed > 0);
    MESSAGE(std::string(bug.name) << ": seed " << seed << ", " << run.violation.value_or("not found again"));
  }
}
