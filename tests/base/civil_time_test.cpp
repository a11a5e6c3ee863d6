#include "src/base/civil_time.h"

#include <doctest/doctest.h>

using namespace kvstore;

TEST_CASE("times are written in UTC, and those without a form as a number") {
  constexpr std::uint64_t kTime = 1'772'375'405'250'001;
  CHECK(iso_time(kTime) == "2026-03-01T14:30:05.250001Z");
  CHECK(iso_seconds(kTime) == "2026-03-01T14:30:05Z");
  CHECK(name_of_time(kTime) == "20260301T143005Z");
  CHECK(iso_time(253402300799'999999) == "9999-12-31T23:59:59.999999Z");
  CHECK(iso_time(253402300800'000000) == "@253402300800000000us");
  CHECK(iso_seconds(UINT64_MAX) == "@18446744073709");
  CHECK(name_of_time(UINT64_MAX) == "18446744073709");
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000000Z");
}

// What text means, and what it does not, is in tests/command/at_test.cpp.
TEST_CASE("what is written is read back") {
  for (const std::uint64_t time : {0ull, 1ull, 951'782'400'000'000ull, 4'102'444'799'999'999ull}) {
    CHECK(parse_iso_time(iso_time(time)) == time);
  }
  CHECK(parse_fraction("25") == 250'000);
  CHECK(parse_fraction("1234569") == 123'456);
  CHECK_FALSE(parse_fraction(""));
  CHECK_FALSE(parse_fraction("1x"));
}
