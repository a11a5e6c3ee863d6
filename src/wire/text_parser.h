// Parses requests of the text protocol, used by the shell, scripts and plain TCP.
//
//   word word ...               one command a line
//   SET k SECONDS COUNT⏎bytes⏎  COUNT bytes follow (SECONDS 0: no expiry)
//   APPEND k COUNT⏎bytes⏎       the same
//   SET k <<EOT⏎...⏎EOT⏎        lines up to one equal to the sentinel
//   SET k⏎...⏎END⏎              the same, up to END
//
// A value that follows its line becomes an ordinary argument: the request's argv is `SET k value`,
// followed by `EX SECONDS` unless SECONDS is 0; `<<EOT` is replaced in place, so `SET k <<EOT EX
// 60` works too. The value is consumed before the line is checked: after an error data is never
// executed as commands. Input over a limit is skipped in bounded memory, and answered with kTooBig.
// A line that may announce a value of unknown size (ValuePlan::Form::kUnknown, an unterminated
// quote, a line over the limit) is kFatal: nothing after it is parsed until reset().
// taken for a command until reset().
// Within a block bytes are literal. The sentinel's line may end in LF or CRLF; the newline before
// it, which is not stored, is CRLF if the command's line ended so, and LF otherwise.
// line ended so, and else LF.
// Time is linear in the bytes, however they are split, and a request allocates nothing once the
// buffers have grown. Not thread-safe.
// nothing once the buffers have grown. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/wire/following_value.h"
#include "src/wire/input_buffer.h"
#include "src/wire/long_line.h"
#include "src/wire/request.h"
#include "src/wire/text_words.h"
#include "src/wire/value_plan.h"

namespace kvstore::wire {

class TextParser final : public RequestParser {
 public:
  // kWire: the input may also be RESP. Then next() stops, as if it needed input, before a '*' where
  // a command may begin (at_resp()). A line that begins with '$', a part of a request whose begin
  // was lost, is kFatal, because the following bytes are not commands. A last line without a
  // newline may be truncated, so it must not write; counted bytes are complete.
  enum class Source : std::uint8_t { kText, kWire };
  explicit TextParser(const Limits& limits = {}, Source source = Source::kText);

  // Applies to requests that next() has not looked at yet.
  void set_limits(const Limits& limits) { limits_ = limits; }
  void feed(std::string_view bytes) override;
  void finish() override { finished_ = true; }
  Event next() override;
  const Request& request() const override { return request_; }
  const Error& error() const override { return error_; }
  std::uint64_t error_line() const override { return request_.line; }
  bool error_crlf() const override { return request_.crlf; }
  Pending pending() const override;
  bool has_buffered() const override { return !input_.empty(); }
  std::size_t memory() const override;
  std::size_t memory_after(std::size_t bytes) const override;
  void trim() override { input_.trim_all(); }

  // kWire: RESP begins here. release_input() returns the input.
  bool at_resp() const;
  InputBuffer release_input() { return std::move(input_); }
  bool finished() const { return finished_; }
  // Whether the last line was empty and ended in CR LF.
  bool after_blank_crlf() const { return after_blank_crlf_; }

  // Discards buffered input and an incomplete value (the shell's Ctrl-C). Line numbers continue.
  void reset();
  // The 1-based line of the next byte fed, if all before it was consumed.
  std::uint64_t line() const { return line_; }

 private:
  // The transitions:
  //   kLine     -> kLine      a line without a value: a request, an error or nothing
  //             -> kLongLine  a line over the limit -> kLine at its end, with an error
  //             -> kValue     the line announces a value
  //   kValue    -> kLine      the value is complete, or was skipped: a request, or an error
  //             -> kSkipLine  it does not end at a line end: an error -> kLine after the newline
  // After kFatal only reset() continues.
  enum class State : std::uint8_t { kLine, kLongLine, kValue, kSkipLine };
  using Step = std::optional<Event>;  // nullopt: continue

  Step step();
  Step step_line();
  Step step_long_line();
  Step step_value();
  Step step_skip_line();

  Step take_line(std::size_t size, std::size_t consumed);
  Step judge_words(std::optional<LineError> line_error, std::size_t consumed);
  Step refuse_long_line(const LongLine& line);
  // After a line that may announce a value of unknown size.
  Step lose_framing(std::size_t consumed);
  Step lost_resp();

  ValuePlan plan();
  void choose_line_words();
  Step begin_value(const ValuePlan& plan, std::size_t line_size);
  void begin_counted(std::uint64_t count, std::size_t line_size);
  Step end_value(const ValueStep& step);
  Error cut_off(const ValueStep& step) const;
  // Ends the request, which takes `consumed` bytes.
  Step answer(const std::string_view* value, std::size_t consumed);
  void build_argv(const std::string_view* value);

  std::string_view text(const Word& word) const { return input_.view(word.offset, word.size); }
  bool is_write() const;
  void begin_next(State state);
  Step fail_with(Error error);
  Step end_with(Error error);  // kFatal

  Limits limits_;
  const Source source_;
  InputBuffer input_;  // from the present request's first byte on
  bool finished_ = false;
  bool dead_ = false;  // after kFatal
  State state_ = State::kLine;
  std::uint64_t line_ = 1;
  Request request_;
  Error error_;

  // The present line. All of it is arguments, unless noted otherwise.
  std::size_t scanned_ = 0;  // no newline before this offset (kLine)
  std::vector<Word> words_;
  std::vector<LineWord> line_words_;   // scratch
  std::optional<Error> verdict_;       // its error, reported once its value is consumed
  std::optional<LongLine> long_line_;  // kLongLine
  bool after_blank_crlf_ = false;

  // The announced value (kValue).
  command::ValueForm form_ = command::ValueForm::kNone;  // of its command
  std::size_t value_word_ = 0;                           // index of the word that the value is or
                                                         // replaces
  bool has_seconds_ = false;                             // the word before that is SECONDS
  std::variant<CountedValue, BlockValue> value_{CountedValue(0, 0)};
};

}  // namespace kvstore::wire
