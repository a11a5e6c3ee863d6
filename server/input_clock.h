// How long a client that sends nothing, or too slowly, is waited for.
//
// Where no timeout can fall due the clock is not read, so a client that asks one
// thing after the other never pays for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/deadline.h"
#include "server/server.h"

namespace kvstore::server {

// Belongs to one thread.
class InputClock {
 public:
  // The limits of `config`, which must outlive it.
  explicit InputClock(const Config& config) : config_(config) {}

  // `size` bytes came, or none and older ones were taken up; with them, or without,
  // requests were `answered`, and one `is_open` that has begun.
  void progress(std::size_t size, bool answered, bool is_open);
  // The request that had begun is forgotten.
  void forget_request() { request_size_ = 0; }
  // It was answered then, by another thread: if it has been idle, it is since that time.
  void answered_at(Clock::time_point when) {
    if (idle_since_) idle_since_ = when;
  }
  // What had to be given back while idle was.
  void rested() { rests_ = true; }

  bool is_inside_request() const { return request_size_ > 0; }
  // `keeps_memory`: something could be given back while the client is idle.
  Deadline next(bool keeps_memory);

 private:
  Deadline idle(bool keeps_memory);
  Deadline request() const;

  const Config& config_;
  std::optional<Clock::time_point> idle_since_;  // set when somebody asks
  bool rests_ = false;
  Clock::time_point request_began_{};
  std::size_t request_size_ = 0;  // so far; 0: there is none
};

}  // namespace kvstore::server
