// A request: one command as words, whatever its source (text, RESP, a shell's argument vector).
// Parsers are pure: bytes in, requests or errors out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::wire {

struct Request {
  // argv[0] is the command as typed; always present. The bytes belong to the parser.
  std::vector<std::string_view> argv;
  std::uint64_t line = 0;  // text: the 1-based line on which the command began
  bool crlf = false;       // text: the command's line ended in CR LF; the reply does as well
};

// Limits for what a parser holds in memory.
struct Limits {
  std::size_t max_line = std::size_t{1} << 20;     // bytes of one text line (inline words)
  std::size_t max_value = std::size_t{512} << 20;  // bytes of one counted or block value, one bulk
  std::size_t max_request = std::size_t{513} << 20;  // bytes of one whole request
  std::size_t max_words = std::size_t{1} << 20;      // arguments of one request
  bool is_guest = false;  // the limits are small because the client has not logged in
};

// What a parser waits for; used by the shell's prompt and for errors at the end of input.
struct Pending {
  enum class What : std::uint8_t {
    kNothing,  // between requests: the input may end here
    kLine,     // the rest of a line
    kBytes,    // counted bytes: `bytes` more
    kBlock,    // lines up to `sentinel`
    kBulk,     // the rest of a RESP request
  };
  What what = What::kNothing;
  std::uint64_t bytes = 0;
  std::string sentinel;
  std::uint64_t line = 0;  // line on which the value or command began
};

class RequestParser {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more, or finish()
    kRequest,    // request() is available
    kError,      // see error(); parsing continues after the bad request
    kFatal,      // see error(); the rest of the stream cannot be parsed
    kEnd,        // after finish(): nothing is left
  };
  virtual ~RequestParser() = default;

  // Appends input. Invalidates request().
  virtual void feed(std::string_view bytes) = 0;
  // Ends the input. What is incomplete becomes an error.
  virtual void finish() = 0;
  // Continues parsing. request() and error() are valid until the next feed() or next().
  virtual Event next() = 0;
  virtual const Request& request() const = 0;
  virtual const Error& error() const = 0;
  virtual std::uint64_t error_line() const = 0;  // text: 1-based; RESP: 0
  // Whether the line with the error ended in CR LF, for the reply.
  virtual bool error_crlf() const = 0;
  virtual Pending pending() const = 0;
  // True if fed bytes are not consumed by next() yet.
  virtual bool has_buffered() const = 0;

  // Bytes of memory held for input, and approximately held after a feed() of `bytes` more, so that
  // memory can be accounted before it is taken.
  virtual std::size_t memory() const = 0;
  virtual std::size_t memory_after(std::size_t bytes) const = 0;
  // Frees memory that the next requests may not need. Invalidates request().
  virtual void trim() = 0;
};

}  // namespace kvstore::wire
