// Draws bars for a terminal: throughput relative to the highest, p99 on a logarithmic scale.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "src/base/human.h"
#include "src/bench/report.h"

namespace kvstore::bench {
namespace {

constexpr int kThroughputWidth = 22, kLatencyWidth = 14;

struct Scale {
  double most_per_second = 1;
  double least_us = 0, most_us = 0;
};

Scale scale_of(const std::vector<Measured>& results) {
  Scale scale;
  scale.least_us = 1e12;
  for (const Measured& measured : results) {
    const double p99 = std::max(to_us(measured.latencies->at(0.99)), 0.01);
    scale.most_per_second = std::max(scale.most_per_second, measured.per_second());
    scale.least_us = std::min(scale.least_us, p99);
    scale.most_us = std::max(scale.most_us, p99);
  }
  return scale;
}

// `share` is 0 to 1. Draws eighths of a column if the terminal has characters for them.
std::string bar(double share, int width, bool unicode) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  const int whole = unicode ? eighths / 8 : (eighths + 4) / 8;
  std::string text;
  for (int i = 0; i < whole; ++i) text += unicode ? "█" : "#";
  const bool has_rest = unicode && eighths % 8 != 0;
  if (has_rest) text += kEighths[eighths % 8];
  text.append(static_cast<std::size_t>(width - whole - (has_rest ? 1 : 0)), ' ');
  return text;
}

// The lowest latency gets a tenth of the width, so that it can be seen.
double latency_share(double us, const Scale& scale) {
  const double range = std::log(scale.most_us / scale.least_us);
  return range <= 0 ? 1 : 0.1 + 0.9 * std::log(std::max(us, 0.01) / scale.least_us) / range;
}

std::string colored(const std::string& text, const char* code, bool color) {
  return color ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string line(const Measured& measured, const Scale& scale, const ChartLook& look) {
  const std::uint64_t p99 = measured.latencies->at(0.99);
  const std::string throughput =
      bar(measured.per_second() / scale.most_per_second, kThroughputWidth, look.unicode);
  const std::string latency = bar(latency_share(to_us(p99), scale), kLatencyWidth, look.unicode);
  return fmt::format("{:>9} {} {:>10}/s {} {:>7} us\n", size_label(measured.plan.size),
                     colored(throughput, "36", look.color),
                     with_commas(static_cast<std::uint64_t>(measured.per_second())),
                     colored(latency, "33", look.color), us_label(p99));
}

}  // namespace

std::string to_chart(const Sheet& sheet, const ChartLook& look) {
  const Scale scale = scale_of(sheet.results);
  std::string text = fmt::format("{:>9} {:<{}} {:>12} {:<{}}\n", "payload", "throughput",
                                 kThroughputWidth, "", "p99 (logarithmic)", kLatencyWidth);
  std::string group;
  for (const Measured& measured : sheet.results) {
    const std::string name =
        fmt::format("{}, {}\n", measured.plan.workload->name, clients_label(measured.plan.clients));
    if (name != group) text += name;
    group = name;
    text += line(measured, scale, look);
  }
  return text;
}

}  // namespace kvstore::bench
