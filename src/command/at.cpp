#include "src/command/at.h"

#include <chrono>
#include <ctime>
#include <optional>

#include <fmt/core.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"

namespace kvstore::command {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

// Reads a time from left to right; each member takes something off its front, or
// leaves it and says so.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}

  bool empty() const { return rest_.empty(); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int> digits(std::size_t count) {
    const std::string_view text = rest_.substr(0, count);
    if (text.size() < count || text.find_first_not_of("0123456789") != text.npos) return {};
    rest_.remove_prefix(count);
    return static_cast<int>(*parse_unsigned(text));
  }

  // ".25" as microseconds; 0 if there is no dot. Digits beyond the sixth are cut.
  std::optional<std::uint64_t> fraction() {
    if (!take('.')) return 0;
    std::uint64_t us = 0;
    std::uint64_t unit = kSecond / 10;
    bool any = false;
    while (const auto digit = digits(1)) {
      us += static_cast<std::uint64_t>(*digit) * unit;
      unit /= 10;
      any = true;
    }
    return any ? std::optional(us) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

struct CivilTime {
  std::chrono::year_month_day day;
  int hour = 0, minute = 0, second = 0;
  std::uint64_t us = 0;
  std::optional<int> offset_minutes;  // nothing: local time
};

bool parse_date(TimeText* text, CivilTime* civil) {
  const auto year = text->digits(4);
  if (!year || !text->take('-')) return false;
  const auto month = text->digits(2);
  if (!month || !text->take('-')) return false;
  const auto day = text->digits(2);
  if (!day || *year < 1970) return false;
  civil->day = std::chrono::year(*year) / *month / *day;
  return civil->day.ok();
}

bool parse_clock(TimeText* text, CivilTime* civil) {
  const auto hour = text->digits(2);
  if (!hour || !text->take(':')) return false;
  const auto minute = text->digits(2);
  if (!minute) return false;
  civil->hour = *hour;
  civil->minute = *minute;
  if (text->take(':')) {
    const auto second = text->digits(2);
    const auto us = second ? text->fraction() : std::nullopt;
    if (!us) return false;
    civil->second = *second;
    civil->us = *us;
  }
  return civil->hour < 24 && civil->minute < 60 && civil->second < 60;
}

bool parse_offset(TimeText* text, CivilTime* civil) {
  if (text->empty()) return true;
  if (text->take('Z') || text->take('z')) {
    civil->offset_minutes = 0;
    return true;
  }
  const bool west = text->take('-');
  if (!west && !text->take('+')) return false;
  const auto hours = text->digits(2);
  if (!hours) return false;
  int minutes = 0;
  if (text->take(':') || !text->empty()) {
    const auto read = text->digits(2);
    if (!read) return false;
    minutes = *read;
  }
  if (*hours > 14 || minutes > 59) return false;
  civil->offset_minutes = (west ? -1 : 1) * (*hours * 60 + minutes);
  return true;
}

std::optional<CivilTime> parse_civil(std::string_view written) {
  TimeText text(written);
  CivilTime civil;
  if (!parse_date(&text, &civil)) return {};
  if (text.take('T') || text.take('t') || text.take(' ')) {
    if (!parse_clock(&text, &civil) || !parse_offset(&text, &civil)) return {};
  }
  return text.empty() ? std::optional(civil) : std::nullopt;
}

// Seconds since 1970, by the clock on the wall here.
std::int64_t local_seconds(const CivilTime& civil) {
  std::tm fields{};
  fields.tm_year = static_cast<int>(civil.day.year()) - 1900;
  fields.tm_mon = static_cast<int>(static_cast<unsigned>(civil.day.month())) - 1;
  fields.tm_mday = static_cast<int>(static_cast<unsigned>(civil.day.day()));
  fields.tm_hour = civil.hour;
  fields.tm_min = civil.minute;
  fields.tm_sec = civil.second;
  fields.tm_isdst = -1;
  return std::mktime(&fields);
}

std::int64_t utc_seconds(const CivilTime& civil) {
  const auto days = std::chrono::sys_days(civil.day).time_since_epoch();
  const std::int64_t minutes = std::int64_t{civil.hour} * 60 + civil.minute;
  return std::chrono::duration_cast<std::chrono::seconds>(days).count() + minutes * 60 +
         civil.second;
}

std::optional<std::uint64_t> civil_us(const CivilTime& civil) {
  const std::int64_t seconds = civil.offset_minutes
                                   ? utc_seconds(civil) - std::int64_t{*civil.offset_minutes} * 60
                                   : local_seconds(civil);
  if (seconds < 0) return 0;  // east of Greenwich 1970 begins a little early
  return static_cast<std::uint64_t>(seconds) * kSecond + civil.us;
}

std::optional<std::uint64_t> unix_us(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto seconds = parse_unsigned(text.substr(0, dot));
  if (!seconds || *seconds >= UINT64_MAX / kSecond) return {};
  TimeText rest(dot == text.npos ? "" : text.substr(dot));
  const auto us = rest.fraction();
  if (!us || !rest.empty()) return {};
  return *seconds * kSecond + *us;
}

std::optional<std::uint64_t> ago_us(std::string_view text, std::uint64_t now_us) {
  if (text.empty()) return {};
  std::uint64_t unit = 0;
  switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return {};
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
  } else if (const auto civil = parse_civil(text)) {
    at.time_us = civil_us(*civil);
  }
  if (!at.now()) return at;
  return fail(Code::kNumber, fmt::format("{} is neither a version nor a time", quote(text)),
              "AT 1234 (a seq of HISTORY), AT 2026-03-01T14:30Z, AT @1772373600 or AT -5m");
}

std::string format_time(std::uint64_t time_us) {
  const auto seconds = static_cast<std::time_t>(time_us / kSecond);
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", fields.tm_year + 1900,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                     fields.tm_sec, time_us % kSecond);
}

}  // namespace kvstore::command
