// Numbers as users and protocols write them: the whole word, decimal, nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore::command {

// -9223372036854775808 to 9223372036854775807; nothing if `text` is not that.
inline constexpr std::size_t kLongestInteger = 20;  // characters
std::optional<std::int64_t> parse_integer(std::string_view text);
// 0 to 18446744073709551615.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
// As Redis reads the counts of its protocol: no leading zeros either.
std::optional<std::int64_t> parse_protocol_count(std::string_view text);
// As Redis reads them: also "inf", "1e3", "0x10"; no blank before it, no NaN, nothing that the
// type cannot say.
std::optional<double> parse_real(std::string_view text);
std::optional<long double> parse_long_real(std::string_view text);

// As short as it can be to be read back: "0.1", "1e+20", "inf".
std::string real_text(double number);
// As Redis 7.0 writes it, up to 17 digits: "0.10000000000000001".
std::string redis_real_text(double number);

}  // namespace kvstore::command
