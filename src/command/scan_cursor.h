// The cursors of SCAN and ZSCAN.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/command/numbers.h"

namespace kvstore::command {

// Parses like Redis' strtoul(): also "-1" and an empty word.
inline std::optional<std::uint64_t> parse_scan_cursor(std::string_view text) {
  if (text.empty()) return 0;
  const bool is_negative = text.front() == '-';
  if (is_negative || text.front() == '+') text.remove_prefix(1);
  const auto number = parse_unsigned(text);
  return number && is_negative ? std::uint64_t{0} - *number : number;
}

}  // namespace kvstore::command
