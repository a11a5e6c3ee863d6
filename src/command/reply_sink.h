// Where a command writes its reply, piece by piece. What becomes of it, bytes of a
// protocol, lines for people or a Reply, is the sink's business.
//
// A reply is one call of ok() to missing() or error(), or begin() and as many replies as
// it announced and end(), or begin_value(), part()s and end(). What may be too long to
// be held is handed over as a ReplyStream, from which the sink takes as much at a time
// as it has space for: so nothing a handler writes is large, and no store is kept
// waiting by who reads slowly.
//
// Not thread-safe. Whoever calls in another order trips a check.
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

// A long reply, made as it is sent. All of it belongs to one version of the data,
// however long the reader takes. Not thread-safe.
class ReplyStream {
 public:
  enum class Kind : std::uint8_t { kValue, kArray };

  virtual ~ReplyStream() = default;

  virtual Kind kind() const = 0;
  // Of an array nobody has counted: there is more, and how much shows at the end. Only where
  // it was asked for (Session::Info::counts_lists).
  static constexpr std::uint64_t kUncounted = UINT64_MAX;
  // Bytes of the value, items of the array, still to be written. Known from the start, if they
  // were counted.
  virtual std::uint64_t left() const = 0;
  // Writes some bytes more with part(), or the next item, if anything is left. An error:
  // left() cannot be kept; what was sent is the beginning of a reply that never ends.
  virtual Status next(ReplySink& to) = 0;
  // Bytes of memory held now.
  virtual std::size_t memory() const = 0;
};

enum class Aggregate : std::uint8_t {
  kArray,
  kMap,   // names and values in turn
  kSet,   // no order
  kPush,  // what nobody asked for (RESP3)
};

class ReplySink {
 public:
  // begin(): how many replies follow is known at end().
  static constexpr std::size_t kUncounted = SIZE_MAX;

  virtual ~ReplySink() = default;

  virtual void ok() = 0;
  virtual void status(std::string_view word) = 0;  // done, with a word to say: PONG
  virtual void value(std::string_view bytes) = 0;
  virtual void text(std::string_view bytes) { value(bytes); }  // for people to read
  virtual void integer(std::int64_t number) = 0;
  virtual void real(double number) = 0;
  virtual void missing() = 0;
  virtual void missing_array() { missing(); }  // where an array was expected

  // `count` replies follow, and end(): of a map twice as many as it has pairs.
  virtual void begin(Aggregate kind, std::size_t count = kUncounted) = 0;
  // `size` bytes follow in part()s, and end().
  virtual void begin_value(std::uint64_t size) = 0;
  virtual void part(std::string_view bytes) = 0;
  virtual void end() = 0;

  // A reply, or the last item of the last item of one; nothing but end() may follow.
  virtual void stream(std::unique_ptr<ReplyStream> stream) = 0;

  virtual void error(const Failure& failure) = 0;

  // Before each reply.
  virtual void start() {}
  // Takes back all of the reply that was started last.
  virtual void discard() = 0;
  // How replies are worded from now on, the one begun too, if nothing of it was written.
  virtual void speak(Dialect) {}

  // begin() and end() around nothing.
  void empty(Aggregate kind) {
    begin(kind, 0);
    end();
  }
};

// For a sink that holds nothing back: writes all of `stream`.
Status write_all(ReplyStream& stream, ReplySink& to);

}  // namespace kvstore::command
