#include "src/wire/following_value.h"

#include <algorithm>
#include <optional>

namespace kvstore::wire {
namespace {

using What = ValueStep::What;

std::uint64_t count_newlines(std::string_view bytes) {
  return static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

// The size of the line end at `from`: 0 if there is none, nullopt if it depends on the next byte.
std::optional<std::size_t> line_end_size(const InputBuffer& input, std::size_t from,
                                         bool finished) {
  const std::string_view next = input.view(from, std::min<std::size_t>(2, input.size() - from));
  if (next.starts_with('\n')) return 1;
  if (next == "\r\n") return 2;
  if (!finished && (next.empty() || next == "\r")) return {};
  return 0;
}

}  // namespace

// --- Counted bytes

CountedValue CountedValue::skipped(std::uint64_t count) {
  CountedValue value(count, 0);
  value.skips_ = true;
  return value;
}

ValueStep CountedValue::next(InputBuffer& input, bool finished) {
  return skips_ ? skip(input, finished) : read(input, finished);
}

std::uint64_t CountedValue::missing(const InputBuffer& input) const {
  return skips_ ? count_ : count_ - std::min<std::uint64_t>(count_, input.size() - begin_);
}

ValueStep CountedValue::read(const InputBuffer& input, bool finished) const {
  const std::size_t have = input.size() - begin_;
  if (have < count_) {
    if (finished) return {.what = What::kCutOff, .value = input.view(begin_, have)};
    return {};
  }
  const std::size_t end = begin_ + count_;
  const auto line_end = line_end_size(input, end, finished);
  if (!line_end) return {};
  const std::string_view value = input.view(begin_, count_);
  return {.what = What::kWhole,
          .value = value,
          .consumed = end + *line_end,
          .newlines = count_newlines(value) + (*line_end > 0 ? 1 : 0),
          .no_line_end = *line_end == 0 && have > count_};
}

ValueStep CountedValue::skip(InputBuffer& input, bool finished) {
  const std::size_t size = std::min<std::uint64_t>(count_, input.size());
  ValueStep step;
  step.newlines = count_newlines(input.view(0, size));
  input.consume(size);
  count_ -= size;
  if (count_ > 0 && !finished) return step;
  const auto line_end = line_end_size(input, 0, finished);
  if (!line_end) return step;
  step.what = What::kTooBig;
  step.consumed = *line_end;
  step.newlines += *line_end > 0 ? 1 : 0;
  step.no_line_end = *line_end == 0 && !input.empty();
  return step;
}

// --- Blocks

ValueStep BlockValue::next(InputBuffer& input, bool finished) {
  ValueStep step;
  if (!skips_) {
    step = read(input, finished);
    if (!skips_) return step;
    begin_to_skip(input);
  }
  const std::uint64_t newlines = step.newlines;
  step = skip(input, finished);
  step.newlines += newlines;
  return step;
}

BlockValue::Line BlockValue::find_line(const InputBuffer& input) const {
  const std::size_t newline = input.find('\n', scanned_);
  if (newline == npos) return {input.size(), false};
  return {newline, true};
}

bool BlockValue::is_sentinel(std::string_view line) const {
  if (line.size() == sentinel_.size() + 1 && line.ends_with('\r')) line.remove_suffix(1);
  return line == sentinel_;
}

// What is before the sentinel's line, without its last newline.
std::string_view BlockValue::value_in(const InputBuffer& input) const {
  std::string_view value = input.view(begin_, line_ - begin_);
  const std::string_view newline = rules_.crlf && value.ends_with("\r\n") ? "\r\n" : "\n";
  if (value.ends_with(newline)) value.remove_suffix(newline.size());
  return value;
}

ValueStep BlockValue::read(const InputBuffer& input, bool finished) {
  ValueStep step;
  for (;;) {
    const Line line = find_line(input);
    const bool is_whole = line.has_newline || (finished && !rules_.may_be_cut);
    step.newlines += line.has_newline ? 1 : 0;
    if (is_whole && is_sentinel(input.view(line_, line.end - line_))) {
      step.value = value_in(input);
      step.what = step.value.size() > rules_.max_value ? What::kTooBig : What::kWhole;
      step.consumed = line.end + (line.has_newline ? 1 : 0);
      return step;
    }
    scanned_ = line.end + (line.has_newline ? 1 : 0);
    if (line.has_newline) line_ = scanned_;
    // The slack is what may not be part of the value: its last newline, and an incomplete sentinel
    // line.
    skips_ = scanned_ - begin_ > rules_.max_value + sentinel_.size() + 4;
    if (line.has_newline && !skips_) continue;
    if (finished && !skips_) step.what = What::kCutOff;
    return step;
  }
}

void BlockValue::begin_to_skip(InputBuffer& input) {
  input.consume(line_);
  line_ = scanned_ = 0;
}

// From here on each line begins the input.
ValueStep BlockValue::skip(InputBuffer& input, bool finished) {
  ValueStep step;
  for (;;) {
    const Line line = find_line(input);
    const bool is_whole = line.has_newline || finished;
    const bool is_end = is_whole && !is_line_cut_ && is_sentinel(input.view(0, line.end));
    // An incomplete line is kept only while it may be the sentinel's.
    if (!is_whole && line.end <= sentinel_.size() + 1) return step;
    step.newlines += line.has_newline ? 1 : 0;
    input.consume(line.end + (line.has_newline ? 1 : 0));
    is_line_cut_ = !line.has_newline;
    if (is_end || (finished && !line.has_newline)) step.what = What::kTooBig;
    if (step.what == What::kTooBig || !line.has_newline) return step;
  }
}

}  // namespace kvstore::wire
