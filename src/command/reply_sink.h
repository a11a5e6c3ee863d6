// The interface to which a command writes its reply, piece by piece. The sink turns it into bytes
// of a protocol, lines for people, or a Reply.
//
// A reply is one call of ok() to missing() or error(); or begin(), the announced number of replies,
// and end(); or begin_value(), part()s and end(). A long reply is passed as a ReplyStream, from
// which the sink reads as much at a time as it has space for. So what a handler writes is never
// large, and slow clients do not block the store.
//
// Not thread-safe. A wrong order of calls fails a check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "src/base/status.h"
#include "src/command/dialect.h"
#include "src/command/failure.h"

namespace kvstore::command {

class ReplySink;

// A long reply that is produced while it is sent. All of it belongs to one version of the data,
// whatever the time it takes. Not thread-safe.
class ReplyStream {
 public:
  enum class Kind : std::uint8_t { kValue, kArray };

  virtual ~ReplyStream() = default;

  virtual Kind kind() const = 0;
  // The result of left() for an array that was not counted: there are more items, and only the end
  // shows how many. Used only if requested (Session::Info::counts_lists).
  static constexpr std::uint64_t kUncounted = UINT64_MAX;
  // Bytes of the value, or items of the array, still to be written. Exact from the start, unless
  // kUncounted.
  virtual std::uint64_t left() const = 0;
  // Writes further bytes with part(), or the next item, if anything is left. An error means that
  // the announced length cannot be reached: the reply sent so far cannot be completed.
  virtual Status next(ReplySink& to) = 0;
  // Bytes of memory used at present.
  virtual std::size_t memory() const = 0;
};

enum class Aggregate : std::uint8_t {
  kArray,
  kMap,   // names and values alternate
  kSet,   // no order
  kPush,  // sent without a request (RESP3)
};

class ReplySink {
 public:
  // For begin(): the number of replies is known only at end().
  static constexpr std::size_t kUncounted = SIZE_MAX;

  virtual ~ReplySink() = default;

  virtual void ok() = 0;
  virtual void status(std::string_view word) = 0;  // done, with a word such as PONG
  virtual void value(std::string_view bytes) = 0;
  virtual void text(std::string_view bytes) { value(bytes); }  // human-readable text
  virtual void integer(std::int64_t number) = 0;
  virtual void real(double number) = 0;
  virtual void missing() = 0;
  virtual void missing_array() { missing(); }  // in place of an array

  // `count` replies follow, and then end(); a map counts twice its pairs.
  virtual void begin(Aggregate kind, std::size_t count = kUncounted) = 0;
  // `size` bytes follow in part()s, and then end().
  virtual void begin_value(std::uint64_t size) = 0;
  virtual void part(std::string_view bytes) = 0;
  virtual void end() = 0;

  // A whole reply, or the last item of the last item of one; only end() may follow.
  virtual void stream(std::unique_ptr<ReplyStream> stream) = 0;

  virtual void error(const Failure& failure) = 0;

  // Called before each reply.
  virtual void start() {}
  // Discards everything written of the last started reply.
  virtual void discard() = 0;
  // Sets the format of the following replies, and of the started one if nothing of it was written.
  virtual void speak(Dialect) {}

  // An empty aggregate: begin() and end().
  void empty(Aggregate kind) {
    begin(kind, 0);
    end();
  }
};

// For a sink that does not buffer: writes all of `stream`.
Status write_all(ReplyStream& stream, ReplySink& to);

}  // namespace kvstore::command
