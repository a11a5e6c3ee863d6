#include "src/transfer/times.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/base/civil_time.h"
#include "src/command/numbers.h"

namespace kvstore::transfer {
namespace {

constexpr std::uint64_t kYear2000_ms = 946'684'800'000;
constexpr std::uint64_t kYear10000_ms = 253'402'300'800'000;

}  // namespace

std::string expiry_text(std::uint64_t at_ms) {
  if (at_ms >= kYear10000_ms) return fmt::to_string(at_ms);
  std::string text = iso_seconds(at_ms * 1000);
  text.pop_back();
  return text + fmt::format(".{:03}Z", at_ms % 1000);
}

std::optional<std::uint64_t> parse_expiry(std::string_view text) {
  std::optional<std::uint64_t> at_ms = command::parse_unsigned(text);
  // Smaller numbers are meant as seconds or as a time to live: the key would be removed at once.
  if (at_ms && *at_ms < kYear2000_ms) return std::nullopt;
  if (!at_ms) {
    const auto time_us = parse_iso_time(text);
    if (!time_us) return std::nullopt;
    at_ms = *time_us / 1000;
  }
  if (*at_ms == 0 || *at_ms > kMaxExpiry_ms) return std::nullopt;
  return at_ms;
}

}  // namespace kvstore::transfer
