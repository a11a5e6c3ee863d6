// Requests of RESP2, Redis' protocol: `*2⏎$3⏎GET⏎$1⏎k⏎`, and, for people with a
// telnet, Redis' inline commands: `GET k⏎` with Redis' own quoting.
//
// An empty line, `*0` and `*-1` are nothing, as in Redis. Anything malformed is
// kFatal in Redis' words ("Protocol error: invalid bulk length"), and so is what
// is over a limit: a RESP client cannot be resynchronised. Memory follows the
// bytes that arrived, never the lengths that were announced.
//
// Time is linear in the bytes. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "src/command/input_buffer.h"
#include "src/command/request.h"
#include "src/command/text_words.h"

namespace kvstore::command {

class RespParser final : public RequestParser {
 public:
  explicit RespParser(const Limits& limits = {});

  void feed(std::string_view bytes) override;
  void finish() override { finished_ = true; }
  Event next() override;
  const Request& request() const override { return request_; }
  const Error& error() const override { return error_; }
  std::uint64_t error_line() const override { return 0; }
  bool error_crlf() const override { return true; }
  Pending pending() const override;
  bool has_buffered() const override { return !input_.empty(); }

 private:
  using Step = std::optional<Event>;  // nothing: go on

  Step step();
  Step step_start();
  Step step_inline();
  Step step_bulk_size();
  Step step_bulk();
  // The number on the `*n` or `$n` line at cursor_, which moves behind that line.
  // `name` is Redis' word for such a line when it is too long, `what` when it is
  // no number in minimum..maximum.
  Step read_count(std::string_view name, std::string_view what, std::int64_t minimum,
                  std::int64_t maximum, std::int64_t* count);
  Event complete(std::size_t consumed);
  void begin_next(std::size_t consumed);
  void trim();
  Event starved();
  Event fatal(Code code, const std::string& message);

  const Limits limits_;
  InputBuffer input_;  // from the current request's first byte on
  bool finished_ = false;
  bool dead_ = false;  // after kFatal
  Request request_;
  Error error_;

  // The current request; offsets count from its first byte.
  std::vector<Word> words_;
  std::int64_t arguments_left_ = 0;  // 0: between requests
  std::int64_t bulk_size_ = -1;      // -1: its `$n` line comes next
  std::size_t cursor_ = 0;
  std::size_t scanned_ = 0;  // an inline command: no newline before this offset
};

// '*' is RESP, any other byte is text.
enum class Protocol : std::uint8_t { kText, kResp };
constexpr Protocol protocol_of_first_byte(char byte) {
  return byte == '*' ? Protocol::kResp : Protocol::kText;
}
// The parser for a connection whose first byte this is. The byte is not fed to it.
std::unique_ptr<RequestParser> make_parser_for_first_byte(char byte, const Limits& limits = {});

}  // namespace kvstore::command
