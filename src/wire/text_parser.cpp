#include "src/wire/text_parser.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/command/errors.h"
#include "src/command/quote.h"
#include "src/command/table.h"
#include "src/wire/scratch.h"

namespace kvstore::wire {
namespace {

using command::Command;
using command::find_command;
using command::quote;
using command::unknown_command;
using command::usage;
using command::ValueForm;

std::uint64_t count_newlines(std::string_view bytes) {
  return static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

Error too_big(std::string_view what, std::uint64_t size, std::uint64_t limit, std::string hint) {
  return {Code::kTooBig, fmt::format("the {} is {} bytes, the limit is {}", what, size, limit),
          std::move(hint)};
}

// Of what was taken for a value, in a message.
constexpr std::size_t kShownValue = 32;

// `APPEND k 5` may have been meant to append the digit.
std::string count_hint(ValueForm form, std::uint64_t count) {
  if (form != ValueForm::kAppend) return "make the count the exact number of bytes";
  return fmt::format("make the count the exact number of bytes, or append the digits themselves: "
                     "APPEND key \"{}\"",
                     count);
}

Error wrong_length(ValueForm form, std::string_view taken) {
  return {Code::kLength,
          fmt::format("no line end follows the {} byte{} taken as the value, {}; the rest of the "
                      "line is skipped",
                      taken.size(), taken.size() == 1 ? "" : "s", quote(taken, kShownValue)),
          count_hint(form, taken.size())};
}

// No command that takes a value has nearly as many.
constexpr std::size_t kMaxValueWords = 64;

Error too_many_words(const Command& command, std::size_t words) {
  return {Code::kArity, fmt::format("too many arguments for {} ({} given)", command.name, words - 1),
          usage(command)};
}

// Its size is not said: where it is skipped, nobody has counted.
Error block_too_big(std::uint64_t limit) {
  return {Code::kTooBig, fmt::format("the value is over the limit of {} bytes", limit),
          "APPEND it in parts"};
}

// The line end at the front of `bytes`: its size, 0 if there is none, nothing if
// one more byte has to come before that is known.
std::optional<std::size_t> line_end_size(std::string_view bytes, bool finished) {
  if (bytes.starts_with('\n')) return 1;
  if (bytes.starts_with("\r\n")) return 2;
  if (!finished && (bytes.empty() || bytes == "\r")) return {};
  return 0;
}

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
    // A connection may now be idle for a long time.
    input_.trim();
    trim_scratch(&line_words_);
    trim_scratch(&request_.argv);
    if (state_ == State::kLine) trim_scratch(&words_);
    return *done;
  }
}

std::size_t TextParser::memory() const {
  return input_.memory() + words_.capacity() * sizeof(Word) +
         line_words_.capacity() * sizeof(LineWord) +
         request_.argv.capacity() * sizeof(std::string_view) + sentinel_.capacity();
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
    case State::kLine: return step_line();
    case State::kBytes: return step_bytes();
    case State::kBlock: return step_block();
    case State::kLongLine: return step_long_line();
    case State::kSkipBytes: return step_skip_bytes();
    case State::kSkipBlock: return step_skip_block();
    case State::kSkipLine: return step_skip_line();
  }
  return Event::kEnd;
}

// --- the command's line

TextParser::Step TextParser::step_line() {
  if (source_ == Source::kWire && !input_.empty()) {
    if (input_[0] == '*') return Event::kNeedInput;
    if (input_[0] == '$') return lost_framing();
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

TextParser::Step TextParser::lost_framing() {
  dead_ = true;
  input_.clear();
  report({Code::kSyntax, "Protocol error: expected '*', got '$'", {}});
  return Event::kFatal;
}

TextParser::Step TextParser::take_line(std::size_t size, std::size_t consumed) {
  const bool is_cut = source_ == Source::kWire && consumed == size;
  request_.line = line_;
  request_.crlf = size > 0 && input_[size - 1] == '\r';
  if (request_.crlf) --size;
  after_blank_crlf_ = request_.crlf && size == 0;
  if (consumed > size) ++line_;
  if (size > limits_.max_line) {
    LongLine line(input_.view(0, limits_.max_line));
    line.add(input_.view(0, size + (request_.crlf ? 1 : 0)));
    input_.consume(consumed);
    return report_long_line(line, size);
  }
  auto line_error = split_words(input_.data(), size, &words_);
  if (words_.empty()) {
    input_.consume(consumed);
    begin_next(State::kLine);
    return {};
  }
  if (is_cut && is_write()) return refuse_cut_line(consumed);
  return judge_line(std::move(line_error), consumed);
}

bool TextParser::is_write() const {
  const Command* command = find_command(input_.view(words_[0].offset, words_[0].size));
  return command != nullptr && command->has(command::kWrite);
}

// Of a client that was lost nobody knows how the line would have gone on: what came
// may be the beginning of another value, or of another key to delete.
TextParser::Step TextParser::refuse_cut_line(std::size_t consumed) {
  input_.consume(consumed);
  begin_next(State::kLine);
  return report({Code::kSyntax, "the input ended inside a line that writes; it was not executed",
                 "a newline after the last line, too"});
}

TextParser::Step TextParser::judge_line(std::optional<LineError> line_error,
                                        std::size_t consumed) {
  ValuePlan plan = this->plan();
  verdict_ = std::move(plan.verdict);
  if (line_error) verdict_ = std::move(line_error->error);
  if (words_.size() > limits_.max_words) {
    verdict_ = Error{Code::kTooBig, fmt::format("the line has {} words, the limit is {}",
                                                words_.size(), limits_.max_words), {}};
  }
  if (plan.form == ValuePlan::Form::kUnknown || (line_error && line_error->is_open)) {
    return lose_framing(consumed);
  }
  // Nobody will ask for them, and a value may take its time.
  if (verdict_ && words_.size() > kMaxValueWords) std::vector<Word>().swap(words_);
  value_word_ = plan.word;
  has_seconds_ = plan.has_seconds;
  if (plan.form == ValuePlan::Form::kCounted) return expect_counted(plan, consumed);
  if (plan.form == ValuePlan::Form::kBlock) return expect_block(plan, consumed);
  if (!verdict_) build_argv(nullptr);
  input_.consume(consumed);
  begin_next(State::kLine);
  if (verdict_) return report(std::move(*verdict_));
  return Event::kRequest;
}

// The end of the input is where nothing can follow.
TextParser::Step TextParser::lose_framing(std::size_t consumed) {
  input_.consume(consumed);
  begin_next(State::kLine);
  const bool is_last = finished_ && input_.empty();
  if (!is_last) verdict_->message += "; what follows may belong to it, and is not executed";
  report(std::move(*verdict_));
  if (is_last) return Event::kError;
  dead_ = true;
  input_.clear();
  return Event::kFatal;
}

ValuePlan TextParser::plan() {
  const auto text = [this](const Word& word) { return input_.view(word.offset, word.size); };
  const Command* command = find_command(text(words_[0]));
  form_ = command == nullptr ? ValueForm::kNone : command->value_form;
  // What most lines of other commands are: a word and a key.
  if (form_ == ValueForm::kNone && words_.size() <= 2 && command != nullptr &&
      command->takes(words_.size() - 1)) {
    return {};
  }
  line_words_.clear();
  for (const Word& word : words_) {
    // Of a line with too many words only the numbers' place, a block's mark and the
    // last still matter.
    const LineWord line_word{text(word), word.quoted};
    const bool needed = words_.size() <= kMaxValueWords || line_words_.size() < 4 ||
                        is_block_mark(line_word) || &word == &words_.back();
    if (needed) line_words_.push_back(line_word);
    if (line_words_.size() > kMaxValueWords) break;
  }
  ValuePlan plan = plan_value(command, line_words_);
  if (words_.size() <= kMaxValueWords || plan.form == ValuePlan::Form::kInline) return plan;
  if (command == nullptr) plan.verdict = unknown_command({&line_words_[0].text, 1}).error;
  else if (form_ != ValueForm::kNone) plan.verdict = too_many_words(*command, words_.size());
  return plan;
}

void TextParser::build_argv(const std::string_view* value) {
  const auto text = [this](std::size_t i) {
    return input_.view(words_[i].offset, words_[i].size);
  };
  auto& argv = request_.argv;
  argv.clear();
  for (std::size_t i = 0; i < words_.size(); ++i) argv.push_back(text(i));
  if (value == nullptr) return;
  if (value_word_ == argv.size()) argv.emplace_back();
  argv[value_word_] = *value;
  if (!has_seconds_) return;
  const std::string_view seconds = text(value_word_ - 1);
  argv.erase(argv.begin() + static_cast<std::ptrdiff_t>(value_word_) - 1);
  if (seconds.find_first_not_of('0') == npos) return;
  argv.emplace_back("EX");
  argv.push_back(seconds);
}

// --- counted values

TextParser::Step TextParser::expect_counted(const ValuePlan& plan, std::size_t value_offset) {
  count_ = plan.count;
  value_offset_ = value_offset;
  const std::size_t room = limits_.max_request - std::min(limits_.max_request, value_offset);
  const std::size_t limit = std::min(limits_.max_value, room);
  if (count_ <= limit) {
    state_ = State::kBytes;
    return {};
  }
  verdict_ = too_big("value", count_, limit, "APPEND it in parts");
  input_.consume(value_offset);
  state_ = State::kSkipBytes;
  return {};
}

TextParser::Step TextParser::step_bytes() {
  const std::size_t have = input_.size() - value_offset_;
  if (have < count_) {
    if (!finished_) return Event::kNeedInput;
    const std::string hint = form_ == ValueForm::kAppend ? count_hint(form_, count_) : "";
    return ended_inside(fmt::format("{} of {} bytes had come", have, count_), hint);
  }
  const std::size_t end = value_offset_ + count_;
  const auto line_end = line_end_size(input_.view(end, have - count_), finished_);
  if (!line_end) return Event::kNeedInput;
  line_ += count_newlines(input_.view(value_offset_, count_));
  if (*line_end == 0 && have > count_) {
    if (!verdict_) verdict_ = wrong_length(form_, input_.view(value_offset_, count_));
    input_.consume(end);
    begin_next(State::kSkipLine);
    return report(std::move(*verdict_));
  }
  if (*line_end > 0) ++line_;
  return complete(input_.view(value_offset_, count_), end + *line_end);
}

TextParser::Step TextParser::complete(std::string_view value, std::size_t consumed) {
  if (!verdict_) build_argv(&value);
  input_.consume(consumed);
  begin_next(State::kLine);
  if (verdict_) return report(std::move(*verdict_));
  return Event::kRequest;
}

TextParser::Step TextParser::step_skip_bytes() {
  const std::size_t skip = std::min<std::uint64_t>(count_, input_.size());
  line_ += count_newlines(input_.view(0, skip));
  input_.consume(skip);
  count_ -= skip;
  if (count_ > 0 && !finished_) return Event::kNeedInput;
  const auto line_end = line_end_size(input_.view(0, std::min<std::size_t>(2, input_.size())), finished_);
  if (!line_end) return Event::kNeedInput;
  const bool misplaced = *line_end == 0 && !input_.empty();
  input_.consume(*line_end);
  if (*line_end > 0) ++line_;
  begin_next(misplaced ? State::kSkipLine : State::kLine);
  return report(std::move(*verdict_));
}

// --- blocks

TextParser::Step TextParser::expect_block(const ValuePlan& plan, std::size_t value_offset) {
  sentinel_ = plan.sentinel;
  value_offset_ = block_line_ = scanned_ = value_offset;
  state_ = State::kBlock;
  return {};
}

bool TextParser::is_sentinel(std::size_t offset, std::size_t size) const {
  if (size == sentinel_.size() + 1 && input_[offset + size - 1] == '\r') --size;
  return input_.view(offset, size) == sentinel_;
}

// What lies before the sentinel's line, without its last newline.
std::string_view TextParser::block_value() const {
  std::string_view value = input_.view(value_offset_, block_line_ - value_offset_);
  const std::string_view newline = request_.crlf && value.ends_with("\r\n") ? "\r\n" : "\n";
  if (value.ends_with(newline)) value.remove_suffix(newline.size());
  return value;
}

TextParser::Step TextParser::step_block() {
  const std::size_t newline = input_.find('\n', scanned_);
  const bool at_end = newline == npos;
  const std::size_t line_end = at_end ? input_.size() : newline;
  const bool is_line = !at_end || (finished_ && source_ != Source::kWire);
  if (is_line && is_sentinel(block_line_, line_end - block_line_)) {
    if (!at_end) ++line_;
    const std::string_view value = block_value();
    if (value.size() > limits_.max_value) verdict_ = block_too_big(limits_.max_value);
    return complete(value, at_end ? line_end : line_end + 1);
  }
  scanned_ = at_end ? line_end : line_end + 1;
  if (!at_end) {
    block_line_ = scanned_;
    ++line_;
  }
  // The slack is what may yet turn out to be no part of the value: its last
  // newline, and a sentinel's line not wholly read.
  if (scanned_ - value_offset_ > limits_.max_value + sentinel_.size() + 4) skip_block();
  if (!at_end || state_ == State::kSkipBlock) return {};
  if (!finished_) return Event::kNeedInput;
  return ended_inside(fmt::format("no line was {}", quote(sentinel_)), {});
}

void TextParser::skip_block() {
  verdict_ = block_too_big(limits_.max_value);
  input_.consume(block_line_);
  scanned_ = 0;
  long_block_line_ = false;
  state_ = State::kSkipBlock;
}

TextParser::Step TextParser::step_skip_block() {
  const std::size_t newline = input_.find('\n', 0);
  const bool at_end = newline == npos;
  const std::size_t size = at_end ? input_.size() : newline;
  const bool is_end = (!at_end || finished_) && !long_block_line_ && is_sentinel(0, size);
  if (!at_end) ++line_;
  if (at_end && !finished_ && size <= sentinel_.size() + 1) return Event::kNeedInput;
  input_.consume(at_end ? size : size + 1);
  long_block_line_ = at_end;
  if (!is_end && !(at_end && finished_)) return at_end ? Step(Event::kNeedInput) : Step();
  begin_next(State::kLine);
  return report(std::move(*verdict_));
}

// --- skipping lines

TextParser::Step TextParser::step_long_line() {
  const std::size_t newline = input_.find('\n', 0);
  const bool at_end = newline == npos;
  const std::size_t size = at_end ? input_.size() : newline;
  if (size > 0) last_was_cr_ = input_[size - 1] == '\r';
  skipped_ += size;
  long_line_->add(input_.view(0, size));
  input_.consume(at_end ? size : size + 1);
  if (at_end && !finished_) return Event::kNeedInput;
  request_.line = line_;
  request_.crlf = last_was_cr_;
  if (!at_end) ++line_;
  return report_long_line(*long_line_, skipped_ - (last_was_cr_ ? 1 : 0));
}

TextParser::Step TextParser::report_long_line(const LongLine& line, std::uint64_t size) {
  dead_ = line.may_announce_value();
  if (dead_) input_.clear();
  begin_next(State::kLine);
  report(too_big("line", size, limits_.max_line, "give the value as counted bytes: SET key 0 COUNT"));
  return dead_ ? Event::kFatal : Event::kError;
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

// --- common

void TextParser::begin_next(State state) {
  state_ = state;
  scanned_ = 0;
  skipped_ = 0;
  last_was_cr_ = false;
  long_line_.reset();
}

TextParser::Step TextParser::report(Error error) {
  error_ = std::move(error);
  verdict_.reset();
  return Event::kError;
}

TextParser::Step TextParser::ended_inside(std::string_view what, std::string hint) {
  input_.consume(input_.size());
  begin_next(State::kLine);
  return report({Code::kSyntax,
                 fmt::format("the input ended inside the value that began on line {} ({}); nothing "
                             "was stored", request_.line, what),
                 std::move(hint)});
}

Pending TextParser::pending() const {
  Pending pending;
  pending.line = request_.line;
  switch (state_) {
    case State::kLine:
      pending.line = line_;
      if (!input_.empty()) pending.what = Pending::What::kLine;
      break;
    case State::kLongLine:
    case State::kSkipLine:
      pending.line = line_;
      pending.what = Pending::What::kLine;
      break;
    case State::kBytes:
      pending.what = Pending::What::kBytes;
      pending.bytes = count_ - std::min<std::uint64_t>(count_, input_.size() - value_offset_);
      break;
    case State::kSkipBytes:
      pending.what = Pending::What::kBytes;
      pending.bytes = count_;
      break;
    case State::kBlock:
    case State::kSkipBlock:
      pending.what = Pending::What::kBlock;
      pending.sentinel = sentinel_;
      break;
  }
  return pending;
}

}  // namespace kvstore::wire
