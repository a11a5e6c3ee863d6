// Times as people write them, in ISO 8601. All in microseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore {

// In UTC. A clock that was wrong may have written any number: from the year 10000 on, what has
// no such form is "@" and the seconds (or "@", the microseconds and "us").
std::string iso_time(std::uint64_t time_us);      // 2026-11-21T10:00:00.123456Z
std::string iso_seconds(std::uint64_t time_us);   // 2026-11-21T10:00:00Z
std::string name_of_time(std::uint64_t time_us);  // 20261121T100000Z, for a file's name

// A day, or a day and a time: 2026-03-01, 2026-03-01T14:30, 2026-03-01 14:30:05.25+02:00. Without
// an offset (Z, +02, +0200, +02:00) it is local. From 1970 on. Digits beyond the sixth of a second
// are cut.
std::optional<std::uint64_t> parse_iso_time(std::string_view text);

// "25", digits of a fraction of a second, as microseconds; nothing but digits, at least one.
std::optional<std::uint64_t> parse_fraction(std::string_view digits);

}  // namespace kvstore
