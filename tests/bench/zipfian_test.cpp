#include "src/bench/zipfian.h"

#include <cmath>
#include <map>
#include <vector>

#include <doctest/doctest.h>

using namespace kvstore::bench;

TEST_CASE("zipfian numbers are as frequent as their rank says") {
  constexpr std::uint64_t kItems = 1000;
  constexpr int kDraws = 200'000;
  double zeta = 0;
  for (std::uint64_t i = 1; i <= kItems; ++i) zeta += std::pow(static_cast<double>(i), -0.99);
  Zipfian zipfian(kItems);
  Random random(1);
  std::vector<int> counts(kItems);
  for (int i = 0; i < kDraws; ++i) ++counts.at(zipfian(random));
  // The first two exactly; the approximation of the others is good from a few on.
  for (const std::size_t rank : {0, 1}) {
    const double expected = kDraws * std::pow(static_cast<double>(rank + 1), -0.99) / zeta;
    CHECK(std::abs(counts[rank] - expected) < 5 * std::sqrt(expected));
  }
  double tail = 0;
  for (std::size_t rank = 100; rank < kItems; ++rank) tail += counts[rank];
  double expected = 0;
  for (std::size_t rank = 100; rank < kItems; ++rank)
    expected += kDraws * std::pow(static_cast<double>(rank + 1), -0.99) / zeta;
  CHECK(std::abs(tail / expected - 1) < 0.05);
}

TEST_CASE("a zipfian that has grown is the one of that many") {
  Zipfian grown(10);
  grown.grow(5000);
  Zipfian made(5000);
  Random one(7), other(7);
  for (int i = 0; i < 1000; ++i) CHECK(grown(one) == made(other));
}

TEST_CASE("numbers stay below the number of items, however few") {
  Random random(3);
  for (const std::uint64_t items : {1, 2, 3, 7}) {
    Zipfian zipfian(items);
    for (int i = 0; i < 2000; ++i) CHECK(zipfian(random) < items);
    const Zipfian many = Zipfian::of_ten_billion();
    for (int i = 0; i < 2000; ++i) CHECK(scrambled(many(random), items) < items);
  }
}

TEST_CASE("scrambling is FNV-1a of eight bytes") {
  // 64-bit FNV-1a of eight zero bytes.
  CHECK(scrambled(0, UINT64_MAX) == 0xA8C7F832281A39C5);
}
