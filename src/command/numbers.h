// Numbers as users and protocols write them: the whole word, decimal, nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kvstore::command {

// -9223372036854775808 to 9223372036854775807; nothing if `text` is not that.
std::optional<std::int64_t> parse_integer(std::string_view text);
// 0 to 18446744073709551615.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
// As Redis reads the counts of its protocol: no leading zeros either.
std::optional<std::int64_t> parse_protocol_count(std::string_view text);

}  // namespace kvstore::command
