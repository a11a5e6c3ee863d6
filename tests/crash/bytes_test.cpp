// KVSTORE_LONG=1 test_crash    every bit, every length, every pair of blocks

#include "tests/crash/bytes.h"

#include <cstdlib>
#include <functional>
#include <random>

#include <doctest/doctest.h>

using namespace kvstore::testing;

namespace {

constexpr std::uint64_t kSize = 64 << 10;
constexpr Left kAllWays[] = {Left::kClosed, Left::kKilled, Left::kPowerLost};

const bool g_long = std::getenv("KVSTORE_LONG") != nullptr;

std::uint64_t random_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("KVSTORE_BYTES_SEED");
    return given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return seed;
}

// Judges `make(0)` to `make(count - 1)`; at most `sample` of them by default,
// each `stride`-th of those also by verify and repair.
void judge_all(const KnownLog& known, std::uint64_t count, std::uint64_t sample,
               std::uint64_t stride, const std::function<Mutation(std::uint64_t)>& make) {
  std::mt19937_64 random(random_seed());
  const bool all = g_long || count <= sample;
  const std::uint64_t cases = all ? count : sample;
  int violations = 0;
  for (std::uint64_t i = 0; i < cases && violations < 5; ++i) {
    const Mutation mutation = make(all ? i : random() % count);
    auto violation = judge_open(known, mutation);
    if (!violation) violation = judge_read_only(known, mutation);
    if (!violation && i % stride == 0) violation = judge_verify_and_repair(known, mutation);
    if (!violation) continue;
    ++violations;
    FAIL_CHECK(*violation << " (again: KVSTORE_BYTES_SEED=" << random_seed() << ")");
  }
  MESSAGE(cases << " cases of " << count << ", seed " << random_seed());
}

}  // namespace

TEST_CASE(
    "a log cut at any length answers right or CORRUPT, and gives a prefix if it was not closed") {
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog known = make_known_log(1, kSize, left);
    judge_all(known, known.image.size(), 2000, 4,
              [&](std::uint64_t i) { return cut_at(known, i); });
  }
}

TEST_CASE("one flipped bit costs at most the record it is in") {
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog known = make_known_log(2, kSize, left);
    judge_all(known, known.end * 8, 3000, 4,
              [&](std::uint64_t i) { return flip_bit(known, i / 8, i % 8); });
  }
}

TEST_CASE("each 512-byte block may be zeros") {
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog known = make_known_log(3, kSize, left);
    judge_all(known, (known.end + kBlock - 1) / kBlock, 1000, 1,
              [&](std::uint64_t i) { return zero_block(known, i); });
  }
}

TEST_CASE("blocks may be written to the wrong place or change places") {
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog known = make_known_log(4, kSize, left);
    const std::uint64_t blocks = known.end / kBlock;
    judge_all(known, blocks * blocks, 350, 2,
              [&](std::uint64_t i) { return copy_block(known, i / blocks, i % blocks); });
    judge_all(known, blocks * blocks, 350, 2,
              [&](std::uint64_t i) { return swap_blocks(known, i / blocks, i % blocks); });
  }
}

TEST_CASE("zeros, garbage and old bytes of the file itself after its end change nothing") {
  for (const Left left : kAllWays) {
    CAPTURE(static_cast<int>(left));
    const KnownLog known = make_known_log(5, kSize, left);
    std::mt19937_64 random(random_seed());
    judge_all(known, 300, 300, 1, [&](std::uint64_t i) {
      std::string bytes(1 + random() % 9000, '\0');
      if (i % 3 == 1) {
        for (char& byte : bytes) byte = static_cast<char>(random());
      } else if (i % 3 == 2) {
        bytes = known.image.substr(random() % known.end, bytes.size());
      }
      return add_behind(known, bytes);
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
