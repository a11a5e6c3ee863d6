#include "src/base/civil_time.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <sstream>

#include <date/date.h>
#include <fmt/format.h>

namespace kvstore {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kYear10000 = 253402300800;  // in seconds

// The text with every digit replaced by 0, to compare with a pattern.
std::string shape_of(std::string_view text) {
  std::string shape(text);
  for (char& c : shape) {
    if (c >= '0' && c <= '9') c = '0';
    if (c == 't' || c == ' ') c = 'T';
    if (c == 'z') c = 'Z';
  }
  return shape;
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// The parts of a time, each in a valid form.
struct Parts {
  std::string clock = "T00:00:00.000000";
  std::string offset;  // "", "Z", "+0200"
};

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  if (text.empty()) return parts;
  const std::string shape = shape_of(text);
  const bool has_seconds = shape.starts_with("T00:00:00");
  if (!has_seconds && !shape.starts_with("T00:00")) return {};
  std::size_t at = has_seconds ? 9 : 6;
  parts.clock.replace(1, at - 1, text.substr(1, at - 1));
  if (has_seconds && text.substr(at, 1) == ".") {
    const std::size_t end = std::min(shape.find_first_not_of('0', at + 1), shape.size());
    const auto us = parse_fraction(text.substr(at + 1, end - at - 1));
    if (!us) return {};
    parts.clock.replace(10, 6, fmt::format("{:06}", *us));
    at = end;
  }
  parts.offset = shape.substr(at) == "Z" ? "Z" : std::string(text.substr(at));
  std::string form = shape_of(parts.offset);
  if (form.size() == 6 && form[3] == ':') {
    form.erase(3, 1);
    parts.offset.erase(3, 1);
  }
  for (const char* known : {"", "Z", "+00", "-00", "+0000", "-0000"}) {
    if (form == known) return parts;
  }
  return {};
}

std::optional<minutes> offset_of(std::string_view text) {
  if (text == "Z") return minutes(0);
  const int hours = number(text.substr(1, 2));
  const int rest = text.size() > 3 ? number(text.substr(3)) : 0;
  if (hours > 14 || rest > 59) return {};
  return minutes((text[0] == '-' ? -1 : 1) * (hours * 60 + rest));
}

// For the local clock.
seconds since_1970(date::local_time<microseconds> local) {
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss<seconds> clock(date::floor<seconds>(local - day));
  std::tm fields{};
  fields.tm_year = static_cast<int>(ymd.year()) - 1900;
  fields.tm_mon = static_cast<int>(static_cast<unsigned>(ymd.month())) - 1;
  fields.tm_mday = static_cast<int>(static_cast<unsigned>(ymd.day()));
  fields.tm_hour = static_cast<int>(clock.hours().count());
  fields.tm_min = static_cast<int>(clock.minutes().count());
  fields.tm_sec = static_cast<int>(clock.seconds().count());
  fields.tm_isdst = -1;
  return seconds(std::mktime(&fields));
}

template <class Duration>
std::string format_utc(const char* format, std::uint64_t time_us) {
  const date::sys_time<microseconds> time(microseconds(static_cast<std::int64_t>(time_us)));
  return date::format(format, date::floor<Duration>(time));
}

}  // namespace

std::string iso_time(std::uint64_t time_us) {
  if (time_us / kSecond >= kYear10000) return fmt::format("@{}us", time_us);
  return format_utc<microseconds>("%FT%TZ", time_us);
}

std::string iso_seconds(std::uint64_t time_us) {
  if (time_us / kSecond >= kYear10000) return fmt::format("@{}", time_us / kSecond);
  return format_utc<seconds>("%FT%TZ", time_us);
}

std::string name_of_time(std::uint64_t time_us) {
  if (time_us / kSecond >= kYear10000) return fmt::to_string(time_us / kSecond);
  return format_utc<seconds>("%Y%m%dT%H%M%SZ", time_us);
}

std::optional<std::uint64_t> parse_fraction(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) return {};
  std::string six(digits.substr(0, 6));
  six.resize(6, '0');
  return static_cast<std::uint64_t>(number(six));
}

std::optional<std::uint64_t> parse_iso_time(std::string_view text) {
  constexpr std::size_t kDay = 10;
  if (shape_of(text.substr(0, kDay)) != "0000-00-00" || number(text.substr(0, 4)) < 1970) return {};
  const auto parts = split(text.substr(kDay));
  if (!parts) return {};
  std::istringstream in(std::string(text.substr(0, kDay)) + parts->clock);
  date::local_time<microseconds> local;
  in >> date::parse("%FT%T", local);
  if (!in) return {};
  const microseconds fraction = local - date::floor<seconds>(local);
  microseconds time = since_1970(local) + fraction;
  if (!parts->offset.empty()) {
    const auto offset = offset_of(parts->offset);
    if (!offset) return {};
    time = local.time_since_epoch() - *offset;
  }
  // In zones east of Greenwich local times of 1970 may be before 1970 in UTC.
  return time.count() < 0 ? 0 : static_cast<std::uint64_t>(time.count());
}

}  // namespace kvstore
