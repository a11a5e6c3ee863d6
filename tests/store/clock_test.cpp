#include "src/store/clock.h"

#include <atomic>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace kvstore;

namespace {

constexpr std::uint64_t kSecond = StoreClock::kSecond;
constexpr std::uint64_t kDay = 86400 * kSecond;
constexpr std::uint64_t k2026 = 1'767'225'600 * kSecond;
constexpr std::uint64_t k2036 = k2026 + 3652 * kDay;

std::atomic<std::uint64_t> machine_time{k2026};
std::uint64_t machine() { return machine_time; }

struct Clock {
  std::vector<std::string> told;
  StoreClock clock{[this](const std::string& sentence) { told.push_back(sentence); }, machine};
  std::uint64_t seq = 0;

  explicit Clock(std::uint64_t created = k2026) {
    machine_time = created;
    clock.begin(created, {}, {});
    clock.end_replay();
  }
  std::uint64_t write(std::uint64_t at) {
    machine_time = at;
    const std::uint64_t time = clock.stamp();
    clock.record(++seq, time);
    return time;
  }
  void add(std::uint64_t expires_ms) {
    write(machine_time);
    clock.replace({}, {true, seq, expires_ms});
  }
  std::uint64_t first_at(std::uint64_t time) {
    const auto version = clock.version_at(time);
    return version ? version->first_seq : 0;
  }
};

}  // namespace

TEST_CASE("times rise with the clock, and wait while it is a few seconds behind") {
  Clock c;
  CHECK(c.write(k2026 + 5 * kSecond) == k2026 + 5 * kSecond);
  CHECK(c.write(k2026) == k2026 + 5 * kSecond);
  CHECK(c.write(k2026 + 6 * kSecond) == k2026 + 6 * kSecond);
  CHECK(c.told.empty());
  CHECK(c.clock.warnings().empty());
}

TEST_CASE("a write under a wrong clock does not pin later times, and both jumps are told") {
  Clock c;
  c.write(k2026 + kDay);
  CHECK(c.write(k2036) == k2036);
  REQUIRE(c.told.size() == 1);
  CHECK(c.told[0].find("2036-01-01") != std::string::npos);
  CHECK(c.write(k2026 + 2 * kDay) == k2026 + 2 * kDay);
  REQUIRE(c.told.size() == 2);
  CHECK(c.told[1].find("went back") != std::string::npos);
  CHECK(c.write(k2026 + 3 * kDay) == k2026 + 3 * kDay);
  CHECK(c.told.size() == 2);
  CHECK(c.clock.warnings().size() == 2);
}

TEST_CASE("a clock before 2000 or past 2200 is not believed, and told once") {
  for (const std::uint64_t wrong :
       {std::uint64_t{0}, kEarliestBelieved - 1, kLatestBelieved, UINT64_MAX}) {
    Clock c;
    c.write(k2026 + kDay);
    CHECK(c.write(wrong) == k2026 + kDay);
    CHECK(c.write(wrong) == k2026 + kDay);
    CHECK(c.told.size() == 1);
    CHECK(c.clock.warnings().size() == 1);
    CHECK(c.write(k2026 + 2 * kDay) == k2026 + 2 * kDay);
    CHECK(c.clock.warnings().empty());
  }
  machine_time = 0;
  StoreClock fresh({}, machine);
  CHECK(fresh.stamp() == kEarliestBelieved);
}

TEST_CASE("AT a time is after the last record in the log's order that is not later") {
  Clock c;
  CHECK(c.first_at(k2026 + kDay) == 0);
  c.write(k2026 + 1 * kDay);  // 1
  c.write(k2036);             // 2, of the same run
  c.write(k2026 + 2 * kDay);  // 3
  c.write(k2026 + 3 * kDay);  // 4
  CHECK(c.first_at(k2026) == 0);
  CHECK(c.first_at(k2026 + 1 * kDay) == 1);
  CHECK(c.first_at(k2026 + 2 * kDay) == 3);
  CHECK(c.first_at(k2036 + kDay) == 3);
  c.write(k2026);  // 5: every later time means it or what follows
  CHECK(c.first_at(k2026) == 5);
  CHECK(c.first_at(k2026 + 2 * kDay) == 5);
}

TEST_CASE("what had expired stays so when the clock is set back, and what is written then lives") {
  Clock c;
  const std::uint64_t soon = (k2026 + 60 * kSecond) / 1000;
  c.add(soon);  // 1
  CHECK_FALSE(c.clock.is_expired(1, soon));
  CHECK(*c.clock.live_keys() == 1);
  machine_time = k2036;
  CHECK(c.clock.is_expired(1, soon));
  machine_time = k2026 + kSecond;
  CHECK(c.clock.is_expired(1, soon));
  CHECK(*c.clock.live_keys() == 0);
  c.add(soon);  // 2
  CHECK_FALSE(c.clock.is_expired(2, soon));
  CHECK(c.clock.is_expired(1, soon));
  CHECK(*c.clock.live_keys() == 1);
  CHECK(c.clock.expiring_keys() == 1);
  machine_time = k2026 + 61 * kSecond;
  CHECK(c.clock.is_expired(2, soon));
  CHECK(*c.clock.live_keys() == 0);
}

TEST_CASE("a store that is opened anew knows from its records what had expired") {
  machine_time = k2026 + 2 * kSecond;
  std::vector<std::string> told;
  StoreClock clock([&](const std::string& sentence) { told.push_back(sentence); }, machine);
  clock.begin(k2026, {}, {3, k2026 + 2 * kSecond});
  const std::uint64_t soon = (k2026 + 60 * kSecond) / 1000;
  clock.replay(1, k2026);
  clock.replace({}, {true, 1, soon});
  clock.replay(2, k2036);
  clock.replay(3, k2026 + kSecond);
  clock.replace({}, {true, 3, soon});
  clock.end_replay();
  CHECK(clock.now() == k2026 + 2 * kSecond);
  CHECK(told.empty());  // the step is past
  CHECK(clock.is_expired(1, soon));
  CHECK_FALSE(clock.is_expired(3, soon));
  CHECK(*clock.live_keys() == 1);
}

TEST_CASE("a slot written under a later clock counts for the records it knows of") {
  machine_time = k2026;
  StoreClock clock({}, machine);
  clock.begin(k2026, {}, {1, k2036});
  const std::uint64_t soon = (k2026 + 60 * kSecond) / 1000;
  clock.replay(1, k2026);
  clock.replace({}, {true, 1, soon});
  clock.replay(2, k2026);
  clock.replace({}, {true, 2, soon});
  clock.end_replay();
  CHECK(clock.is_expired(1, soon));
  CHECK_FALSE(clock.is_expired(2, soon));
  CHECK(*clock.live_keys() == 1);
}

TEST_CASE("counts follow replacements of keys that expire, expired and not") {
  Clock c;
  const std::uint64_t now_ms = k2026 / 1000;
  c.clock.replace({}, {true, 1, 0});
  c.clock.replace({}, {true, 2, now_ms + 1000});
  c.clock.replace({}, {true, 3, now_ms + 1000});
  c.clock.replace({}, {true, 4, now_ms + 5000});
  CHECK(*c.clock.live_keys() == 4);
  machine_time = k2026 + 2 * kSecond;
  CHECK(*c.clock.live_keys() == 2);
  c.clock.replace({true, 2, now_ms + 1000}, {true, 5, 0});  // set anew after it expired
  CHECK(*c.clock.live_keys() == 3);
  c.clock.replace({true, 4, now_ms + 5000}, {true, 6, now_ms + 9000});
  c.clock.replace({true, 1, 0}, {false, 7, 0});
  c.clock.replace({true, 3, now_ms + 1000}, {false, 8, 0});  // removed after it expired
  CHECK(*c.clock.live_keys() == 2);
  c.clock.replace({}, {true, 9, now_ms});  // expired when it was set
  CHECK(*c.clock.live_keys() == 2);
  machine_time = k2026 + 10 * kSecond;
  CHECK(*c.clock.live_keys() == 1);
  CHECK(c.clock.expiring_keys() == 0);
}

TEST_CASE("history below the floor is gone by time, too") {
  StoreClock clock({}, machine);
  clock.begin(k2026 + 10 * kDay, {.seq = 5}, {});
  clock.replay(3, k2026);
  CHECK(clock.is_purged(k2026 + 9 * kDay));
  CHECK_FALSE(clock.is_purged(k2026 + 10 * kDay));
  clock.replay(5, k2026 + kDay);
  CHECK(clock.is_purged(k2026 + kDay - 1));
  CHECK_FALSE(clock.is_purged(k2026 + kDay));
}
