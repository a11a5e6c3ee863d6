// A mutex for what many threads hold for some microseconds each: whoever waits looks again and
// again, for up to 200 us, before it sleeps. To sleep and be woken takes longer than most waits,
// and while threads are being woken one after another, nobody does the work.
//
// Where there are more threads than processors, the holder is often one that was preempted, by
// a thread that then comes to wait for it. As long as that one looks, the holder cannot go on. So
// the mutex knows on which processor it was taken: who waits on the same one yields.
//
// Who lets go of it does not choose who is next, so that it never stands free until a thread that
// sleeps has woken up. A thread that sleeps is woken when it is free and then competes with the
// rest, as for std::mutex.
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
  // On which its holder took it. A hint: he may be elsewhere by now, or not have noted it yet. To
  // look at it leaves the cache line with the holder, as trying to lock would not.
  std::atomic<int> processor_{kFree};
};

}  // namespace kvstore
