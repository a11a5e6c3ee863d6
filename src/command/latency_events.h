// Slow operations, as LATENCY reports them: for each event the newest durations, at most one a
// second.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/mutex.h"

namespace kvstore::command {

class LatencyEvents {
 public:
  struct Sample {
    std::uint64_t time_s = 0;  // since 1970
    std::uint64_t took_ms = 0;
  };
  struct Event {
    std::string name;
    std::vector<Sample> samples;   // oldest first; at least one
    std::uint64_t longest_ms = 0;  // including samples that were dropped
  };
  static constexpr std::size_t kMostSamples = 160;  // as in Redis

  // Operations of at least this duration are recorded; 0: none.
  std::uint64_t threshold_ms() const { return threshold_ms_.load(std::memory_order_relaxed); }
  void set_threshold_ms(std::uint64_t ms) { threshold_ms_.store(ms, std::memory_order_relaxed); }
  bool is_long(std::uint64_t took_us) const {
    const std::uint64_t threshold = threshold_ms();
    return threshold != 0 && took_us / 1000 >= threshold;
  }

  // Names must be few: each is kept until it is reset.
  void note(std::string_view name, const Sample& sample) KV_EXCLUDES(mutex_);
  // Sorted by name.
  std::vector<Event> all() const KV_EXCLUDES(mutex_);
  // Returns the number of events that were dropped.
  std::size_t forget_all() KV_EXCLUDES(mutex_);
  bool forget(const std::string& name) KV_EXCLUDES(mutex_);

 private:
  struct Kept {
    std::deque<Sample> samples;
    std::uint64_t longest_ms = 0;
  };
  std::atomic<std::uint64_t> threshold_ms_{0};
  mutable Mutex mutex_;
  std::map<std::string, Kept> events_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::command
