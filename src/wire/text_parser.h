// Requests of the text protocol: the shell, scripts and plain TCP (DESIGN 7).
//
//   word word ...               one command a line
//   SET k SECONDS COUNT⏎bytes⏎  COUNT bytes follow (SECONDS 0: no expiry)
//   APPEND k COUNT⏎bytes⏎       the same
//   SET k <<EOT⏎...⏎EOT⏎        lines up to one equal to the sentinel
//   SET k⏎...⏎END⏎              the same, up to END
//
// A value that follows its line becomes an ordinary argument: the request's argv
// is `SET k value`, with `EX SECONDS` behind it when SECONDS is not 0; `<<EOT` is
// replaced where it stands, so `SET k <<EOT EX 60` works too. The value is
// consumed before anything is judged: an error never runs data as commands. What
// is over a limit is skipped in bounded memory, then answered with kTooBig. A line
// that may announce a value whose size nobody knows (ValuePlan::Form::kUnknown, a
// quote that is never closed, a line over the limit) is kFatal: nothing after it is
// taken for a command until reset().
//
// Within a block bytes are taken as they come. The sentinel's line may end in LF
// or CRLF; the newline before it, which is not stored, is CRLF if the command's
// line ended so, and else LF.
//
// Time is linear in the bytes, however they are cut up, and a request allocates
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
  // kWire: the input may be Redis' protocol, too. Then next() stops, as if it
  // needed input, before a '*' where a command may begin (at_resp()); and a line
  // that begins with '$', a piece of a request whose beginning went astray, is
  // kFatal, for the bytes that follow it are not commands. A last line without its
  // newline may have been cut off, so it writes nothing; counted bytes are whole.
  enum class Source : std::uint8_t { kText, kWire };
  explicit TextParser(const Limits& limits = {}, Source source = Source::kText);

  // Of the requests that next() has not looked at yet.
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

  // kWire: RESP begins here. release_input() hands it over.
  bool at_resp() const;
  InputBuffer release_input() { return std::move(input_); }
  bool finished() const { return finished_; }
  // The newest line had nothing in it but CR LF.
  bool after_blank_crlf() const { return after_blank_crlf_; }

  // Forgets buffered input and a value half read (the shell's Ctrl-C). Lines go
  // on being counted.
  void reset();
  // The 1-based line the next byte fed is on, if all before it was consumed.
  std::uint64_t line() const { return line_; }

 private:
  // From one to the next:
  //   kLine     -> kLine      a whole line without a value: a request, an error or nothing
  //             -> kLongLine  over the limit -> kLine once it has ended, and is answered
  //             -> kValue     it announces a value
  //   kValue    -> kLine      the value is whole, or was skipped: a request, or an error
  //             -> kSkipLine  it does not end its line: an error -> kLine after the newline
  // After kFatal nothing but reset() leads on.
  enum class State : std::uint8_t { kLine, kLongLine, kValue, kSkipLine };
  using Step = std::optional<Event>;  // nothing: go on

  Step step();
  Step step_line();
  Step step_long_line();
  Step step_value();
  Step step_skip_line();

  Step take_line(std::size_t size, std::size_t consumed);
  Step judge_words(std::optional<LineError> line_error, std::size_t consumed);
  Step refuse_long_line(const LongLine& line);
  // After a line that may announce a value, but nobody knows how long it is.
  Step lose_framing(std::size_t consumed);
  Step lost_resp();

  ValuePlan plan();
  void choose_line_words();
  Step begin_value(const ValuePlan& plan, std::size_t line_size);
  void begin_counted(std::uint64_t count, std::size_t line_size);
  Step end_value(const ValueStep& step);
  Error cut_off(const ValueStep& step) const;
  // The request is all read, and takes `consumed` bytes.
  Step answer(const std::string_view* value, std::size_t consumed);
  void build_argv(const std::string_view* value);

  std::string_view text(const Word& word) const { return input_.view(word.offset, word.size); }
  bool is_write() const;
  void begin_next(State state);
  Step fail_with(Error error);
  Step end_with(Error error);  // kFatal

  Limits limits_;
  const Source source_;
  InputBuffer input_;  // from the current request's first byte on
  bool finished_ = false;
  bool dead_ = false;  // after kFatal
  State state_ = State::kLine;
  std::uint64_t line_ = 1;
  Request request_;
  Error error_;

  // The current line. What is taken of it is an argument unless said otherwise.
  std::size_t scanned_ = 0;  // no newline before this offset (kLine)
  std::vector<Word> words_;
  std::vector<LineWord> line_words_;   // scratch
  std::optional<Error> verdict_;       // what it is answered once its value is consumed
  std::optional<LongLine> long_line_;  // kLongLine
  bool after_blank_crlf_ = false;

  // The value that it announces (kValue).
  command::ValueForm form_ = command::ValueForm::kNone;  // of its command
  std::size_t value_word_ = 0;                           // which word the value is or replaces
  bool has_seconds_ = false;                             // the word before that one is SECONDS
  std::variant<CountedValue, BlockValue> value_{CountedValue(0, 0)};
};

}  // namespace kvstore::wire
