// The result of FOLLOW: a source of messages for a session's client until the client ends it.
//
// The changes are read from the log as fast as the client receives them: none are buffered in
// memory.
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
  // Writes the next message. kMore: none found yet; call again. kNothing: there is none now, and
  // nothing was written. An error: there will be no more messages.
  enum class Step : std::uint8_t { kMessage, kMore, kNothing };
  virtual Result<Step> next(ReplySink& to) = 0;
  // What to wait for after kNothing.
  virtual Waiting waiting() const = 0;
  // The key whose value is followed; nullptr: changes of many keys.
  virtual const std::string* key() const = 0;
  // The position reached: an offset in the value, or a version.
  virtual std::uint64_t reached() const = 0;
  // Describes what is followed: "log", "keys that begin with user:".
  virtual std::string what() const = 0;
};

}  // namespace kvstore::command
