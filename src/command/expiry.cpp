#include "src/command/expiry.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/words.h"
#include "src/log/format.h"

namespace kvstore::command {
namespace {

constexpr ExpiryOption kOptions[] = {
    {"EX", {true, true}}, {"PX", {false, true}}, {"EXAT", {true, false}}, {"PXAT", {false, false}}};

// nullopt if the time does not fit milliseconds since 1970. A time after the year 10889, the last
// that a record can store, becomes that limit.
std::optional<std::int64_t> milliseconds(std::int64_t number, ExpiryUnit unit,
                                         std::uint64_t now_ms) {
  std::int64_t at = 0;
  if (__builtin_mul_overflow(number, unit.in_seconds ? 1000 : 1, &at)) return {};
  if (unit.from_now && __builtin_add_overflow(at, static_cast<std::int64_t>(now_ms), &at))
    return {};
  constexpr auto kLatest = static_cast<std::int64_t>(log::kMaxOffset);
  return std::min(at, kLatest);
}

bool is_too_large(std::string_view count) {
  return !count.empty() && count.find_first_not_of("0123456789") == count.npos &&
         count.find_first_not_of('0') != count.npos;
}

std::string redis_wording(const Call& call) {
  return fmt::format("ERR invalid expire time in '{}' command", lower(call.row.name));
}

Failure too_large(const Call& call, std::string_view count, std::string hint) {
  Failure failure =
      bad_number(count, "a time that can be stored: it is too large", std::move(hint));
  if (parse_protocol_count(count)) failure.redis = redis_wording(call);
  return failure;
}

Failure bad_expiry(const Call& call, std::string_view count, ExpiryUnit unit,
                   std::string_view example) {
  if (is_too_large(count)) {
    return too_large(call, count,
                     fmt::format("{}, or no expiry for a key that never expires", example));
  }
  Failure failure = bad_number(count,
                               unit.in_seconds ? "a number of seconds of 1 or more"
                                               : "a number of milliseconds of 1 or more",
                               std::string(example));
  if (parse_protocol_count(count)) failure.redis = redis_wording(call);
  return failure;
}

}  // namespace

const ExpiryOption* find_expiry_option(std::string_view word) {
  const auto found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                  [word](const auto& one) { return same_word(word, one.name); });
  return found == std::end(kOptions) ? nullptr : found;
}

Checked<std::uint64_t> take_expiry(const Call& call, std::string_view count, ExpiryUnit unit,
                                   std::string_view example) {
  const auto number = parse_protocol_count(count);
  const std::uint64_t now_ms = call.store().now_us() / 1000;
  const auto at = number && *number > 0 ? milliseconds(*number, unit, now_ms) : std::nullopt;
  if (!at) return fail(bad_expiry(call, count, unit, example));
  return static_cast<std::uint64_t>(*at);
}

Checked<std::uint64_t> take_expiry_option(const Call& call, std::size_t at,
                                          const ExpiryOption& option, std::string_view example) {
  const ExpiryUnit unit = option.unit;
  const std::string_view number = unit.from_now     ? unit.in_seconds ? "60" : "60000"
                                  : unit.in_seconds ? "1893456000"
                                                    : "1893456000000";
  const std::string hint = fmt::format("{} {} {}", example, option.name, number);
  if (at + 1 < call.args.size()) return take_expiry(call, call.args[at + 1], unit, hint);
  return fail(needs_value(option.name,
                          fmt::format("a number of {}seconds{}", unit.in_seconds ? "" : "milli",
                                      unit.from_now ? "" : " since 1970"),
                          hint));
}

Checked<std::uint64_t> take_any_expiry(const Call& call, std::string_view count, ExpiryUnit unit) {
  const auto number = parse_protocol_count(count);
  if (!number) {
    return fail(bad_number(count,
                           unit.in_seconds ? "a number of seconds" : "a number of milliseconds",
                           usage(call.row)));
  }
  const auto at = milliseconds(*number, unit, call.store().now_us() / 1000);
  if (!at) return fail(too_large(call, count, usage(call.row)));
  return static_cast<std::uint64_t>(std::max<std::int64_t>(*at, 1));
}

}  // namespace kvstore::command
