// Limits background work to a rate, and stops it on request.
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "src/base/cancel.h"

namespace kvstore {

class Pacer {
 public:
  // `rate` in bytes per second; 0: no limit. `stop` must outlive this.
  Pacer(std::uint64_t rate, const std::atomic<bool>& stop) : rate_(rate), stop_(stop) {}

  // Notes that `bytes` bytes were processed, and sleeps to keep the rate. False: stop, because of
  // `stop` or cancellation.
  bool note(std::uint64_t bytes) {
    bytes_ += bytes;
    while (rate_ != 0 && !stop_.load(std::memory_order_relaxed) && !is_cancelled()) {
      const auto due = began_ + std::chrono::microseconds(bytes_ * 1'000'000 / rate_);
      const auto now = Clock::now();
      if (now >= due) break;
      std::this_thread::sleep_for(std::min<Clock::duration>(due - now, kLongestRest));
    }
    return !stop_.load(std::memory_order_relaxed);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongestRest{50};  // interval at which `stop` is
                                                                // checked

  const std::uint64_t rate_;
  const std::atomic<bool>& stop_;
  const Clock::time_point began_ = Clock::now();
  std::uint64_t bytes_ = 0;
};

}  // namespace kvstore
