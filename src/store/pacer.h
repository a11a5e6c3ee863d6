// Keeps work in the background to a rate, and ends it when it is asked to.
//
// Thread rule: one thread's.
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
  // Bytes a second; 0: as fast as it goes. `stop` must outlive it.
  Pacer(std::uint64_t rate, const std::atomic<bool>& stop) : rate_(rate), stop_(stop) {}

  // So many bytes were done: rests until they may have been, or it is cancelled. False: it is to
  // stop.
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
  static constexpr std::chrono::milliseconds kLongestRest{50};  // before it looks at `stop`

  const std::uint64_t rate_;
  const std::atomic<bool>& stop_;
  const Clock::time_point began_ = Clock::now();
  std::uint64_t bytes_ = 0;
};

}  // namespace kvstore
