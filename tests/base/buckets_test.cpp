#include "src/base/buckets.h"

#include <doctest/doctest.h>

using kvstore::BucketCounts;
using kvstore::Buckets;

namespace {

using Times = Buckets<kvstore::kTimeBounds_us>;

}  // namespace

TEST_CASE("a number falls into the first bucket whose bound it is not above") {
  CHECK(Times::index_of(0) == 0);
  CHECK(Times::index_of(10) == 0);
  CHECK(Times::index_of(11) == 1);
  CHECK(Times::index_of(10'000'000) == Times::kCount - 2);
  CHECK(Times::index_of(10'000'001) == Times::kCount - 1);
  CHECK(Times::index_of(UINT64_MAX) == Times::kCount - 1);
}

TEST_CASE("counts of several add up, and go on from another's") {
  Times one, other;
  one.add(7);
  one.add(30);
  other.add_at(0, 5);
  BucketCounts total;
  one.add_to(&total);
  other.add_to(&total);
  CHECK(total.counts[0] == 6);
  CHECK(total.counts[2] == 1);
  CHECK(total.sum == 37);
  CHECK(total.bounds.size() + 1 == total.counts.size());
  other.count_on(one);
  BucketCounts later;
  other.add_to(&later);
  CHECK(later.counts == total.counts);
  CHECK(later.sum == 37);
  other.reset();
  BucketCounts none;
  other.add_to(&none);
  CHECK(none.counts[0] == 0);
}
