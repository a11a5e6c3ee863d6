#include "src/command/text_value.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/command/quote.h"

namespace kvstore::command {
namespace {

constexpr std::string_view kDefaultSentinel = "END";
constexpr std::string_view kBlockMark = "<<";
constexpr std::size_t kMaxCountDigits = 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(const LineWord& word) {
  return !word.quoted && !word.text.empty() && std::all_of(word.text.begin(), word.text.end(), is_digit);
}

// -1, 1.5 and the like: surely meant as a number, though not one we take.
bool looks_numeric(const LineWord& word) {
  std::string_view text = word.text;
  if (word.quoted) return false;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && is_digit(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::uint64_t to_number(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return number;
}

ValuePlan block(std::size_t word, std::string_view sentinel) {
  ValuePlan plan;
  plan.form = ValuePlan::Form::kBlock;
  plan.word = word;
  plan.sentinel = sentinel.empty() ? kDefaultSentinel : sentinel;
  return plan;
}

// Not a count, so nothing can be consumed. Taking it as a plain value instead
// would run the bytes that follow as commands.
ValuePlan bad_count(const LineWord& word, std::string hint) {
  ValuePlan plan;
  plan.verdict = Error{Code::kNumber,
                       fmt::format("the count {} is not 1 to {} digits", quote(word.text),
                                   kMaxCountDigits),
                       std::move(hint)};
  return plan;
}

ValuePlan counted(std::size_t word, std::string_view digits) {
  ValuePlan plan;
  plan.form = ValuePlan::Form::kCounted;
  plan.word = word;
  plan.count = to_number(digits);
  return plan;
}

std::optional<std::size_t> find_block_mark(std::span<const LineWord> words) {
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (!words[i].quoted && words[i].text.starts_with(kBlockMark)) return i;
  }
  return {};
}

// `SET k SECONDS COUNT`. Both words must at least look like numbers: `SET k
// hello 5` is a value whose quotes were forgotten.
ValuePlan plan_set_numbers(std::span<const LineWord> words) {
  if (!all_digits(words[3]) || words[3].text.size() > kMaxCountDigits) {
    return bad_count(words[3], "SET key SECONDS COUNT and the bytes on the next line, or quotes around a "
                               "value that holds blanks");
  }
  ValuePlan plan = counted(3, words[3].text);
  plan.has_seconds = true;
  if (!all_digits(words[2])) {
    plan.verdict = Error{Code::kNumber,
                         fmt::format("the TTL {} are not digits", quote(words[2].text)),
                         "use 0: the key never expires"};
  }
  return plan;
}

ValuePlan plan_set(std::span<const LineWord> words) {
  if (words.size() == 4 && looks_numeric(words[2]) && looks_numeric(words[3])) {
    return plan_set_numbers(words);
  }
  return {};
}

ValuePlan plan_append(std::span<const LineWord> words) {
  if (words.size() != 3 || !all_digits(words[2])) return {};
  if (words[2].text.size() > kMaxCountDigits) {
    return bad_count(words[2], fmt::format("quote it to append it as text: \"{}\"",
                                           words[2].text.substr(0, 32)));
  }
  return counted(2, words[2].text);
}

}  // namespace

ValuePlan plan_value(ValueForm form, std::span<const LineWord> words) {
  if (form == ValueForm::kNone || words.size() < 2) return {};
  if (words.size() == 2) return block(2, kDefaultSentinel);
  if (const auto mark = find_block_mark(words)) {
    ValuePlan plan = block(*mark, words[*mark].text.substr(kBlockMark.size()));
    plan.has_seconds = form == ValueForm::kSet && words.size() == 4 &&
                       *mark == 3 && all_digits(words[2]);
    return plan;
  }
  return form == ValueForm::kSet ? plan_set(words) : plan_append(words);
}

}  // namespace kvstore::command
