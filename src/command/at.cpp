#include "src/command/at.h"

#include <optional>

#include <fmt/core.h>

#include "src/base/civil_time.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"

namespace kvstore::command {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kYear10000_s = 253'402'300'800;

// Larger numbers are probably milliseconds, and would be treated as now.
std::optional<std::uint64_t> unix_us(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto seconds = parse_unsigned(text.substr(0, dot));
  const auto us = parse_fraction(dot == text.npos ? "0" : text.substr(dot + 1));
  if (!seconds || *seconds >= kYear10000_s || !us) return {};
  return *seconds * kSecond + *us;
}

std::optional<std::uint64_t> ago_us(std::string_view text, std::uint64_t now_us) {
  if (text.empty()) return {};
  std::uint64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      return {};
  }
  const auto count = parse_unsigned(text.substr(0, text.size() - 1));
  if (!count) return {};
  if (*count > now_us / kSecond / unit) return 0;
  return now_us - *count * unit * kSecond;
}

}  // namespace

Result<At> parse_at(std::string_view text, std::uint64_t now_us) {
  At at;
  if (!text.empty() && text.find_first_not_of("0123456789") == text.npos) {
    at.seq = parse_unsigned(text);
  } else if (text.starts_with('@')) {
    at.time_us = unix_us(text.substr(1));
  } else if (text.starts_with('-')) {
    at.time_us = ago_us(text.substr(1), now_us);
  } else {
    at.time_us = parse_iso_time(text);
  }
  if (!at.now()) return at;
  return fail(Code::kNumber, fmt::format("{} is neither a version nor a time", quote(text)),
              "AT 1234 (a seq of HISTORY), AT 2026-03-01T14:30Z, AT @1772373600 or AT -5m");
}

}  // namespace kvstore::command
