#include "src/wire/resp_parser.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "src/base/check.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/wire/inline_words.h"
#include "src/wire/scratch.h"
#include "src/wire/value_plan.h"

namespace kvstore::wire {
namespace {

using command::Command;
using command::find_command;
using command::parse_protocol_count;
using command::quote;
using command::ValueForm;

// Limit for a `*n` or `$n` line, including the line end.
constexpr std::size_t kMaxCountLine = 64;
// Requests with more arguments are taken argument by argument.
constexpr std::size_t kMostTakenWhole = 64;

// The number on a `*n` or `$n` line that begins at *at, for up to nine digits, the usual case; *at
// becomes the offset after the line. nullopt: it is something else, incomplete, or invalid.
[[gnu::always_inline]] inline std::optional<std::size_t> short_count(std::string_view input,
                                                                     std::size_t* at) {
  constexpr std::size_t kMostDigits = 9;
  const std::size_t first = *at + 1, most = std::min(input.size(), first + kMostDigits);
  std::size_t number = 0, i = first;
  for (; i < most; ++i) {
    const unsigned digit = static_cast<unsigned char>(input[i]) - unsigned{'0'};
    if (digit > 9) break;
    number = number * 10 + digit;
  }
  const bool has_end = input.size() - i >= 2 && input[i] == '\r' && input[i + 1] == '\n';
  const bool has_zeros = i > first + 1 && input[first] == '0';
  if (i == first || !has_end || has_zeros) return {};
  *at = i + 2;
  return number;
}

// Reads words of complete requests ahead of the parser. It checks nothing: it stops before an
// incomplete or malformed request.
class Glance {
 public:
  explicit Glance(std::string_view input) : input_(input) {}

  // The next request's second word; nullopt: there is none.
  std::optional<std::string_view> second_word() {
    const auto words = number('*');
    if (!words || *words < 2) return {};
    std::string_view second;
    for (std::size_t i = 0; i < *words; ++i) {
      const auto size = number('$');
      if (!size || input_.size() - at_ < *size + 2) return {};
      if (i == 1) second = input_.substr(at_, *size);
      at_ += *size + 2;
    }
    return second;
  }

 private:
  // The number on a line that begins with this mark.
  std::optional<std::size_t> number(char mark) {
    if (at_ == input_.size() || input_[at_] != mark) return {};
    return short_count(input_, &at_);
  }

  const std::string_view input_;
  std::size_t at_ = 0;
};

}  // namespace

RespParser::RespParser(const Limits& limits) : RespParser(limits, InputBuffer{}) {}

RespParser::RespParser(const Limits& limits, InputBuffer input)
    : limits_(limits), input_(std::move(input)) {}

void RespParser::feed(std::string_view bytes) { input_.feed(bytes); }

RequestParser::Event RespParser::next() {
  if (dead_) return Event::kFatal;
  for (;;) {
    const Step done = step();
    if (!done) continue;
    if (*done == Event::kNeedInput) {
      input_.trim();
      trim_scratch(&words_);
      trim_scratch(&request_.argv);
    }
    return *done;
  }
}

void RespParser::trim() { input_.trim_all(); }

std::size_t RespParser::look_ahead(std::span<std::string_view> words) const {
  if (arguments_left_ != 0) return 0;
  Glance glance(input_.view(0, input_.size()));
  std::size_t count = 0;
  for (; count < words.size(); ++count) {
    const auto word = glance.second_word();
    if (!word) break;
    words[count] = *word;
  }
  return count;
}

std::size_t RespParser::memory() const {
  return input_.memory() + words_.capacity() * sizeof(Word) +
         request_.argv.capacity() * sizeof(std::string_view);
}

// The argv of a request is built when its last argument has arrived.
std::size_t RespParser::memory_after(std::size_t bytes) const {
  const std::size_t memory = this->memory() - input_.memory() + input_.memory_after(bytes);
  const auto left = static_cast<std::size_t>(arguments_left_);
  if (left == 0 || left > bytes) return memory;
  const std::size_t arguments = arguments_ + left;
  const std::size_t known = request_.argv.capacity();
  return memory + (arguments > known ? (arguments - known) * sizeof(std::string_view) : 0);
}

RespParser::Step RespParser::step() {
  if (arguments_left_ == 0) return step_start();
  return bulk_size_ < 0 ? step_bulk_size() : step_bulk();
}

RespParser::Step RespParser::step_start() {
  if (input_.empty()) return finished_ ? Event::kEnd : Event::kNeedInput;
  if (input_[0] != '*') return step_inline();
  if (const auto size = take_whole()) return complete(*size);
  std::int64_t count = 0;
  cursor_ = 0;
  if (const Step stop = read_count("mbulk", "invalid multibulk length", INT64_MIN,
                                   static_cast<std::int64_t>(limits_.max_words), &count)) {
    return stop;
  }
  if (count <= 0) {  // `*0` and `*-1` are empty requests
    begin_next(cursor_);
    return {};
  }
  arguments_left_ = count;
  arguments_ = 0;
  return {};
}

// Takes the arguments of a request that has arrived whole, the usual case, and returns its size.
// nullopt: it has very many, or is incomplete or invalid; the steps find out which.
std::optional<std::size_t> RespParser::take_whole() {
  const std::string_view input = input_.view(0, input_.size());
  std::size_t at = 0;
  const auto count = short_count(input, &at);
  if (!count || *count == 0 || *count > std::min(kMostTakenWhole, limits_.max_words)) return {};
  request_.argv.clear();
  for (std::size_t i = 0; i < *count; ++i) {
    if (at == input.size() || input[at] != '$') return {};
    const auto size = short_count(input, &at);
    if (!size || *size > limits_.max_value || at + *size + 2 > limits_.max_request) return {};
    const std::size_t end = at + *size;
    if (input.size() < end + 2 || input[end] != '\r' || input[end + 1] != '\n') return {};
    request_.argv.push_back(input.substr(at, *size));
    at = end + 2;
  }
  inline_ = false;
  return at;
}

RespParser::Step RespParser::step_inline() {
  const std::size_t newline = input_.find('\n', scanned_);
  const bool at_end = newline == npos;
  std::size_t size = at_end ? input_.size() : newline;
  if (size > limits_.max_line) return fatal(Code::kTooBig, "too big inline request");
  if (at_end) {
    scanned_ = size;
    if (!finished_) return Event::kNeedInput;
    begin_next(size);  // truncated: `DEL k` may have been `DEL k2`
    return Event::kEnd;
  }
  const std::size_t consumed = newline + 1;
  if (size > 0 && input_[size - 1] == '\r') --size;
  if (!split_inline_words(input_.data(), size, &words_)) {
    return fatal(Code::kSyntax, "unbalanced quotes in request");
  }
  if (words_.size() > limits_.max_words) return fatal(Code::kTooBig, "too many inline arguments");
  if (words_.empty()) {
    begin_next(consumed);
    return {};
  }
  if (announces_text_value()) {
    return fatal(Code::kSyntax, "a value of the text protocol was announced, and RESP has none");
  }
  request_.argv.clear();
  for (const Word& word : words_) request_.argv.push_back(input_.view(word.offset, word.size));
  inline_ = true;
  return complete(consumed);
}

// `SET k <<EOT` or `SET k 0 5`: what follows would be executed. A number after APPEND does not
// count: Redis appends the digits.
bool RespParser::announces_text_value() {
  if (words_.size() < 3) return false;
  const Command* command = find_command(input_.view(words_[0].offset, words_[0].size));
  if (command == nullptr || command->value_form == ValueForm::kNone) return false;
  std::vector<LineWord> line_words;
  for (std::size_t i = 0; i < std::min<std::size_t>(words_.size(), 64); ++i) {
    line_words.push_back({input_.view(words_[i].offset, words_[i].size), words_[i].quoted});
  }
  const auto form = plan_value(command, line_words).form;
  return form == ValuePlan::Form::kBlock || (form != ValuePlan::Form::kInline && words_.size() > 3);
}

RespParser::Step RespParser::read_count(std::string_view name, std::string_view what,
                                        std::int64_t minimum, std::int64_t maximum,
                                        std::int64_t* count) {
  std::size_t end = cursor_;
  const auto usual = short_count(input_.view(0, input_.size()), &end);
  if (usual && std::cmp_greater_equal(*usual, minimum) && std::cmp_less_equal(*usual, maximum)) {
    *count = static_cast<std::int64_t>(*usual);
    cursor_ = end;
    return {};
  }
  const std::size_t available = std::min(input_.size() - cursor_, kMaxCountLine);
  const std::string_view bytes = input_.view(cursor_, available);
  const std::size_t newline = bytes.find('\n');
  if (newline == npos) {
    if (available < kMaxCountLine) return starved();
    return fatal(Code::kSyntax, fmt::format("too big {} count string", name));
  }
  const bool has_cr = newline > 1 && bytes[newline - 1] == '\r';
  const auto number = has_cr ? parse_protocol_count(bytes.substr(1, newline - 2)) : std::nullopt;
  if (!number || *number < minimum) return fatal(Code::kSyntax, std::string(what));
  if (*number > maximum) {
    const std::string_view rest = what.substr(std::min(what.find(' '), what.size()));
    return fatal(Code::kTooBig,
                 limits_.is_guest ? fmt::format("unauthenticated{}", rest) : std::string(what));
  }
  *count = *number;
  cursor_ += newline + 1;
  return {};
}

RespParser::Step RespParser::step_bulk_size() {
  if (cursor_ == input_.size()) return starved();
  if (input_[cursor_] != '$') {
    return fatal(Code::kSyntax,
                 fmt::format("expected '$', got {}", quote(input_.view(cursor_, 1))));
  }
  const auto largest = static_cast<std::int64_t>(limits_.max_value);
  return read_count("bulk", "invalid bulk length", 0, largest, &bulk_size_);
}

RespParser::Step RespParser::step_bulk() {
  const auto size = static_cast<std::size_t>(bulk_size_);
  if (cursor_ + size + 2 > limits_.max_request) {
    return fatal(Code::kTooBig,
                 fmt::format("the request is over the limit of {} bytes", limits_.max_request));
  }
  if (input_.size() - cursor_ < size + 2) return starved();
  if (input_.view(cursor_ + size, 2) != "\r\n") {
    return fatal(Code::kSyntax, fmt::format("no CRLF after a bulk of {} bytes", size));
  }
  add_argument(cursor_, size);
  cursor_ += size + 2;
  bulk_size_ = -1;
  if (--arguments_left_ > 0) return {};
  collect_bulks();
  inline_ = false;
  return complete(cursor_);
}

void RespParser::add_argument(std::size_t offset, std::size_t size) {
  if (arguments_ < first_arguments_.size()) {
    first_arguments_[arguments_] = {offset, size};
    later_offset_ = offset + size + 2;
  }
  ++arguments_;
}

// All `$n` lines were checked when they arrived: here they only locate the words.
void RespParser::collect_bulks() {
  auto& argv = request_.argv;
  argv.clear();
  argv.reserve(arguments_);
  const std::size_t noted = std::min(arguments_, first_arguments_.size());
  for (std::size_t i = 0; i < noted; ++i) {
    argv.push_back(input_.view(first_arguments_[i].offset, first_arguments_[i].size));
  }
  std::size_t at = later_offset_;
  for (std::size_t i = noted; i < arguments_; ++i) {
    std::size_t size = 0;
    while (input_[++at] != '\r') size = size * 10 + static_cast<std::size_t>(input_[at] - '0');
    argv.push_back(input_.view(at + 2, size));
    at += 2 + size + 2;
  }
  KV_CHECK(noted == arguments_ || at == cursor_);
}

RequestParser::Event RespParser::complete(std::size_t consumed) {
  request_.crlf = true;
  begin_next(consumed);
  return Event::kRequest;
}

void RespParser::begin_next(std::size_t consumed) {
  input_.consume(consumed);
  cursor_ = 0;
  scanned_ = 0;
  arguments_ = 0;
  arguments_left_ = 0;
  bulk_size_ = -1;
}

RequestParser::Event RespParser::starved() {
  if (!finished_) return Event::kNeedInput;
  begin_next(input_.size());
  error_ = Error{Code::kSyntax, "Protocol error: the input ended inside a request", {}};
  return Event::kError;
}

RequestParser::Event RespParser::fatal(Code code, const std::string& message) {
  dead_ = true;
  input_.clear();
  error_ = Error{code, "Protocol error: " + message, {}};
  return Event::kFatal;
}

Pending RespParser::pending() const {
  Pending pending;
  if (dead_ || (arguments_left_ == 0 && input_.empty())) return pending;
  pending.what =
      arguments_left_ == 0 && input_[0] != '*' ? Pending::What::kLine : Pending::What::kBulk;
  const std::size_t have = input_.size() - cursor_;
  const auto want = static_cast<std::size_t>(std::max<std::int64_t>(bulk_size_, 0));
  if (arguments_left_ > 0 && want > have) pending.bytes = want - have;
  return pending;
}

}  // namespace kvstore::wire
