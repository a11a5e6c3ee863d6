// Parses replies for clients: bytes in, Reply out.
//
//   text     +OK   +NIL   +WORD   :3   -ERR CODE message; try: hint
//            +VALUE n⏎bytes⏎   +ARRAY n⏎ and n replies
//   RESP2    +OK   $-1    +WORD   :3   -CODE message
//            $n⏎bytes⏎         *n⏎ and n replies
//
// Each reply is returned as a whole, so its size is limited by ReplyLimits. Replies over the
// limits, and invalid ones, are kError; then the rest of the stream cannot be parsed. Line ends may
// be LF or CRLF. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/reply.h"
#include "src/wire/input_buffer.h"

namespace kvstore::wire {

struct ReplyLimits {
  std::size_t max_line = std::size_t{1} << 20;     // bytes of a line other than a value's
  std::size_t max_value = std::size_t{512} << 20;  // bytes of one value
  std::size_t max_total = std::size_t{1} << 30;    // bytes of all values of one reply
  std::size_t max_items = std::size_t{16} << 20;   // items of all arrays of one reply
  std::size_t max_depth = 32;                      // arrays within arrays
};

enum class Protocol : std::uint8_t { kText, kResp };

class ReplyParser {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more
    kReply,      // call take()
    kError,      // see error(); every later next() returns it again
  };
  explicit ReplyParser(const ReplyLimits& limits = {}) : limits_(limits) {}
  explicit ReplyParser(Protocol protocol) : protocol_(protocol) {}

  void feed(std::string_view bytes);
  Event next();
  // The reply that next() has found. Call it once for each kReply.
  command::Reply take();
  const Error& error() const { return error_; }
  // True within a reply: the connection must not end here.
  bool in_reply() const { return !input_.empty() || !arrays_.empty(); }

 private:
  using Step = std::optional<Event>;  // nullopt: continue
  struct OpenArray {
    command::Reply reply;
    std::uint64_t left = 0;
  };

  Step step();
  Step step_line();
  Step step_value();
  Step take_line(std::string_view line);
  Step take_text_line(std::string_view line);
  Step take_resp_line(std::string_view line);
  Step take_status(std::string_view word);
  Step open_value(std::string_view digits);
  Step open_array(std::string_view digits);
  Step add(command::Reply reply);
  Step fatal(const std::string& message);

  const ReplyLimits limits_;
  const Protocol protocol_ = Protocol::kText;
  InputBuffer input_;
  std::size_t scanned_ = 0;                // no newline before this offset
  std::vector<OpenArray> arrays_;          // the innermost is last
  std::optional<std::size_t> value_size_;  // set if a value's bytes come next
  std::size_t total_ = 0;
  std::size_t items_ = 0;
  command::Reply reply_;
  Error error_;
  bool dead_ = false;
};

}  // namespace kvstore::wire
