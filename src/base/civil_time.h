// Times as text, in ISO 8601. All times are microseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore {

// In UTC. A wrong clock may have recorded any number: from the year 10000 on, the result is "@" and
// the seconds (or "@", the microseconds and "us").
std::string iso_time(std::uint64_t time_us);      // 2026-11-21T10:00:00.123456Z
std::string iso_seconds(std::uint64_t time_us);   // 2026-11-21T10:00:00Z
std::string name_of_time(std::uint64_t time_us);  // 20261121T100000Z, for a file's name

// Parses a day, or a day and a time: 2026-03-01, 2026-03-01T14:30, 2026-03-01 14:30:05.25+02:00.
// Without an offset (Z, +02, +0200, +02:00) it is local time. From 1970 on. Digits after the sixth
// decimal of the seconds are ignored.
std::optional<std::uint64_t> parse_iso_time(std::string_view text);

// Parses the digits of a fraction of a second, such as "25", as microseconds; only digits, at least
// one.
std::optional<std::uint64_t> parse_fraction(std::string_view digits);

}  // namespace kvstore
