// What FOLLOW begins: messages that a session's client gets until it has had enough.
//
// What is followed is read from the log as fast as the client takes it: nothing of it is kept in
// memory meanwhile.
#pragma once

#include <cstdint>
#include <string>

#include "src/command/reply_sink.h"
#include "src/command/waiting.h"

namespace kvstore::command {

// Not thread-safe.
class Follower {
 public:
  virtual ~Follower() = default;
  // Writes the next message. False: there is none for now, and nothing was written. An error: there
  // will be none any more. (kMore: not yet, but perhaps at the next call.)
  enum class Step : std::uint8_t { kMessage, kMore, kNothing };
  virtual Result<Step> next(ReplySink& to) = 0;
  // What to wait for once there is none.
  virtual Waiting waiting() const = 0;
  // The key whose value it is; nullptr: changes of many keys.
  virtual const std::string* key() const = 0;
  // How far it has come: up to that offset of the value, or that version.
  virtual std::uint64_t reached() const = 0;
  // "log", "keys that begin with user:": what is followed, in words.
  virtual std::string what() const = 0;
};

}  // namespace kvstore::command
