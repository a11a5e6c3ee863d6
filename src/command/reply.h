// A reply as a value: for code that needs the whole reply before it is shown, such as tables, or
// that compares it, such as tests. It can be written to a sink, and a sink collects one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/command/failure.h"
#include "src/command/reply_sink.h"

namespace kvstore::command {

struct Reply {
  enum class Kind : std::uint8_t {
    kOk,       // done
    kStatus,   // done, with a word such as PONG (`text`)
    kValue,    // bytes (`text`), any bytes
    kInteger,  // `integer`
    kReal,     // `real`
    kMissing,  // the key does not exist
    kArray,    // `items`
    kError,    // `error`
  };
  // Types that only RESP3 has. Other formats show them as the plain type.
  enum class Shape : std::uint8_t {
    kPlain,
    kMap,   // kArray: names and values in turn
    kSet,   // kArray: no order
    kPush,  // kArray: sent without a request
    kText,  // kValue: human-readable text
    kList,  // kMissing: in place of an array
  };
  Kind kind = Kind::kOk;
  Shape shape = Shape::kPlain;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // kError: Redis' wording with its prefix, "ERR syntax error", if there is one
  std::vector<Reply> items;
  Error error;
  // This reply acknowledges a write: it may only be sent after Session::commit() has succeeded;
  // otherwise that error is sent instead.
  bool acknowledges_write = false;
  // kValue, kArray: too long to be held; the rest comes from the stream. Set only for a whole
  // reply, or for items if requested: see ReplyCollector.
  std::shared_ptr<ReplyStream> stream;

  static Reply ok() { return {}; }
  static Reply status(std::string word) {
    Reply reply;
    reply.kind = Kind::kStatus;
    reply.text = std::move(word);
    return reply;
  }
  static Reply value(std::string bytes) {
    Reply reply;
    reply.kind = Kind::kValue;
    reply.text = std::move(bytes);
    return reply;
  }
  static Reply of(std::int64_t number) {
    Reply reply;
    reply.kind = Kind::kInteger;
    reply.integer = number;
    return reply;
  }
  static Reply missing() {
    Reply reply;
    reply.kind = Kind::kMissing;
    return reply;
  }
  static Reply array(std::vector<Reply> items) {
    Reply reply;
    reply.kind = Kind::kArray;
    reply.items = std::move(items);
    return reply;
  }
  static Reply map(std::vector<Reply> names_and_values) {
    Reply reply = array(std::move(names_and_values));
    reply.shape = Shape::kMap;
    return reply;
  }
  static Reply failure(Error error) { return failure(Failure(std::move(error))); }
  static Reply failure(Failure failure) {
    Reply reply;
    reply.kind = Kind::kError;
    reply.error = std::move(failure.error);
    reply.text = std::move(failure.redis);
    return reply;
  }
};

// The reply must not have a stream.
void write(const Reply& reply, ReplySink& to);

// Builds a Reply from what is written, including streams.
class ReplyCollector final : public ReplySink {
 public:
  // kHeld: streams are read into the Reply. kKept: a reply that is a stream as a whole becomes a
  // Reply with a stream. kKeptInside: so do items of an array.
  enum class Streams : std::uint8_t { kHeld, kKept, kKeptInside };
  explicit ReplyCollector(Streams streams = Streams::kHeld) : streams_(streams) {}

  // Call it once for each reply.
  Reply take();

  void ok() override { add(Reply::ok()); }
  void status(std::string_view word) override { add(Reply::status(std::string(word))); }
  void value(std::string_view bytes) override { add(Reply::value(std::string(bytes))); }
  void text(std::string_view bytes) override;
  void integer(std::int64_t number) override { add(Reply::of(number)); }
  void real(double number) override;
  void missing() override { add(Reply::missing()); }
  void missing_array() override;
  void begin(Aggregate kind, std::size_t count) override;
  void begin_value(std::uint64_t size) override;
  void part(std::string_view bytes) override { open_.back().text += bytes; }
  void end() override;
  void stream(std::unique_ptr<ReplyStream> stream) override;
  void error(const Failure& failure) override { add(Reply::failure(failure)); }
  void discard() override;

 private:
  void add(Reply reply);

  const Streams streams_;
  std::vector<Reply> open_;  // the innermost is last
  Reply whole_;
};

}  // namespace kvstore::command
