#include "src/command/score_range.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"

namespace kvstore::command {
namespace {

struct ScoreEnd {
  double score = 0;
  bool is_open = false;
};

// Accepts what Redis accepts from strtod(): also leading blanks, an empty word, and anything after
// a zero byte.
std::optional<ScoreEnd> parse_score_end(std::string_view word) {
  ScoreEnd end;
  if (word.starts_with('(')) {
    end.is_open = true;
    word.remove_prefix(1);
  }
  if (const auto plain = parse_real(word)) {
    end.score = *plain;
    return end;
  }
  const std::string text(word.substr(0, word.find('\0')));
  char* stopped = nullptr;
  end.score = std::strtod(text.c_str(), &stopped);
  if (*stopped != '\0' || std::isnan(end.score)) return {};
  return end;
}

Failure bad_score_end(std::string_view word) {
  return {Code::kNumber, fmt::format("{} is not a score", quote(word)),
          "10, (10 for what is above or below it, -inf or +inf", "ERR min or max is not a float"};
}

// As in Redis, everything after a zero byte is ignored, also after + and -.
std::optional<NameEnd> parse_name_end(std::string_view word) {
  if (word.empty()) return {};
  const std::string_view rest = word.substr(1);
  const bool is_alone = rest.empty() || rest.front() == '\0';
  switch (word.front()) {
    case '-':
      if (is_alone) return NameEnd{NameEnd::Kind::kFirst, {}, true};
      return {};
    case '+':
      if (is_alone) return NameEnd{NameEnd::Kind::kLast, {}, true};
      return {};
    case '(':
      return NameEnd{NameEnd::Kind::kName, rest, true};
    case '[':
      return NameEnd{NameEnd::Kind::kName, rest, false};
    default:
      return {};
  }
}

Failure bad_name_end(std::string_view word) {
  return {Code::kSyntax, fmt::format("{} is not an end of a range of names", quote(word)),
          "[name, (name for what comes after or before it, - or +",
          "ERR min or max not valid string range item"};
}

// Number of members before the end; with `counts_itself` including that of its name.
std::uint64_t count_before(const SortedSet& set, const NameEnd& end, bool counts_itself) {
  switch (end.kind) {
    case NameEnd::Kind::kFirst:
      return 0;
    case NameEnd::Kind::kLast:
      return set.size();
    case NameEnd::Kind::kName:
      break;
  }
  return set.count_below_name(end.name, counts_itself);
}

}  // namespace

Checked<ScoreRange> take_score_range(const Call& call, std::size_t min, std::size_t max) {
  const auto low = parse_score_end(call.args[min]);
  if (!low) return fail(bad_score_end(call.args[min]));
  const auto high = parse_score_end(call.args[max]);
  if (!high) return fail(bad_score_end(call.args[max]));
  return ScoreRange{low->score, high->score, low->is_open, high->is_open};
}

RankRange ranks_of(const SortedSet& set, const ScoreRange& range) {
  return {set.count_below(range.min, range.is_min_open),
          set.count_below(range.max, !range.is_max_open)};
}

Checked<NameRange> take_name_range(const Call& call, std::size_t min, std::size_t max) {
  const auto low = parse_name_end(call.args[min]);
  if (!low) return fail(bad_name_end(call.args[min]));
  const auto high = parse_name_end(call.args[max]);
  if (!high) return fail(bad_name_end(call.args[max]));
  return NameRange{*low, *high};
}

RankRange ranks_of(const SortedSet& set, const NameRange& range) {
  return {count_before(set, range.min, range.min.is_open),
          count_before(set, range.max, !range.max.is_open)};
}

Checked<RankEnds> take_rank_ends(const Call& call, std::size_t first, std::size_t last) {
  RankEnds ends;
  for (const auto& [at, end] : {std::pair(first, &ends.first), std::pair(last, &ends.last)}) {
    const auto number = parse_protocol_count(call.args[at]);
    if (!number) return fail(bad_number(call.args[at], "a rank", usage(call.row)));
    *end = *number;
  }
  return ends;
}

Slice slice_of(const SortedSet& set, const RankEnds& ends, bool is_backwards) {
  const auto size = static_cast<std::int64_t>(set.size());
  const std::int64_t first =
      std::max<std::int64_t>(ends.first < 0 ? ends.first + size : ends.first, 0);
  const std::int64_t last = std::min(ends.last < 0 ? ends.last + size : ends.last, size - 1);
  if (first > last) return {};
  return {static_cast<std::uint64_t>(is_backwards ? size - 1 - first : first),
          static_cast<std::uint64_t>(last - first + 1), is_backwards};
}

Slice slice_of(const RankRange& ranks, const SliceLimit& limit, bool is_backwards) {
  if (limit.offset < 0 || static_cast<std::uint64_t>(limit.offset) >= ranks.size()) return {};
  const auto passed = static_cast<std::uint64_t>(limit.offset);
  std::uint64_t count = ranks.size() - passed;
  if (limit.count >= 0) count = std::min(count, static_cast<std::uint64_t>(limit.count));
  return {is_backwards ? ranks.end - 1 - passed : ranks.begin + passed, count, is_backwards};
}

}  // namespace kvstore::command
