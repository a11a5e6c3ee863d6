// Requests of RESP2, Redis' protocol: `*2⏎$3⏎GET⏎$1⏎k⏎`, and, for people with a
// telnet, Redis' inline commands: `GET k⏎` with Redis' own quoting.
//
// An empty line, `*0` and `*-1` are nothing, as in Redis. Anything malformed is
// kFatal in Redis' words ("Protocol error: invalid bulk length"), and so is what
// is over a limit, or announces a value as the text protocol does: a RESP client cannot be
// resynchronised. An inline command cut off by the end of the input is dropped, as in
// Redis. Memory follows the
// bytes that arrived, never the lengths that were announced: of an unfinished
// request nothing is kept but its bytes and where the first few arguments lie. The
// others are walked once more when it is complete.
//
// Time is linear in the bytes. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "src/wire/input_buffer.h"
#include "src/wire/request.h"
#include "src/wire/text_words.h"

namespace kvstore::wire {

class RespParser final : public RequestParser {
 public:
  explicit RespParser(const Limits& limits = {});
  // Goes on with what another parser of the connection was fed and did not consume.
  RespParser(const Limits& limits, InputBuffer input);

  // Of the requests that next() has not looked at yet.
  void set_limits(const Limits& limits) { limits_ = limits; }
  void feed(std::string_view bytes) override;
  void finish() override { finished_ = true; }
  Event next() override;
  const Request& request() const override { return request_; }
  const Error& error() const override { return error_; }
  std::uint64_t error_line() const override { return 0; }
  bool error_crlf() const override { return true; }
  Pending pending() const override;
  bool has_buffered() const override { return !input_.empty(); }
  std::size_t memory() const override;
  std::size_t memory_after(std::size_t bytes) const override;
  void trim() override;
  // The second words, which are keys as a rule, of the next requests that have arrived whole: at
  // most as many as `words` has room for. Returns how many. Valid until the next feed().
  std::size_t look_ahead(std::span<std::string_view> words) const;
  // The request that next() gave last was an inline command.
  bool is_inline() const { return inline_; }

 private:
  using Step = std::optional<Event>;  // nothing: go on

  Step step();
  Step step_start();
  Step step_inline();
  bool announces_text_value();
  Step step_bulk_size();
  Step step_bulk();
  // The number on the `*n` or `$n` line at cursor_, which moves after that line.
  // `name` is Redis' word for such a line when it is too long, `what` when it is
  // no number in minimum..maximum.
  Step read_count(std::string_view name, std::string_view what, std::int64_t minimum,
                  std::int64_t maximum, std::int64_t* count);
  bool read_short_count(std::int64_t minimum, std::int64_t maximum, std::int64_t* count);
  Event complete(std::size_t consumed);
  void add_argument(std::size_t offset, std::size_t size);
  void collect_bulks();
  void begin_next(std::size_t consumed);
  Event starved();
  Event fatal(Code code, const std::string& message);

  Limits limits_;
  InputBuffer input_;  // from the current request's first byte on
  bool finished_ = false;
  bool dead_ = false;    // after kFatal
  bool inline_ = false;  // the last request
  Request request_;
  Error error_;

  // The current request; offsets count from its first byte.
  struct Argument {
    std::size_t offset;
    std::size_t size;
  };
  std::array<Argument, 16> first_arguments_{};
  std::size_t arguments_ = 0;        // that have arrived
  std::size_t later_offset_ = 0;     // the `$n` line of the first not among them
  std::vector<Word> words_;          // of an inline command
  std::int64_t arguments_left_ = 0;  // 0: between requests
  std::int64_t bulk_size_ = -1;      // -1: its `$n` line comes next
  std::size_t cursor_ = 0;
  std::size_t scanned_ = 0;  // an inline command: no newline before this offset
};

}  // namespace kvstore::wire
