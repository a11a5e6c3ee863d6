// A process that seals, merges, notes and frees all the time is killed, and what it acknowledged
// is there, in point reads and in order; another process reads beside it, and sees every value as
// it was at one moment, never an older or a wrong one, and never an error.
//
// KVSTORE_LONG=1 test_process --source-file='*sealing*'    300 kills, not 12
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "src/store/planted.h"
#include "tests/process/rounds.h"

using namespace kvstore;
using test::kill_again_and_again;
using test::read_beside;
using test::Writing;
using test::Wrong;

namespace {

constexpr int kCheckpointEvery = 40;            // rounds; it gives back at once what was dropped
constexpr std::uint64_t kFewRecords = 8 << 10;  // of memory: it seals after so few
const Writing kSealing{"the sealing process"};
const Writing kWithoutLastKeys{"the sealing process", "last key"};

}  // namespace

TEST_CASE("a process killed while it seals and merges loses nothing that it acknowledged") {
  const Wrong wrong = kill_again_and_again(std::getenv("KVSTORE_LONG") ? 300 : 12, kSealing);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
}

TEST_CASE("a process that reads beside one that seals, merges and frees sees what is there") {
  const Wrong wrong = read_beside(kSealing, std::getenv("KVSTORE_LONG") ? 200'000 : 5000);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
}

TEST_CASE("both find a run that lacks its last key") {
  CHECK(kill_again_and_again(12, kWithoutLastKeys));
  CHECK(read_beside(kWithoutLastKeys, 20'000));
}

TEST_CASE("the sealing process" * doctest::skip()) {
  const char* path = std::getenv(test::kWrittenFile);
  if (!path) return;  // somebody runs all that is skipped
  planted::last_key_missing = std::string(std::getenv(test::kPlantedBug)) == "last key";
  test::write_rounds(path, kFewRecords, [](Store& store, std::uint64_t round) {
    if (round % kCheckpointEvery == 0) REQUIRE(store.checkpoint());
  });
}
