#include "src/command/at.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <time.h>

#include "src/base/civil_time.h"

namespace kvstore::command {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kNow = 1'772'375'405 * kSecond;  // 2026-03-01T14:30:05Z

std::uint64_t time_of(std::string_view text) {
  const auto at = parse_at(text, kNow);
  CAPTURE(text);
  REQUIRE(at);
  REQUIRE(at->time_us);
  CHECK(!at->seq);
  return *at->time_us;
}

struct TimeZone {
  explicit TimeZone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~TimeZone() {
    unsetenv("TZ");
    tzset();
  }
};

TEST_CASE("digits are a version") {
  CHECK(parse_at("1234", kNow)->seq == 1234);
  CHECK(parse_at("0", kNow)->seq == 0);
  CHECK(parse_at("18446744073709551615", kNow)->seq == UINT64_MAX);
  CHECK(!parse_at("18446744073709551616", kNow));
}

TEST_CASE("times with an offset mean the same everywhere") {
  for (const char* zone : {"UTC", "America/New_York", "EST5EDT", "<+0530>-5:30"}) {
    const TimeZone set(zone);
    CHECK(time_of("2026-03-01T14:30:05Z") == kNow);
    CHECK(time_of("2026-03-01t14:30:05z") == kNow);
    CHECK(time_of("2026-03-01 16:30:05+02:00") == kNow);
    CHECK(time_of("2026-03-01T16:30:05+0200") == kNow);
    CHECK(time_of("2026-03-01T04:30:05-10") == kNow);
    CHECK(time_of("2026-03-01T14:30Z") == kNow - 5 * kSecond);
    CHECK(time_of("2026-03-01T14:30:05.25Z") == kNow + 250'000);
    CHECK(time_of("2026-03-01T14:30:05.1234567Z") == kNow + 123'456);
  }
}

TEST_CASE("times without an offset are local") {
  const TimeZone set("EST5EDT,M3.2.0,M11.1.0");
  CHECK(time_of("2026-03-01T09:30:05") == kNow);
  CHECK(time_of("2026-03-01") == (1'772'375'405 - 9 * 3600 - 30 * 60 - 5) * kSecond);
  CHECK(time_of("2026-07-01T00:00") == 1'782'878'400 * kSecond);  // daylight saving time
}

TEST_CASE("seconds since 1970 stand after an at sign") {
  CHECK(time_of("@1772375405") == kNow);
  CHECK(time_of("@1772375405.5") == kNow + 500'000);
  CHECK(time_of("@0") == 0);
  CHECK(time_of("@253402300799") == 253'402'300'799 * kSecond);  // the end of the year 9999
}

TEST_CASE("a minus and a unit count back from now") {
  CHECK(time_of("-5m") == kNow - 300 * kSecond);
  CHECK(time_of("-3s") == kNow - 3 * kSecond);
  CHECK(time_of("-2h") == kNow - 7200 * kSecond);
  CHECK(time_of("-1d") == kNow - 86400 * kSecond);
  CHECK(time_of("-0s") == kNow);
  CHECK(time_of("-99999999d") == 0);
  CHECK(time_of("-18446744073709551615d") == 0);
}

TEST_CASE("leap days are, and other days that are not are refused") {
  const TimeZone set("UTC");
  CHECK(time_of("2024-02-29") == 1'709'164'800 * kSecond);
  CHECK(!parse_at("2026-02-29", kNow));
}

TEST_CASE("anything else is a NUMBER error that shows the forms") {
  for (const char* text : {"", "yesterday", "-", "-5", "-5w", "--5m", "-5 m", "@", "@x", "@1.", "@1.5x", "@-1",
                           "2026-13-01", "2026-3-1", "2026-03-01T", "2026-03-01T25:00", "2026-03-01T14",
                           "2026-03-01T14:60", "2026-03-01T14:30:60", "2026-03-01T14:30:05.", "2026-03-01Z",
                           "2026-03-01T14:30X", "2026-03-01T14:30+", "2026-03-01T14:30+2", "2026-03-01T14:30+99:00",
                           "1969-12-31", "2026-03-01T14:30Zx", "1e5", "+5", "@1772373600000", "@253402300800"}) {
    CAPTURE(std::string(text));
    const auto at = parse_at(text, kNow);
    REQUIRE(!at);
    CHECK(at.error().code == Code::kNumber);
    CHECK(at.error().hint.find("AT -5m") != std::string::npos);
  }
}

TEST_CASE("times are shown in UTC with microseconds, and read back") {
  CHECK(iso_time(kNow + 250'000) == "2026-03-01T14:30:05.250000Z");
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(time_of(iso_time(kNow + 1)) == kNow + 1);
}

}  // namespace
}  // namespace kvstore::command
