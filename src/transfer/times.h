// Expiries in files: ISO 8601 with milliseconds, or milliseconds since 1970 if the year has five
// digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore::transfer {

inline constexpr std::uint64_t kMaxExpiry_ms = (std::uint64_t{1} << 48) - 1;

// 2026-11-21T10:00:00.123Z, or digits.
std::string expiry_text(std::uint64_t at_ms);
// Parses an expiry, and any time that civil_time.h reads: 1 to kMaxExpiry_ms. A number of
// milliseconds
// must be of the year 2000 or later.
std::optional<std::uint64_t> parse_expiry(std::string_view text);

}  // namespace kvstore::transfer
