// How long to wait for a client that sends nothing, or too slowly.
//
// The clock is not read where no timeout can fall due, so a client that sends one request after the
// other does not pay for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/deadline.h"
#include "server/server.h"

namespace kvstore::server {

// Used by one thread.
class InputClock {
 public:
  // `config` has the limits, and must outlive this.
  explicit InputClock(const Config& config) : config_(config) {}

  // `size` bytes arrived; 0 if older ones were processed. `answered`: requests were answered.
  // `is_open`: a request is incomplete.
  void progress(std::size_t size, bool answered, bool is_open);
  // The incomplete request was discarded.
  void forget_request() { request_size_ = 0; }
  // Another thread has sent the reply: the client has been idle since then.
  void answered_at(Clock::time_point when) {
    if (idle_since_) idle_since_ = when;
  }
  // The memory that is freed when idle was freed.
  void rested() { rests_ = true; }

  bool is_inside_request() const { return request_size_ > 0; }
  // `keeps_memory`: there is memory to free when the client is idle.
  Deadline next(bool keeps_memory);

 private:
  Deadline idle(bool keeps_memory);
  Deadline request() const;

  const Config& config_;
  std::optional<Clock::time_point> idle_since_;  // set when it is first needed
  bool rests_ = false;
  Clock::time_point request_began_{};
  std::size_t request_size_ = 0;  // bytes of the incomplete request so far; 0: there is none
};

}  // namespace kvstore::server
