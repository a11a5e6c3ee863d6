// Sends what a conversation has to say, as fast as the client reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/deadline.h"
#include "server/transport.h"

namespace kvstore::server {

// Belongs to one thread at a time, as the output does.
class Sender {
 public:
  // Both must outlive it. `output` may grow between the calls.
  Sender(Transport& transport, std::string& output) : transport_(transport), output_(output) {}

  // Sends what the client has room for; what was sent is taken out of the output.
  // False: the connection is broken.
  bool send_some();

  std::size_t unsent() const { return output_.size() - sent_; }
  // When the client has not read for `limit_ms` (0: there is none). Something waits.
  Deadline next(std::uint32_t limit_ms);

 private:
  void drop_sent();

  Transport& transport_;
  std::string& output_;
  std::size_t sent_ = 0;  // of output_
  std::optional<Clock::time_point> unread_since_;
};

}  // namespace kvstore::server
