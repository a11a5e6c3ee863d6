#include "src/index/write_order.h"

#include <doctest/doctest.h>

using kvstore::index::Entry;
using kvstore::index::WriteOrder;

TEST_CASE("entries come back in the order of writing, from any number on") {
  WriteOrder order;
  CHECK(order.size() == 0);
  constexpr std::uint64_t kCount = 100'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    if (i % 1000 == 0) order.reserve(1000);
    order.append(Entry(i * 8));
  }
  CHECK(order.size() == kCount);
  for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{16'383}, kCount}) {
    std::uint64_t next = from;
    order.each(from, kCount, [&](Entry entry) { REQUIRE(entry.offset() == 8 * next++); });
    CHECK(next == kCount);
  }
}

TEST_CASE("memory is reserved for as many entries as it is asked for, over several chunks") {
  WriteOrder order;
  order.reserve(200'000);
  for (std::uint64_t i = 0; i < 200'000; ++i) order.append(Entry(8));
  CHECK(order.bytes() == 1'600'000);
}
