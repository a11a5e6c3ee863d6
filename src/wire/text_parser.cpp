#include "src/wire/text_parser.h"

#include <algorithm>
#include <utility>

#include "src/command/errors.h"
#include "src/command/table.h"
#include "src/wire/scratch.h"
#include "src/wire/text_errors.h"

namespace kvstore::wire {
namespace {

using command::Command;
using command::find_command;
using command::ValueForm;

// No command that takes a value has nearly as many words.
constexpr std::size_t kMaxValueWords = 64;

}  // namespace

TextParser::TextParser(const Limits& limits, Source source) : limits_(limits), source_(source) {}

void TextParser::feed(std::string_view bytes) { input_.feed(bytes); }

void TextParser::reset() {
  input_.clear();
  dead_ = false;
  begin_next(State::kLine);
}

RequestParser::Event TextParser::next() {
  for (;;) {
    if (dead_) return Event::kFatal;
    const Step done = step();
    if (!done) continue;
    if (*done != Event::kNeedInput) return *done;
    // The connection may now be idle for a long time.
    input_.trim();
    trim_scratch(&line_words_);
    trim_scratch(&request_.argv);
    if (state_ == State::kLine) trim_scratch(&words_);
    return *done;
  }
}

std::size_t TextParser::memory() const {
  const auto* block = std::get_if<BlockValue>(&value_);
  return input_.memory() + words_.capacity() * sizeof(Word) +
         line_words_.capacity() * sizeof(LineWord) +
         request_.argv.capacity() * sizeof(std::string_view) +
         (block != nullptr ? block->sentinel().capacity() : 0);
}

std::size_t TextParser::memory_after(std::size_t bytes) const {
  return memory() - input_.memory() + input_.memory_after(bytes);
}

bool TextParser::at_resp() const {
  return source_ == Source::kWire && state_ == State::kLine && !dead_ && !input_.empty() &&
         input_[0] == '*';
}

TextParser::Step TextParser::step() {
  switch (state_) {
    case State::kLine:
      return step_line();
    case State::kLongLine:
      return step_long_line();
    case State::kValue:
      return step_value();
    case State::kSkipLine:
      return step_skip_line();
  }
  return Event::kEnd;
}

// --- Lines

TextParser::Step TextParser::step_line() {
  if (source_ == Source::kWire && !input_.empty()) {
    if (input_[0] == '*') return Event::kNeedInput;
    if (input_[0] == '$') return lost_resp();
  }
  const std::size_t newline = input_.find('\n', scanned_);
  if (newline != npos) return take_line(newline, newline + 1);
  if (input_.size() > limits_.max_line + 1) {  // + 1: its last byte may be a CR
    begin_next(State::kLongLine);
    long_line_.emplace(input_.view(0, limits_.max_line));
    return {};
  }
  if (!finished_) {
    scanned_ = input_.size();
    return Event::kNeedInput;
  }
  if (input_.empty()) return Event::kEnd;
  return take_line(input_.size(), input_.size());
}

TextParser::Step TextParser::lost_resp() {
  return end_with({Code::kSyntax, "Protocol error: expected '*', got '$'", {}});
}

TextParser::Step TextParser::take_line(std::size_t size, std::size_t consumed) {
  const bool has_newline = consumed > size;
  const std::string_view line = input_.view(0, size);
  request_.line = line_;
  request_.crlf = line.ends_with('\r');
  if (request_.crlf) --size;
  after_blank_crlf_ = request_.crlf && size == 0;
  if (has_newline) ++line_;
  if (size > limits_.max_line) {
    LongLine long_line(line.substr(0, limits_.max_line));
    long_line.add(line);
    input_.consume(consumed);
    return refuse_long_line(long_line);
  }
  auto line_error = split_words(input_.data(), size, &words_);
  if (words_.empty()) {
    input_.consume(consumed);
    begin_next(State::kLine);
    return {};
  }
  // If the client was lost the rest of the line is unknown: this may be the begin of another value,
  // or of another key to delete.
  if (source_ == Source::kWire && !has_newline && is_write()) {
    verdict_ = cut_line();
    return answer(nullptr, consumed);
  }
  return judge_words(std::move(line_error), consumed);
}

bool TextParser::is_write() const {
  const Command* command = find_command(text(words_[0]));
  return command != nullptr && command->has(command::kWrite);
}

TextParser::Step TextParser::judge_words(std::optional<LineError> line_error,
                                         std::size_t consumed) {
  ValuePlan plan = this->plan();
  verdict_ = std::move(plan.verdict);
  if (line_error) verdict_ = std::move(line_error->error);
  if (words_.size() > limits_.max_words)
    verdict_ = too_many_words(words_.size(), limits_.max_words);
  const bool is_open = line_error && line_error->is_open;
  if (plan.form == ValuePlan::Form::kUnknown || is_open) return lose_framing(consumed);
  // The words are not needed any more, and the value may take long.
  if (verdict_ && words_.size() > kMaxValueWords) std::vector<Word>().swap(words_);
  if (plan.form == ValuePlan::Form::kInline) return answer(nullptr, consumed);
  return begin_value(plan, consumed);
}

ValuePlan TextParser::plan() {
  const Command* command = find_command(text(words_[0]));
  form_ = command == nullptr ? ValueForm::kNone : command->value_form;
  // Usual for lines of other commands: a word and a key.
  const bool is_short = form_ == ValueForm::kNone && words_.size() <= 2;
  if (is_short && command != nullptr && command->takes(words_.size() - 1)) return {};
  choose_line_words();
  ValuePlan plan = plan_value(command, line_words_);
  if (words_.size() <= kMaxValueWords || plan.form == ValuePlan::Form::kInline) return plan;
  if (command == nullptr)
    plan.verdict = command::unknown_command({&line_words_[0].text, 1}).error;
  else if (form_ != ValueForm::kNone)
    plan.verdict = too_many_arguments(*command, words_.size());
  return plan;
}

// In a line with too many words only the places of numbers, a block mark and the last word matter.
void TextParser::choose_line_words() {
  line_words_.clear();
  for (const Word& word : words_) {
    const LineWord line_word{text(word), word.quoted};
    const bool matters = words_.size() <= kMaxValueWords || line_words_.size() < 4 ||
                         is_block_mark(line_word) || &word == &words_.back();
    if (matters) line_words_.push_back(line_word);
    if (line_words_.size() > kMaxValueWords) break;
  }
}

// At the end of input nothing can follow.
TextParser::Step TextParser::lose_framing(std::size_t consumed) {
  input_.consume(consumed);
  begin_next(State::kLine);
  if (finished_ && input_.empty()) return fail_with(std::move(*verdict_));
  verdict_->message += "; what follows may belong to it, so nothing more is read or executed";
  return end_with(std::move(*verdict_));
}

// --- Lines that are not held

TextParser::Step TextParser::step_long_line() {
  const std::size_t newline = input_.find('\n', 0);
  const bool has_newline = newline != npos;
  const std::size_t size = has_newline ? newline : input_.size();
  long_line_->add(input_.view(0, size));
  input_.consume(has_newline ? size + 1 : size);
  if (!has_newline && !finished_) return Event::kNeedInput;
  request_.line = line_;
  request_.crlf = long_line_->ends_in_cr();
  if (has_newline) ++line_;
  return refuse_long_line(*long_line_);
}

TextParser::Step TextParser::refuse_long_line(const LongLine& line) {
  const bool may_announce_value = line.may_announce_value();
  Error error = line_too_big(line.size(), limits_.max_line);
  begin_next(State::kLine);
  return may_announce_value ? end_with(std::move(error)) : fail_with(std::move(error));
}

TextParser::Step TextParser::step_skip_line() {
  const std::size_t newline = input_.find('\n', 0);
  if (newline == npos) {
    input_.consume(input_.size());
    return finished_ ? Event::kEnd : Event::kNeedInput;
  }
  input_.consume(newline + 1);
  ++line_;
  begin_next(State::kLine);
  return {};
}

// --- Values

TextParser::Step TextParser::begin_value(const ValuePlan& plan, std::size_t line_size) {
  value_word_ = plan.word;
  has_seconds_ = plan.has_seconds;
  state_ = State::kValue;
  if (plan.form == ValuePlan::Form::kCounted) {
    begin_counted(plan.count, line_size);
  } else {
    value_.emplace<BlockValue>(plan.sentinel, line_size,
                               BlockRules{.max_value = limits_.max_value,
                                          .crlf = request_.crlf,
                                          .may_be_cut = source_ == Source::kWire});
  }
  return {};
}

void TextParser::begin_counted(std::uint64_t count, std::size_t line_size) {
  const std::size_t left = limits_.max_request - std::min(limits_.max_request, line_size);
  const std::size_t limit = std::min(limits_.max_value, left);
  if (count <= limit) {
    value_.emplace<CountedValue>(count, line_size);
    return;
  }
  verdict_ = value_too_big(count, limit);
  input_.consume(line_size);
  value_.emplace<CountedValue>(CountedValue::skipped(count));
}

TextParser::Step TextParser::step_value() {
  const ValueStep step =
      std::visit([this](auto& value) { return value.next(input_, finished_); }, value_);
  line_ += step.newlines;
  return step.what == ValueStep::What::kNeedInput ? Event::kNeedInput : end_value(step);
}

TextParser::Step TextParser::end_value(const ValueStep& step) {
  const bool is_block = std::holds_alternative<BlockValue>(value_);
  if (step.what == ValueStep::What::kCutOff) {
    verdict_ = cut_off(step);
    return answer(nullptr, input_.size());
  }
  if (step.what == ValueStep::What::kTooBig && is_block)
    verdict_ = block_too_big(limits_.max_value);
  if (step.no_line_end && !verdict_) verdict_ = wrong_length(form_, step.value);
  const Step answered = answer(&step.value, step.consumed);
  if (step.no_line_end) state_ = State::kSkipLine;
  return answered;
}

Error TextParser::cut_off(const ValueStep& step) const {
  if (const auto* block = std::get_if<BlockValue>(&value_)) return cut_block(*block, request_.line);
  return cut_value(form_, std::get<CountedValue>(value_), step.value.size(), request_.line);
}

// --- Common

TextParser::Step TextParser::answer(const std::string_view* value, std::size_t consumed) {
  if (!verdict_) build_argv(value);
  input_.consume(consumed);
  begin_next(State::kLine);
  if (verdict_) return fail_with(std::move(*verdict_));
  return Event::kRequest;
}

void TextParser::build_argv(const std::string_view* value) {
  auto& argv = request_.argv;
  argv.clear();
  for (const Word& word : words_) argv.push_back(text(word));
  if (value == nullptr) return;
  if (value_word_ == argv.size()) argv.emplace_back();
  argv[value_word_] = *value;
  if (!has_seconds_) return;
  const std::string_view seconds = text(words_[value_word_ - 1]);
  argv.erase(argv.begin() + static_cast<std::ptrdiff_t>(value_word_) - 1);
  if (seconds.find_first_not_of('0') == npos) return;
  argv.emplace_back("EX");
  argv.push_back(seconds);
}

void TextParser::begin_next(State state) {
  state_ = state;
  scanned_ = 0;
  long_line_.reset();
}

TextParser::Step TextParser::fail_with(Error error) {
  error_ = std::move(error);
  verdict_.reset();
  return Event::kError;
}

TextParser::Step TextParser::end_with(Error error) {
  fail_with(std::move(error));
  dead_ = true;
  input_.clear();
  return Event::kFatal;
}

Pending TextParser::pending() const {
  Pending pending;
  pending.line = state_ == State::kValue ? request_.line : line_;
  if (state_ != State::kValue) {
    const bool is_between = state_ == State::kLine && input_.empty();
    pending.what = is_between ? Pending::What::kNothing : Pending::What::kLine;
  } else if (const auto* block = std::get_if<BlockValue>(&value_)) {
    pending.what = Pending::What::kBlock;
    pending.sentinel = block->sentinel();
  } else {
    pending.what = Pending::What::kBytes;
    pending.bytes = std::get<CountedValue>(value_).missing(input_);
  }
  return pending;
}

}  // namespace kvstore::wire
