#include "src/log/expiry_counts.h"

#include <map>
#include <random>

#include <doctest/doctest.h>

namespace kvstore::log {
namespace {

TEST_CASE("few expiries are counted each by itself") {
  ExpiryCounts counts;
  for (std::uint64_t i = 1; i <= 1000; ++i) counts.add(i);
  CHECK(counts.grain() == 1);
  CHECK(counts.take(500, UINT64_MAX) == 500);
  CHECK_FALSE(counts.splits(500));
  counts.remove(600);
  CHECK(counts.take(1000, UINT64_MAX) == 499);
}

// Against a map of each: what is taken is right wherever it is not said to be unknown, and each key
// is taken once.
TEST_CASE("many expiries take bounded memory, and no key is counted wrongly") {
  std::mt19937_64 random(1);
  ExpiryCounts counts;
  std::multimap<std::uint64_t, int> model;
  std::uint64_t now = 1'000'000, taken = 0, known = 0;
  for (int i = 0; i < 600'000; ++i) {
    const std::uint64_t expires = now + 1 + random() % 50'000'000;
    counts.add(expires);
    model.emplace(expires, 0);
    if (i % 3 == 0 && model.begin()->first > counts.taken_until()) {
      counts.remove(model.begin()->first);
      model.erase(model.begin());
    }
    if (i % 1000 != 0) continue;
    REQUIRE(counts.bytes() <= ExpiryCounts::kMost * 64);
    now += random() % 20'000;
    taken += counts.take(now, UINT64_MAX);
    if (counts.splits(now)) continue;
    ++known;
    std::uint64_t expired = 0;
    while (!model.empty() && model.begin()->first <= now) {
      model.erase(model.begin());
      ++expired;
    }
    REQUIRE(counts.keys() == model.size());
    REQUIRE(taken == expired);
    taken = 0;
  }
  CHECK(counts.grain() > 1);
  CHECK(known > 0);
  now += 100'000'000;
  taken += counts.take(now, UINT64_MAX);
  CHECK_FALSE(counts.splits(now));
  CHECK(taken == model.size());
  CHECK(counts.keys() == 0);
}

TEST_CASE("the last of all times has a bucket, whatever the grain") {
  ExpiryCounts counts(ExpiryCounts::kMostGrain);
  counts.add(UINT64_MAX);
  counts.add(UINT64_MAX - 1);
  CHECK(counts.all().size() == 1);
  CHECK(counts.take(UINT64_MAX, 1) == 2);
  CHECK_FALSE(ExpiryCounts::is_grain(0));
  CHECK_FALSE(ExpiryCounts::is_grain(3));
  CHECK_FALSE(ExpiryCounts::is_grain(std::uint64_t{1} << 63));
}

}  // namespace
}  // namespace kvstore::log
