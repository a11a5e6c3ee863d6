// HTTP/1.x requests out of bytes, strictly: what two readers could understand in two ways is an
// error, and then nothing that follows on the connection is a request.
//
// The grammar is Boost.Beast's (parser.cpp, the one file that includes it). What that leaves open
// is settled here: one Host; Transfer-Encoding is exactly one `chunked`, not in HTTP/1.0 and not
// beside Content-Length, of which there is one at most; no folded lines, no control characters, no
// lines that end in LF alone; bounds on the line, the fields, their number, and the body.
//
// Pure: bytes in, requests or an error out, however they are cut up. Not thread-safe.
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
  std::size_t max_fields = std::size_t{32} << 10;  // bytes of all fields together
  std::size_t max_field_count = 100;
  std::uint64_t max_body = std::uint64_t{64} << 20;
};

// Why a request is none: the status to answer, and a sentence.
struct ParseError {
  unsigned status = 400;
  std::string message;
};

class Parser {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more
    kHead,       // head() is there: next() goes on with the body
    kRequest,    // body() is whole: next() begins with the request after it
    kError,      // error(): nothing of the connection can be understood any more
  };

  explicit Parser(const ParserLimits& limits);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void feed(std::string_view bytes);
  Event next();

  // After kHead, until next() is called after kRequest.
  const Head& head() const;
  // After kRequest, likewise.
  const std::string& body() const;
  const ParseError& error() const { return error_; }

  // Bytes that were fed, and are not used up.
  bool has_buffered() const { return at_ < input_.size(); }
  // A request has begun, and is not whole.
  bool is_inside_request() const;
  // Forgets what was fed and is not used up.
  void drop_input();

  // Bytes of memory that are held, and about what a feed() of so many more will hold.
  std::size_t memory() const;
  std::size_t memory_after(std::size_t bytes) const;
  // Gives back what the next requests may or may not need, head() and body() of one that was given
  // with it. Nothing, inside a request.
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
  std::size_t at_ = 0;       // of the input: what was used up
  std::size_t scanned_ = 0;  // from there on: known to hold no end of a head
  bool saw_first_line_ = false;
  bool skipped_line_ = false;  // an empty one, before this request
  enum class State : std::uint8_t { kBetween, kHead, kBody, kWhole, kBroken };
  State state_ = State::kBetween;
  std::unique_ptr<Message> message_;
  Head head_;
  std::string body_;
  ParseError error_;
};

}  // namespace kvstore::wire::http
