#include "src/log/validity.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

using namespace kvstore::log;

TEST_CASE("a record is of the epoch in force at its offset, or is none") {
  ValidityMap map({{4096, 1}, {5000, 2}, {9000, 3}});
  CHECK(map.holds(4096, 1));
  CHECK(map.holds(4999, 1));
  CHECK_FALSE(map.holds(4999, 2));
  CHECK_FALSE(map.holds(5000, 1));
  CHECK(map.holds(8992, 2));
  CHECK_FALSE(map.holds(9000, 2));
  CHECK(map.holds(1 << 20, 3));
  CHECK_FALSE(map.holds(1 << 20, 4));
}

TEST_CASE("who goes over the log may find a later epoch, for slots may be stale, never an earlier one") {
  ValidityMap map({{4096, 65535}});
  CHECK(map.may_hold(5000, 1));  // serial numbers: 1 comes after 65,535
  CHECK_FALSE(map.may_hold(5000, 65534));
  map.add_epoch(5000, 1);
  CHECK(map.holds(5000, 1));
  CHECK_FALSE(map.holds(5000, 65535));
  CHECK_FALSE(map.may_hold(6000, 65535));
}

TEST_CASE("of epochs before the oldest that is listed only the order is known") {
  const ValidityMap map({{5000, 7}, {6000, 8}});
  CHECK(map.holds(4096, 3));
  CHECK_FALSE(map.holds(4096, 7));
  CHECK(ValidityMap().holds(4096, 3));
}

TEST_CASE("epochs that begin after a cut are forgotten") {
  ValidityMap map({{4096, 1}, {5000, 2}, {9000, 3}});
  map.cut(5000);
  CHECK(map.newest_epoch() == 1);
  map.add_epoch(5000, 4);
  CHECK(map.holds(9000, 4));
  CHECK_FALSE(map.holds(9000, 3));
}

TEST_CASE("no record is believed in a range that is known to hold none") {
  ValidityMap map({{4096, 1}});
  map.add_damage(5000, 6000);
  map.add_damage(7000, 7008);
  map.add_damage(5000, 6000);  // a second pass tells of the same
  CHECK(map.holds(4992, 1));
  CHECK_FALSE(map.holds(5000, 1));
  CHECK_FALSE(map.holds(5992, 1));
  CHECK(map.holds(6000, 1));
  CHECK_FALSE(map.holds(7000, 1));
  CHECK(map.holds(7008, 1));
}

TEST_CASE("a map is read while it grows") {
  ValidityMap map({{4096, 1}});
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> wrong{0};
  std::thread reader([&] {
    while (!stop) wrong += !map.holds(4096, 1) || map.holds(4096, 2);
  });
  for (std::uint16_t epoch = 2; epoch < 5000; ++epoch) {
    map.add_epoch(std::uint64_t{8} * epoch + 4096, epoch);
    map.add_damage(std::uint64_t{8} * epoch + 100000, std::uint64_t{8} * epoch + 100008);
  }
  stop = true;
  reader.join();
  CHECK(wrong == 0);
}
