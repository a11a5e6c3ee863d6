#include "src/wire/value_plan.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/core.h>

#include "src/command/errors.h"
#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::wire {
namespace {

using command::Command;
using command::find_command;
using command::nearest_command;
using command::quote;
using command::same_word;
using command::unknown_command;
using command::usage;
using command::ValueForm;
using command::wrong_arity;

constexpr std::string_view kDefaultSentinel = "END";
constexpr std::string_view kBlockMark = "<<";
constexpr std::size_t kMaxCountDigits = 10;
constexpr std::size_t kMaxShown = 32;  // bytes of a word in a message

using Words = std::vector<std::string_view>;

// How much a word resembles a number. Each likeness includes all before it.
enum class Likeness : std::uint8_t {
  kNone,     // also for words in quotes
  kBegun,    // begins like a number: 12b, 0x0c, 1e3
  kDecimal,  // certainly meant as a number, but not accepted: 1.5
  kNumber,   // a count, or a number with a sign or too many digits
  kDigits,   // without a sign
  kCount,    // with 1 to 10 digits
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

Likeness likeness(const LineWord& word) {
  const std::string_view digits = without_sign(word.text);
  if (word.quoted || digits.empty() || !is_digit(digits[0])) return Likeness::kNone;
  const std::size_t end = digits.find_first_not_of("0123456789");
  if (end != digits.npos) {
    const bool is_decimal = digits.find_first_not_of("0123456789.", end) == digits.npos;
    return is_decimal ? Likeness::kDecimal : Likeness::kBegun;
  }
  if (digits.size() < word.text.size()) return Likeness::kNumber;
  return digits.size() <= kMaxCountDigits ? Likeness::kCount : Likeness::kDigits;
}

bool is_like(const LineWord& word, Likeness least) { return likeness(word) >= least; }

// +12 and 00000000012 are not counts, but the size is certain.
std::optional<std::uint64_t> certain_size(const LineWord& word) {
  if (word.text.starts_with('-') || !is_like(word, Likeness::kNumber)) return {};
  std::string_view digits = without_sign(word.text);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > kMaxCountDigits) return {};
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

ValuePlan unknown(Error verdict) {
  ValuePlan plan;
  plan.form = ValuePlan::Form::kUnknown;
  plan.verdict = std::move(verdict);
  return plan;
}

ValuePlan counted(std::size_t word, std::uint64_t count) {
  ValuePlan plan;
  plan.form = ValuePlan::Form::kCounted;
  plan.word = word;
  plan.count = count;
  return plan;
}

// If it were taken as a plain value, the following bytes would be executed as commands.
ValuePlan inexact_count(std::size_t word, const LineWord& text, std::string hint) {
  Error error{Code::kNumber,
              fmt::format("the count {} is not 1 to {} digits", quote(text.text, kMaxShown),
                          kMaxCountDigits),
              std::move(hint)};
  const auto size = certain_size(text);
  if (!size) return unknown(std::move(error));
  ValuePlan plan = counted(word, *size);
  plan.verdict = std::move(error);
  return plan;
}

Error arity_error(const Command& command, std::span<const LineWord> words) {
  Words argv;
  for (const LineWord& word : words) argv.push_back(word.text);
  return wrong_arity(command, argv).error;
}

// The options of SET with their number of words, including the option; 0: not an option.
// Unsupported options of Redis also show that no value follows.
std::size_t option_size(const LineWord& word) {
  constexpr std::string_view kWithArgument[] = {"EX",   "PX",   "EXAT",  "PXAT",
                                                "IFEQ", "IFNE", "IFDEQ", "IFDNE"};
  constexpr std::string_view kAlone[] = {"NX", "XX", "GET", "KEEPTTL"};
  const auto is_word = [&word](std::string_view name) { return same_word(word.text, name); };
  if (std::any_of(std::begin(kWithArgument), std::end(kWithArgument), is_word)) return 2;
  return std::any_of(std::begin(kAlone), std::end(kAlone), is_word) ? 1 : 0;
}

// A number at or after words[first] that is not an option's argument.
std::optional<std::size_t> find_stray_number(std::span<const LineWord> words, std::size_t first) {
  for (std::size_t i = first; i < words.size();
       i += std::max<std::size_t>(option_size(words[i]), 1)) {
    if (option_size(words[i]) == 0 && is_like(words[i], Likeness::kNumber)) return i;
  }
  return {};
}

// `SET k SECONDS COUNT`, both of which resemble numbers.
ValuePlan plan_seconds_and_count(std::span<const LineWord> words) {
  if (!is_like(words[3], Likeness::kCount)) {
    return inexact_count(3, words[3],
                         "SET key SECONDS COUNT and the bytes on the next line, or quotes around "
                         "a value that holds blanks");
  }
  ValuePlan plan = counted(3, *certain_size(words[3]));
  plan.has_seconds = true;
  if (is_like(words[2], Likeness::kDigits)) return plan;
  plan.verdict = Error{Code::kNumber,
                       fmt::format("the TTL {} is not a number", quote(words[2].text, kMaxShown)),
                       "use 0: the key never expires"};
  return plan;
}

// The same with excess words. The value's size is certain unless another number could be it.
ValuePlan plan_too_many(const Command& command, std::span<const LineWord> words) {
  Error error = arity_error(command, words);
  const auto size = certain_size(words[3]);
  const auto other = find_stray_number(words, 4);
  if (!size || (other && certain_size(words[*other]) != size)) return unknown(std::move(error));
  ValuePlan plan = counted(3, *size);
  plan.verdict = std::move(error);
  return plan;
}

// Both words must resemble numbers: `SET k hello 5` is a value whose quotes were forgotten.
bool are_seconds_and_count(std::span<const LineWord> words) {
  return is_like(words[2], Likeness::kDecimal) && is_like(words[3], Likeness::kDecimal);
}

// A pair that is not accepted only because of its quotes or one half; or a number where none is
// allowed.
bool may_hold_count(std::span<const LineWord> words, std::size_t first) {
  const bool is_nearly_pair = is_like(words[2], Likeness::kDecimal) &&
                              (is_like(words[3], Likeness::kBegun) || is_digits(words[3].text));
  return is_nearly_pair || find_stray_number(words, first);
}

ValuePlan plan_set(const Command& command, std::span<const LineWord> words) {
  if (words.size() < 4) return {};
  if (are_seconds_and_count(words)) {
    return words.size() == 4 ? plan_seconds_and_count(words) : plan_too_many(command, words);
  }
  if (may_hold_count(words, 3)) return unknown(arity_error(command, words));
  return {};
}

// For `APPEND k COUNT`.
ValuePlan plan_count(const LineWord& word) {
  if (is_like(word, Likeness::kCount)) return counted(2, *certain_size(word));
  if (!is_like(word, Likeness::kDigits)) return {};
  return inexact_count(
      2, word,
      fmt::format("quote it to append it as text: \"{}\"", word.text.substr(0, kMaxShown)));
}

ValuePlan plan_append(const Command& command, std::span<const LineWord> words) {
  if (words.size() == 3) return plan_count(words[2]);
  if (words.size() == 4 && are_seconds_and_count(words)) return plan_too_many(command, words);
  if (may_hold_count(words, 2)) return unknown(arity_error(command, words));
  return {};
}

std::optional<std::size_t> find_block_mark(std::span<const LineWord> words, std::size_t first) {
  for (std::size_t i = first; i < words.size(); ++i) {
    if (is_block_mark(words[i])) return i;
  }
  return {};
}

Error two_blocks() {
  return {Code::kSyntax, "a line announces one value: two of its words begin with <<",
          "quotes around a word that begins with <<"};
}

ValuePlan plan_taken(const Command& command, std::span<const LineWord> words) {
  if (words.size() < 2) return {};
  if (words.size() == 2) return block(2, kDefaultSentinel);
  const bool sets = command.value_form == ValueForm::kSet;
  const auto mark = find_block_mark(words, 2);
  if (!mark) return sets ? plan_set(command, words) : plan_append(command, words);
  if (find_block_mark(words, *mark + 1)) return unknown(two_blocks());
  ValuePlan plan = block(*mark, words[*mark].text.substr(kBlockMark.size()));
  plan.has_seconds =
      sets && words.size() == 4 && *mark == 3 && is_like(words[2], Likeness::kDigits);
  return plan;
}

// The command takes no value: it is refused once the announced value is consumed.
ValuePlan plan_refused(const Command* command, std::span<const LineWord> words, std::size_t mark) {
  if (find_block_mark(words, mark + 1)) return unknown(two_blocks());
  ValuePlan plan = block(mark, words[mark].text.substr(kBlockMark.size()));
  if (command == nullptr) return plan;  // it is refused as unknown in either case
  plan.verdict =
      Error{Code::kSyntax, fmt::format("{} takes no value on the lines after it", command->name),
            fmt::format("'{}' in quotes, if it is an argument of {}",
                        words[mark].text.substr(0, kMaxShown), usage(*command))};
  return plan;
}

// `CREATE k 12`, `STE k 0 12`, `ADD k 0 0 12`, `APEND k 12`, `STE k`: like announcements of a
// command that takes values.
bool looks_announcing(const Command* command, std::string_view name,
                      std::span<const LineWord> words) {
  if (command != nullptr) return words.size() > 2 && is_like(words.back(), Likeness::kNumber);
  const Command* meant = find_command(nearest_command(name));
  const bool appends = meant != nullptr && meant->value_form == ValueForm::kAppend;
  const bool is_misspelt = meant != nullptr && meant->value_form != ValueForm::kNone;
  if (words.size() == 2) return is_misspelt;
  if (words.size() == 3) return appends && is_like(words[2], Likeness::kNumber);
  return words.size() > 3 && are_seconds_and_count(words);
}

Error refusal(const Command* command, std::span<const LineWord> words) {
  if (command != nullptr) return arity_error(*command, words);
  Words argv;
  for (const LineWord& word : words) argv.push_back(word.text);
  return unknown_command(argv).error;
}

}  // namespace

bool is_block_mark(const LineWord& word) {
  return !word.quoted && word.text.starts_with(kBlockMark);
}

bool may_announce_value(const Command* command, std::string_view name) {
  // Commands that store values in the text protocols of other databases.
  constexpr std::string_view kElsewhere[] = {"ADD", "CAS", "PREPEND", "REPLACE"};
  if (command != nullptr) return command->name == "CREATE";
  if (name.starts_with('.')) return false;  // a command of the script itself
  const auto is_name = [name](std::string_view other) { return same_word(name, other); };
  if (std::any_of(std::begin(kElsewhere), std::end(kElsewhere), is_name)) return true;
  const Command* meant = find_command(nearest_command(name));
  return meant != nullptr && (meant->value_form != ValueForm::kNone || meant->name == "CREATE");
}

ValuePlan plan_value(const Command* command, std::span<const LineWord> words) {
  if (command != nullptr && command->value_form != ValueForm::kNone)
    return plan_taken(*command, words);
  // A key may begin with << if the line is valid otherwise.
  const bool is_key = command != nullptr && command->takes(words.size() - 1);
  if (const auto mark = find_block_mark(words, is_key ? 2 : 1)) {
    return plan_refused(command, words, *mark);
  }
  if (words.size() < 2 || !may_announce_value(command, words[0].text)) return {};
  if (!looks_announcing(command, words[0].text, words)) return {};
  return unknown(refusal(command, words));
}

}  // namespace kvstore::wire
