// A mutex for short critical sections of some microseconds in many threads: a waiting thread spins
// for up to 200 us before it sleeps. To sleep and be woken takes longer than most waits, and while
// threads are woken one after another, none makes progress.
//
// With more threads than processors, the holder is often a thread that was preempted by a thread
// that then waits for it. While that one spins, the holder cannot run. So the mutex stores the
// processor on which it was acquired: a thread that waits on the same one yields.
//
// Unlocking does not choose the next holder, so the mutex is never free while a chosen thread wakes
// up. A sleeping thread is woken when it is free and then competes with the others, as for
// std::mutex.
#pragma once

#include <atomic>
#include <mutex>

#include "src/base/mutex.h"

namespace kvstore {

class KV_CAPABILITY("mutex") SpinningMutex {
 public:
  void lock() KV_ACQUIRE();
  void unlock() KV_RELEASE() {
    processor_.store(kFree, std::memory_order_relaxed);
    mutex_.unlock();
  }

 private:
  static constexpr int kFree = -1;
  bool try_lock();
  bool spin();
  void note_holder();

  std::mutex mutex_;
  // The processor on which the holder acquired it. A hint: the holder may have moved, or not have
  // stored it yet. Reading it leaves the cache line with the holder, unlike an attempt to lock.
  std::atomic<int> processor_{kFree};
};

}  // namespace kvstore
