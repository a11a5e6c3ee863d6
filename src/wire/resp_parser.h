// Parses requests of RESP2, Redis' protocol: `*2⏎$3⏎GET⏎$1⏎k⏎`, and, for use with telnet, Redis'
// inline commands: `GET k⏎` with Redis' own quoting.
//
// An empty line, `*0` and `*-1` are ignored, as in Redis. Malformed input is kFatal in Redis' words
// ("Protocol error: invalid bulk length"). So is input over a limit, and an inline command that
// announces a value as in the text protocol: a RESP client cannot be resynchronised. An inline
// command that is cut off by the end of input is dropped, as in Redis. Memory depends on the bytes
// that arrived, never on announced lengths: of an incomplete request only its bytes and the
// positions of the first few arguments are held. The others are parsed again when it is complete.
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
  // Continues with the unconsumed input of the connection's other parser.
  RespParser(const Limits& limits, InputBuffer input);

  // Applies to requests that next() has not looked at yet.
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
  // The second words, usually keys, of the next complete requests: at most as many as fit `words`.
  // Returns their number. Valid until the next feed().
  std::size_t look_ahead(std::span<std::string_view> words) const;
  // Whether the last request of next() was an inline command.
  bool is_inline() const { return inline_; }

 private:
  using Step = std::optional<Event>;  // nullopt: continue

  Step step();
  Step step_start();
  std::optional<std::size_t> take_whole();
  Step step_inline();
  bool announces_text_value();
  Step step_bulk_size();
  Step step_bulk();
  // Parses the number on the `*n` or `$n` line at cursor_, which is moved after that line. `name`
  // is Redis' word for such a line in the error when it is too long, `what` in the error when it is
  // not a number in minimum..maximum.
  Step read_count(std::string_view name, std::string_view what, std::int64_t minimum,
                  std::int64_t maximum, std::int64_t* count);
  Event complete(std::size_t consumed);
  void add_argument(std::size_t offset, std::size_t size);
  void collect_bulks();
  void begin_next(std::size_t consumed);
  Event starved();
  Event fatal(Code code, const std::string& message);

  Limits limits_;
  InputBuffer input_;  // from the present request's first byte on
  bool finished_ = false;
  bool dead_ = false;    // after kFatal
  bool inline_ = false;  // of the last request
  Request request_;
  Error error_;

  // The present request; offsets count from its first byte.
  struct Argument {
    std::size_t offset;
    std::size_t size;
  };
  std::array<Argument, 16> first_arguments_{};
  std::size_t arguments_ = 0;        // number that has arrived
  std::size_t later_offset_ = 0;     // the `$n` line of the first argument after those
  std::vector<Word> words_;          // of an inline command
  std::int64_t arguments_left_ = 0;  // 0: between requests
  std::int64_t bulk_size_ = -1;      // -1: its `$n` line is next
  std::size_t cursor_ = 0;
  std::size_t scanned_ = 0;  // in an inline command: no newline before this offset
};

}  // namespace kvstore::wire
