// Parses HTTP/1.x requests strictly: what two readers could interpret differently is an error,
// after which nothing on the connection is a request.
//
// The grammar is Boost.Beast's (parser.cpp is the only file that includes it). Further rules: one
// Host; Transfer-Encoding is exactly one `chunked`, not in HTTP/1.0 and not together with
// Content-Length, of which there is at most one; no folded lines, no control characters, no line
// ends of LF alone; limits on the request line, the fields, their number, and the body.
//
// Pure: bytes in, requests or an error out, however the bytes are split. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/wire/http/request.h"

namespace kvstore::wire::http {

struct ParserLimits {
  std::size_t max_line = std::size_t{208} << 10;   // the request line: a key of 64 KiB, escaped
  std::size_t max_fields = std::size_t{32} << 10;  // bytes of all fields
  std::size_t max_field_count = 100;
  std::uint64_t max_body = std::uint64_t{64} << 20;
};

// Why a request is invalid: the status to send, and a sentence.
struct ParseError {
  unsigned status = 400;
  std::string message;
};

class Parser {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more
    kHead,       // head() is available: next() continues with the body
    kRequest,    // body() is complete: next() begins with the next request
    kError,      // error(): the rest of the connection cannot be parsed
  };

  explicit Parser(const ParserLimits& limits);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void feed(std::string_view bytes);
  Event next();

  // Valid after kHead until next() is called after kRequest.
  const Head& head() const;
  // Valid after kRequest until next() is called.
  const std::string& body() const;
  const ParseError& error() const { return error_; }

  // Whether fed bytes are unused.
  bool has_buffered() const { return at_ < input_.size(); }
  // Whether a request is incomplete.
  bool is_inside_request() const;
  // Discards unused input.
  void drop_input();

  // Bytes of memory held, and approximately held after a feed() of `bytes` more.
  std::size_t memory() const;
  std::size_t memory_after(std::size_t bytes) const;
  // Frees memory that the next requests may not need, including head() and body() of the last
  // request. No effect within a request.
  void trim();

 private:
  struct Message;  // Beast's parser

  Event fail(unsigned status, std::string message);
  Event read_head();
  Event read_body();
  bool find_end_of_head();
  bool check_first_line(std::string_view line);
  bool check_lines(std::string_view head);
  Event take_head();
  bool check_framing();
  void compact();
  void forget_request();

  const ParserLimits limits_;
  std::string input_;
  std::size_t at_ = 0;       // bytes of the input that were used
  std::size_t scanned_ = 0;  // from at_ up to here there is no end of a head
  bool saw_first_line_ = false;
  bool skipped_line_ = false;  // an empty line before this request was skipped
  enum class State : std::uint8_t { kBetween, kHead, kBody, kWhole, kBroken };
  State state_ = State::kBetween;
  std::unique_ptr<Message> message_;
  Head head_;
  std::string body_;
  ParseError error_;
};

}  // namespace kvstore::wire::http
