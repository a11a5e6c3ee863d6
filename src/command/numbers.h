// Numbers in arguments and protocols: the whole word must be a decimal number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore::command {

// -9223372036854775808 to 9223372036854775807; nullopt otherwise.
inline constexpr std::size_t kLongestInteger = 20;  // characters
std::optional<std::int64_t> parse_integer(std::string_view text);
// 0 to 18446744073709551615.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
// Parses a count of Redis' protocol: also without leading zeros.
std::optional<std::int64_t> parse_protocol_count(std::string_view text);
// Parses a real number as Redis does: also "inf", "1e3", "0x10"; no leading blank, no NaN, nothing
// outside the type's range.
std::optional<double> parse_real(std::string_view text);
std::optional<long double> parse_long_real(std::string_view text);

// The shortest text that parses to the same number: "0.1", "1e+20", "inf".
std::string real_text(double number);
// The text of Redis 7.0, with up to 17 digits: "0.10000000000000001".
std::string redis_real_text(double number);

}  // namespace kvstore::command
