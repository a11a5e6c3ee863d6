// Sends the output of a conversation as fast as the client reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/deadline.h"
#include "server/transport.h"

namespace kvstore::server {

// Used by one thread at a time, as the output.
class Sender {
 public:
  static constexpr std::size_t kKeptOutput = std::size_t{512} << 10;  // capacity kept when all is
                                                                      // sent
  // Both must outlive this. `output` may grow between calls.
  Sender(Transport& transport, std::string& output) : transport_(transport), output_(output) {}

  // Sends what the socket accepts, and removes it from the output. False: the connection is broken.
  bool send_some();

  std::size_t unsent() const { return output_.size() - sent_; }
  // When the client has not read for `limit_ms` (0: no limit). There must be unsent output.
  Deadline next(std::uint32_t limit_ms);

 private:
  void drop_sent();

  Transport& transport_;
  std::string& output_;
  std::size_t sent_ = 0;  // bytes of output_
  std::optional<Clock::time_point> unread_since_;
};

}  // namespace kvstore::server
