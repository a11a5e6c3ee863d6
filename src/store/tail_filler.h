// Makes the pages ahead of a log's end present and writable before a write reaches them, on
// a thread of its own: the kernel's zeroing and bookkeeping of new pages is half of what a
// large write costs, and a sync of pages that were written once is faster than one that
// has to note in the file system that they were.
//
// Nothing depends on it: pages it has not got to are made when they are written to. The
// thread starts when so much is written that it pays.
//
// Thread rule: note() under the writer lock, stop() when no call is under way.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "src/base/mutex.h"
#include "src/log/log.h"

namespace kvstore {

class TailFiller {
 public:
  // The log must outlive it, or stop().
  explicit TailFiller(log::Log& log);
  ~TailFiller() { stop(); }

  // After a write. No system call, but once in kStep bytes.
  void note(std::uint64_t end) noexcept {
    if (end >= next_.load(std::memory_order_relaxed)) [[unlikely]]
      wake(end);
  }
  void stop() KV_EXCLUDES(mutex_);

 private:
  static constexpr std::uint64_t kStep = std::uint64_t{512} << 10;
  static constexpr std::uint64_t kAhead = std::uint64_t{4} << 20;

  void wake(std::uint64_t end) noexcept KV_EXCLUDES(mutex_);
  void run() KV_EXCLUDES(mutex_);

  log::Log& log_;
  std::atomic<std::uint64_t> next_;  // when the log's end is here, there is work
  Mutex mutex_;
  CondVar wake_;
  std::uint64_t wanted_ KV_GUARDED_BY(mutex_) = 0;  // to be filled up to here
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool started_ KV_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace kvstore
