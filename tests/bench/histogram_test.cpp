#include "src/bench/histogram.h"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace kvstore::bench;

TEST_CASE("of small latencies each is kept as it is") {
  Histogram histogram;
  for (std::uint64_t i = 1; i <= 100; ++i) histogram.record(i);
  CHECK(histogram.count() == 100);
  CHECK(histogram.at(0.5) == 50);
  CHECK(histogram.at(0.99) == 99);
  CHECK(histogram.at(0.999) == 100);
  CHECK(histogram.at(0) == 1);
  CHECK(histogram.max() == 100);
  CHECK(Histogram().at(0.5) == 0);
}

TEST_CASE("a percentile is the latency of that rank, or up to 0.8% more") {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> values;
  Histogram one, other;
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(random() >> (random() % 64));
    (i % 3 == 0 ? one : other).record(values.back());
  }
  one.merge(other);
  std::sort(values.begin(), values.end());
  for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    const auto rank = static_cast<std::size_t>(share * 10'000 + 0.5) - 1;
    const double exact = static_cast<double>(values[rank]);
    CHECK(one.at(share) >= values[rank]);
    CHECK(static_cast<double>(one.at(share)) <= exact * 1.008 + 1);
  }
  CHECK(one.at(1) == values.back());
}

TEST_CASE("the largest there is has a bucket") {
  Histogram histogram;
  histogram.record(UINT64_MAX);
  histogram.record(0);
  CHECK(histogram.at(1) == UINT64_MAX);
  CHECK(histogram.at(0.5) == 0);
}
