// The newest slow commands, for SLOWLOG.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/command/table.h"

namespace kvstore::command {

class SlowLog {
 public:
  struct Entry {
    std::uint64_t id = 0;
    std::uint64_t time_s = 0;  // since 1970
    std::uint64_t took_us = 0;
    std::vector<std::string> words;  // words of the command, shortened
    std::string address, client_name;
  };
  static constexpr std::uint64_t kMostEntries = 10'000;

  // Commands of at least this many microseconds are recorded; UINT64_MAX: none.
  std::uint64_t threshold_us() const { return threshold_us_.load(std::memory_order_relaxed); }
  void set_threshold_us(std::uint64_t us) { threshold_us_.store(us, std::memory_order_relaxed); }
  std::uint64_t most() const { return most_.load(std::memory_order_relaxed); }
  void set_most(std::uint64_t entries) KV_EXCLUDES(mutex_);

  // Numbers the entry and adds it. Words are shortened, so the memory is bounded.
  void add(Entry entry, Args words) KV_EXCLUDES(mutex_);
  // Newest first, at most `limit`.
  std::vector<Entry> newest(std::uint64_t limit) const KV_EXCLUDES(mutex_);
  std::size_t size() const KV_EXCLUDES(mutex_);
  void clear() KV_EXCLUDES(mutex_);

 private:
  void shorten() KV_REQUIRES(mutex_);

  std::atomic<std::uint64_t> threshold_us_{10'000};
  std::atomic<std::uint64_t> most_{128};
  mutable Mutex mutex_;
  std::deque<Entry> entries_ KV_GUARDED_BY(mutex_);  // newest first
  std::uint64_t next_id_ KV_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvstore::command
