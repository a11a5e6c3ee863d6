#include "src/base/human.h"

#include <array>

#include <fmt/format.h>

namespace kvstore {

std::string with_commas(std::uint64_t number) {
  std::string out = fmt::to_string(number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, 1, ',');
  return out;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(count), noun, count == 1 ? "" : "s");
}

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} {}", bytes, bytes == 1 ? "byte" : "bytes");
  return short_size(bytes);
}

std::string short_size(std::uint64_t bytes, std::string_view blank) {
  static constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{}{}B", bytes, blank);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f}{}{}", size, blank, kUnits[unit]);
}

std::string relative_time(std::uint64_t time_us, std::uint64_t now_us) {
  const bool is_past = time_us <= now_us;
  const std::uint64_t seconds = (is_past ? now_us - time_us : time_us - now_us) / 1'000'000;
  if (seconds == 0) return "now";
  const std::string span = seconds < 120      ? fmt::format("{} s", seconds)
                           : seconds < 7200   ? fmt::format("{} min", seconds / 60)
                           : seconds < 172800 ? fmt::format("{} h", seconds / 3600)
                                              : with_commas(seconds / 86400) + " days";
  return is_past ? span + " ago" : "in " + span;
}

}  // namespace kvstore
