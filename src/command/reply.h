// A reply: what a command answers, before anybody decides how it looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/status.h"

namespace kvstore::command {

class ReplyStream;

struct Reply {
  enum class Kind : std::uint8_t {
    kOk,       // done
    kStatus,   // done, with a word to say: PONG (`text`)
    kValue,    // bytes (`text`), any bytes
    kInteger,  // `integer`
    kMissing,  // the key is not there
    kArray,    // `items`
    kError,    // `error`
  };
  // What RESP3 has types of its own for. Everybody else shows them as what they are.
  enum class Shape : std::uint8_t {
    kPlain,
    kMap,   // kArray: names and values in turn
    kSet,   // kArray: no order
    kText,  // kValue: for people to read
  };
  Kind kind = Kind::kOk;
  Shape shape = Shape::kPlain;
  std::int64_t integer = 0;
  std::string text;  // kError: Redis' wording with its prefix, "ERR syntax error", if it has one
  std::vector<Reply> items;
  Error error;
  // This reply acknowledges a write: it may only be sent after Session::commit()
  // has succeeded, and turns into that commit's error otherwise.
  bool acknowledges_write = false;
  // kValue, kArray: too long to be held. The bytes, or the items, are taken from
  // here; `text` and `items` are empty. Only where a session was told to (see
  // Session::Info::stream_above), and only in a reply, or as its last item.
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
  static Reply streamed(Kind kind, std::shared_ptr<ReplyStream> stream) {
    Reply reply;
    reply.kind = kind;
    reply.stream = std::move(stream);
    return reply;
  }
  static Reply failure(Error error) {
    Reply reply;
    reply.kind = Kind::kError;
    reply.error = std::move(error);
    return reply;
  }
};

// The parts of a long reply, made as they are sent. All belong to one version of
// the data, however long the reader takes. Not thread-safe.
class ReplyStream {
 public:
  virtual ~ReplyStream() = default;

  // Of a value: its bytes. Of an array: its items. Known from the start.
  virtual std::uint64_t size() const = 0;
  // Replaces *part by the next one: some bytes of the value (a kValue), the next
  // item of the array; by kOk after the last. A kError where size() cannot be kept:
  // what was sent is then the beginning of a reply that never ends.
  virtual void next(Reply* part) = 0;
  // Bytes of memory held now.
  virtual std::size_t memory() const = 0;
};

}  // namespace kvstore::command
