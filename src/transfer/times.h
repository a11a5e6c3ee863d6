// Expiries as files have them: ISO 8601 with milliseconds, or, where a year has five digits,
// milliseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore::transfer {

inline constexpr std::uint64_t kMaxExpiry_ms = (std::uint64_t{1} << 48) - 1;

// 2026-11-21T10:00:00.123Z, or digits.
std::string expiry_text(std::uint64_t at_ms);
// The same the other way round, and any time that civil_time.h reads. 1 to kMaxExpiry_ms;
// digits from the year 2000 on.
std::optional<std::uint64_t> parse_expiry(std::string_view text);

}  // namespace kvstore::transfer
