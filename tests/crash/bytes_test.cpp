// KVSTORE_LONG=1 test_crash    every bit, every length, every pair of blocks

#include "tests/crash/bytes.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/planted.h"

using namespace kvstore::testing;

namespace {

constexpr std::uint64_t kSize = 64 << 10;
constexpr Left kAllWays[] = {Left::kClosed, Left::kKilled, Left::kPowerLost};
constexpr std::uint64_t kLongSealed = 40'000;  // cases of each kind, with KVSTORE_LONG

const bool g_long = std::getenv("KVSTORE_LONG") != nullptr;

// The same each time, so that a change fails for what it did; the long run's are others.
constexpr std::uint64_t kShortSeed = 591981605;

std::uint64_t random_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("KVSTORE_BYTES_SEED");
    if (given) return static_cast<std::uint64_t>(std::strtoull(given, nullptr, 10));
    return g_long ? std::uint64_t{std::random_device{}()} : kShortSeed;
  }();
  return seed;
}

// Each `stride`-th also by scrub, verify and repair.
std::optional<std::string> judge(const KnownLog& known, const Mutation& mutation, bool by_all) {
  auto violation = judge_open(known, mutation);
  if (!violation) violation = judge_read_only(known, mutation);
  if (!violation && by_all) violation = judge_scrub(known, mutation);
  if (!violation && by_all) violation = judge_verify_and_repair(known, mutation);
  return violation;
}

// Judges `make(0)` to `make(count - 1)`; at most `sample` of them, each `stride`-th of those by all
// judges. The long run, whose cases are many, on as many threads as there are processors.
void judge_some(const KnownLog& known, std::uint64_t count, std::uint64_t sample,
                std::uint64_t stride, const std::function<Mutation(std::uint64_t)>& make) {
  std::mt19937_64 random(random_seed());
  const bool all = count <= sample;
  const std::uint64_t cases = all ? count : sample;
  std::uint64_t next = 0;
  int violations = 0;
  std::mutex mutex;  // of what is above
  const auto judge_cases = [&] {
    for (std::unique_lock lock(mutex); next < cases && violations < 5;) {
      const std::uint64_t i = next++;
      const Mutation mutation = make(all ? i : random() % count);
      lock.unlock();
      const auto violation = judge(known, mutation, i % stride == 0);
      lock.lock();
      if (!violation) continue;
      ++violations;
      FAIL_CHECK(*violation << " (again: KVSTORE_BYTES_SEED=" << random_seed() << ")");
    }
  };
  std::vector<std::thread> others(g_long ? std::max(1U, std::thread::hardware_concurrency()) - 1
                                         : 0);
  for (std::thread& thread : others) thread = std::thread(judge_cases);
  judge_cases();
  for (std::thread& thread : others) thread.join();
  MESSAGE(cases << " cases of " << count << ", seed " << random_seed());
}

// Each log that there is, as it is left in each way: without an index in it, all of whose cases
// the long run judges, with one, of a compacted file, and of a compressed one.
void judge_all(std::uint64_t seed, std::uint64_t sample, std::uint64_t stride,
               const std::function<std::uint64_t(const KnownLog&)>& count,
               const std::function<Mutation(const KnownLog&, std::uint64_t)>& make) {
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog plain = make_known_log(seed, kSize, left), sealed = make_sealed_log(seed, left),
                   based = make_based_log(seed, left), packed = make_compressed_log(seed, left);
    judge_some(sealed, count(sealed), g_long ? kLongSealed : sample / 6, stride,
               [&](std::uint64_t i) { return make(sealed, i); });
    judge_some(based, count(based), g_long ? kLongSealed : sample / 6, stride,
               [&](std::uint64_t i) { return make(based, i); });
    judge_some(packed, count(packed), g_long ? kLongSealed : sample / 6, stride,
               [&](std::uint64_t i) { return make(packed, i); });
    judge_some(plain, count(plain), g_long ? UINT64_MAX : sample / 2, stride,
               [&](std::uint64_t i) { return make(plain, i); });
  }
}

std::uint64_t blocks_of(const KnownLog& known) { return known.end / kBlock; }
std::uint64_t pairs_of(const KnownLog& known) { return blocks_of(known) * blocks_of(known); }

}  // namespace

TEST_CASE(
    "a log cut at any length answers right or CORRUPT, and gives a prefix if it was not closed") {
  judge_all(
      1, 2000, 4, [](const KnownLog& known) { return known.image.size(); }, cut_at);
}

TEST_CASE("one flipped bit costs at most the record it is in") {
  judge_all(
      2, 3000, 4, [](const KnownLog& known) { return known.end * 8; },
      [](const KnownLog& known, std::uint64_t i) { return flip_bit(known, i / 8, i % 8); });
}

TEST_CASE("each 512-byte block may be zeros") {
  judge_all(
      3, 1000, 1, [](const KnownLog& known) { return (known.end + kBlock - 1) / kBlock; },
      zero_block);
}

TEST_CASE("blocks may be written to the wrong place or change places") {
  judge_all(4, 350, 2, pairs_of, [](const KnownLog& known, std::uint64_t i) {
    return copy_block(known, i / blocks_of(known), i % blocks_of(known));
  });
  judge_all(4, 350, 2, pairs_of, [](const KnownLog& known, std::uint64_t i) {
    return swap_blocks(known, i / blocks_of(known), i % blocks_of(known));
  });
}

TEST_CASE("zeros, garbage and old bytes of the file itself after its end change nothing") {
  std::mt19937_64 random(random_seed());
  judge_all(
      5, 300, 1, [](const KnownLog&) { return 300; },
      [&](const KnownLog& known, std::uint64_t i) {
        std::string bytes(1 + random() % 9000, '\0');
        if (i % 3 == 1) {
          for (char& byte : bytes) byte = static_cast<char>(random());
        } else if (i % 3 == 2) {
          bytes = known.image.substr(random() % known.end, bytes.size());
        }
        return add_behind(known, bytes);
      });
}

// What the slots say helps to tell what was lost elsewhere: all pairs of a block of the header page
// and another one, where few blocks are.
TEST_CASE("a block of the header page may change places with any other") {
  constexpr std::uint64_t kHeaderBlocks = 4096 / kBlock;
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog known = make_based_log(4, left);
    judge_some(known, kHeaderBlocks * blocks_of(known), UINT64_MAX, 5, [&](std::uint64_t i) {
      return swap_blocks(known, i / kHeaderBlocks, i % kHeaderBlocks);
    });
  }
}

TEST_CASE("the judge finds a value that was changed together with its checksum") {
  // A newer log under the truth of an older one: what forged bytes would look like.
  const KnownLog known = make_known_log(6, kSize, Left::kClosed);
  KnownLog lies = known;
  lies.states[lies.last_seq].begin()->second += "!";
  const Mutation nothing{"nothing", known.image};
  CHECK_FALSE(judge_open(known, nothing));
  CHECK(judge_open(lies, nothing));
}

TEST_CASE("the judge finds a run that lacks its last key, and a merge that forgets deletions") {
  for (std::atomic<bool>* const bug :
       {&kvstore::planted::last_key_missing, &kvstore::planted::dropped_deletes}) {
    *bug = true;
    const KnownLog known = make_sealed_log(6, Left::kClosed);
    *bug = false;
    CHECK(judge_open(known, {"nothing", known.image}));
  }
  const KnownLog known = make_sealed_log(6, Left::kClosed);
  CHECK_FALSE(judge_open(known, {"nothing", known.image}));
}

TEST_CASE("the judge finds a scrub that misses a damaged record, and one that invents one") {
  const KnownLog known = make_sealed_log(6, Left::kClosed);
  // The value of a record that the index knows: an open does not look at it.
  const KnownRecord& record = known.records[5];
  const Mutation flipped = flip_bit(known, record.bytes.end - 9, 3),
                 nothing{"nothing", known.image};
  CHECK_FALSE(judge_scrub(known, flipped));
  CHECK_FALSE(judge_scrub(known, nothing));
  // The same files judged by somebody who believes the other one to be as it should be.
  KnownLog believes = known;
  believes.image = flipped.image;
  CHECK(judge_scrub(believes, {"nothing", flipped.image}));
  CHECK(judge_scrub(believes, nothing));
}

TEST_CASE("the judge finds a record that was dropped in silence") {
  const KnownLog known = make_known_log(6, kSize, Left::kClosed);
  // The truth has one record more than the file.
  KnownLog more = known;
  more.records.push_back({{known.end, known.end + 64},
                          known.end + 60,
                          known.end,
                          known.end + 64,
                          known.last_seq + 1,
                          "key0",
                          "one more"});
  more.records.back().bytes = known.records.back().bytes;
  more.last_seq += 1;
  more.states[more.last_seq] = known.states.at(known.last_seq);
  const Mutation nothing{"nothing", known.image};
  CHECK_FALSE(judge_verify_and_repair(known, nothing));
  CHECK(judge_open(more, nothing));
  CHECK(judge_verify_and_repair(more, nothing));
}

TEST_CASE("the judge finds a verify that misses a damaged record, and one that invents one") {
  const KnownLog known = make_known_log(7, kSize, Left::kClosed);
  const Mutation flipped = flip_bit(known, known.records[5].header_end - 1, 3);
  CHECK_FALSE(judge_verify_and_repair(known, flipped));
  // The same file judged by somebody who believes that it is as it should be.
  KnownLog believes = known;
  believes.image = flipped.image;
  CHECK(judge_verify_and_repair(believes, {"nothing", flipped.image}));
  // And an undamaged file by somebody who believes a record to be damaged.
  CHECK(judge_verify_and_repair(believes, {"nothing", known.image}));
}
