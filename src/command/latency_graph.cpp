#include "src/command/latency_graph.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace kvstore::command {
namespace {

using Sample = LatencyEvents::Sample;

constexpr std::size_t kColumns = 80;
constexpr std::uint64_t kRows = 4;
constexpr std::string_view kLevels = "_o#";  // of one row

struct Column {
  std::uint64_t height = 0;  // in levels, from 0
  std::string label;
};

std::string age(std::uint64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 24 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / (24 * 3600));
}

char character(const Column& column, std::uint64_t rows_beneath) {
  const std::uint64_t bottom = rows_beneath * kLevels.size();
  if (column.height < bottom) return ' ';
  const std::uint64_t level = column.height - bottom;
  return level < kLevels.size() ? kLevels[level] : '|';
}

template <class At>
void draw_line(std::span<const Column> columns, At at, std::string* text) {
  for (const Column& column : columns) *text += at(column);
  *text += '\n';
}

void draw(std::span<const Column> columns, std::string* text) {
  std::size_t longest = 0;
  for (const Column& column : columns) longest = std::max(longest, column.label.size());
  for (std::uint64_t row = kRows; row-- > 0;) {
    draw_line(
        columns, [&](const Column& column) { return character(column, row); }, text);
  }
  draw_line(
      columns, [](const Column&) { return ' '; }, text);
  for (std::size_t i = 0; i < longest; ++i) {
    draw_line(
        columns,
        [&](const Column& column) { return i < column.label.size() ? column.label[i] : ' '; },
        text);
  }
}

}  // namespace

std::string draw_latencies(const LatencyEvents::Event& event, std::uint64_t now_s) {
  const auto [low, high] =
      std::minmax_element(event.samples.begin(), event.samples.end(),
                          [](const Sample& a, const Sample& b) { return a.took_ms < b.took_ms; });
  constexpr std::uint64_t kHighest = kRows * kLevels.size();
  const std::uint64_t range = std::max<std::uint64_t>(high->took_ms - low->took_ms, 1);
  std::vector<Column> columns;
  for (const Sample& sample : event.samples) {
    const std::uint64_t height = (sample.took_ms - low->took_ms) * kHighest / range;
    columns.push_back(
        {std::min(height, kHighest - 1), age(now_s - std::min(now_s, sample.time_s))});
  }
  std::string text =
      fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n{}\n", event.name,
                  high->took_ms, low->took_ms, event.longest_ms, std::string(kColumns, '-'));
  for (std::size_t begin = 0; begin < columns.size(); begin += kColumns) {
    if (begin > 0) text += '\n';
    draw(std::span(columns).subspan(begin).first(std::min(kColumns, columns.size() - begin)),
         &text);
  }
  return text;
}

}  // namespace kvstore::command
