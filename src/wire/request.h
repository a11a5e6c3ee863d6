// A request: one command as words, however it arrived (text, RESP, a shell's
// argument vector). Parsers are pure: bytes in, requests or errors out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::wire {

struct Request {
  // argv[0] is the command as typed, never absent. The bytes belong to the parser.
  std::vector<std::string_view> argv;
  std::uint64_t line = 0;  // text: the 1-based line the command began on
  bool crlf = false;       // text: the command's line ended in CR LF, so does its reply
};

// What every parser refuses to hold in memory.
struct Limits {
  std::size_t max_line = std::size_t{1} << 20;     // bytes of one text line (inline words)
  std::size_t max_value = std::size_t{512} << 20;  // bytes of one counted or block value, one bulk
  std::size_t max_request = std::size_t{513} << 20;  // bytes of one whole request
  std::size_t max_words = std::size_t{1} << 20;      // arguments of one request
  bool is_guest = false;  // they are so small because nobody has logged in
};

// What a parser waits for; the shell's prompt and end-of-input errors tell it.
struct Pending {
  enum class What : std::uint8_t {
    kNothing,  // between requests: end of input is fine here
    kLine,     // the rest of a line
    kBytes,    // counted bytes: `bytes` more
    kBlock,    // lines up to `sentinel`
    kBulk,     // the rest of a RESP request
  };
  What what = What::kNothing;
  std::uint64_t bytes = 0;
  std::string sentinel;
  std::uint64_t line = 0;  // where the value or command began
};

class RequestParser {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more, or finish()
    kRequest,    // request() is one
    kError,      // error() says why; the parser goes on after the bad request
    kFatal,      // error() says why; the stream cannot be understood any more
    kEnd,        // after finish(): nothing is left
  };
  virtual ~RequestParser() = default;

  // Appends input. Invalidates request().
  virtual void feed(std::string_view bytes) = 0;
  // No more input will come. What is incomplete becomes an error.
  virtual void finish() = 0;
  // Parses on. request() and error() are valid until the next feed() or next().
  virtual Event next() = 0;
  virtual const Request& request() const = 0;
  virtual const Error& error() const = 0;
  virtual std::uint64_t error_line() const = 0;  // text: 1-based; RESP: 0
  // Of the line the error was on, for the reply to it.
  virtual bool error_crlf() const = 0;
  virtual Pending pending() const = 0;
  // Bytes fed but not yet consumed by next(): input is there to go on with.
  virtual bool has_buffered() const = 0;

  // Bytes of memory held for what has arrived, and about what a feed() of so many
  // more will hold: so that they can be counted before they are taken.
  virtual std::size_t memory() const = 0;
  virtual std::size_t memory_after(std::size_t bytes) const = 0;
  // Gives back what the next requests may or may not need. Invalidates request().
  virtual void trim() = 0;
};

}  // namespace kvstore::wire
