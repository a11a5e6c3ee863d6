#include "src/wire/text_errors.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "src/command/quote.h"
#include "src/store/store.h"

namespace kvstore::wire {
namespace {

using command::quote;
using command::ValueForm;

// Bytes of a value shown in a message.
constexpr std::size_t kShownValue = 32;

Error too_big(std::string_view what, std::uint64_t size, std::uint64_t limit, std::string hint) {
  return {Code::kTooBig, fmt::format("the {} is {} bytes, the limit is {}", what, size, limit),
          std::move(hint)};
}

// `APPEND k 5` may have been meant to append the digit.
std::string count_hint(ValueForm form, std::uint64_t count) {
  if (form != ValueForm::kAppend) return "make the count the exact number of bytes";
  return fmt::format(
      "make the count the exact number of bytes, or append the digits themselves: "
      "APPEND key \"{}\"",
      count);
}

Error cut(std::uint64_t line, std::string_view what, std::string hint) {
  return {Code::kSyntax,
          fmt::format("the input ended inside the value that began on line {} ({}); nothing was "
                      "stored",
                      line, what),
          std::move(hint)};
}

}  // namespace

Error line_too_big(std::uint64_t size, std::uint64_t limit) {
  return too_big("line", size, limit, "give the value as counted bytes: SET key 0 COUNT");
}

Error too_many_words(std::size_t words, std::size_t limit) {
  return {Code::kTooBig, fmt::format("the line has {} words, the limit is {}", words, limit), {}};
}

Error too_many_arguments(const command::Command& command, std::size_t words) {
  return {Code::kArity,
          fmt::format("too many arguments for {} ({} given)", command.name, words - 1),
          usage(command)};
}

Error cut_line() {
  return {Code::kSyntax, "the input ended inside a line that writes; it was not executed",
          "a newline after the last line, too"};
}

Error value_too_big(std::uint64_t size, std::uint64_t limit) {
  return too_big("value", size, limit,
                 limit < kMaxValueSize
                     ? "APPEND it in parts, or start the server with a larger --max-request"
                     : "APPEND it in parts");
}

Error block_too_big(std::uint64_t limit) {
  return {Code::kTooBig, fmt::format("the value is over the limit of {} bytes", limit),
          "APPEND it in parts"};
}

Error wrong_length(ValueForm form, std::string_view taken) {
  return {Code::kLength,
          fmt::format("no line end follows the {} byte{} taken as the value, {}; the rest of the "
                      "line is skipped",
                      taken.size(), taken.size() == 1 ? "" : "s", quote(taken, kShownValue)),
          count_hint(form, taken.size())};
}

Error cut_value(ValueForm form, const CountedValue& value, std::size_t come, std::uint64_t line) {
  return cut(line, fmt::format("{} of {} bytes had come", come, value.count()),
             form == ValueForm::kAppend ? count_hint(form, value.count()) : "");
}

Error cut_block(const BlockValue& value, std::uint64_t line) {
  return cut(line, fmt::format("no line was {}", quote(value.sentinel())), {});
}

}  // namespace kvstore::wire
