#include "src/base/spinning_mutex.h"

#include <sched.h>

#include <thread>

namespace kvstore {
namespace {

constexpr int kSpins = 4000;  // 50 to 200 us: the length of a pause differs between processors
// Limit for yields of the processor. Each yield costs the thread's time slice, and with long
// computations in other threads it would be scheduled last too often.
constexpr int kYields = 40;

void pause_processor() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void SpinningMutex::lock() {
  if (try_lock() || spin()) return;
  mutex_.lock();
  note_holder();
}

// False: the mutex was not acquired.
bool SpinningMutex::spin() {
  int yields = 0;
  for (int i = 0; i < kSpins; ++i) {
    const int processor = processor_.load(std::memory_order_relaxed);
    if (processor == kFree && try_lock()) return true;
    if (processor == ::sched_getcpu() && yields < kYields) {
      ++yields;
      std::this_thread::yield();
    } else {
      pause_processor();
    }
  }
  return false;
}

bool SpinningMutex::try_lock() {
  if (!mutex_.try_lock()) return false;
  note_holder();
  return true;
}

void SpinningMutex::note_holder() { processor_.store(::sched_getcpu(), std::memory_order_relaxed); }

}  // namespace kvstore
