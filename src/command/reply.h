// A reply: what a command answers, before anybody decides how it looks.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/base/status.h"

namespace kvstore::command {

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
  Kind kind = Kind::kOk;
  std::int64_t integer = 0;
  std::string text;  // kError: Redis' wording with its prefix, "ERR syntax error", if it has one
  std::vector<Reply> items;
  Error error;
  // This reply acknowledges a write: it may only be sent after Session::commit()
  // has succeeded, and turns into that commit's error otherwise.
  bool acknowledges_write = false;

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
  static Reply failure(Error error) {
    Reply reply;
    reply.kind = Kind::kError;
    reply.error = std::move(error);
    return reply;
  }
};

}  // namespace kvstore::command
