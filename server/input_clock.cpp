#include "server/input_clock.h"

#include <algorithm>

namespace kvstore::server {
namespace {

using std::chrono::milliseconds;

// After this time without a request, kept buffers are freed.
constexpr milliseconds kRest{1000};
constexpr std::uint64_t kBytesPerExtraSecond = 64 << 10;  // of a request that is arriving

}  // namespace

void InputClock::progress(std::size_t size, bool answered, bool is_open) {
  idle_since_.reset();
  rests_ = false;
  if (!is_open) {
    request_size_ = 0;
  } else if (request_size_ > 0 && !answered) {
    request_size_ += size;
  } else {
    request_began_ = Clock::now();
    request_size_ = std::max<std::size_t>(size, 1);
  }
}

Deadline InputClock::next(bool keeps_memory) {
  return is_inside_request() ? request() : idle(keeps_memory);
}

// In two steps if there is memory to free after the first.
Deadline InputClock::idle(bool keeps_memory) {
  const milliseconds limit{config_.idle_timeout_ms};
  const bool may_rest = keeps_memory && !rests_ && (limit.count() == 0 || limit > kRest);
  if (!may_rest && limit.count() == 0) return {};
  if (!idle_since_) idle_since_ = Clock::now();
  return may_rest ? Deadline{Due::kRest, *idle_since_ + kRest}
                  : Deadline{Due::kIdle, *idle_since_ + limit};
}

Deadline InputClock::request() const {
  if (config_.request_timeout_ms == 0) return {};
  const milliseconds allowed{config_.request_timeout_ms +
                             request_size_ * 1000 / kBytesPerExtraSecond};
  return {Due::kRequest, request_began_ + allowed};
}

}  // namespace kvstore::server
