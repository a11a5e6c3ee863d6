#include "src/base/spinning_mutex.h"

#include <sched.h>

#include <thread>

namespace kvstore {
namespace {

constexpr int kSpins = 4000;  // 50 to 200 us: processors differ in how long a pause is
// So often the processor is left to others. Each time a thread's turn of it is lost, and where
// others compute for long it would be last too often.
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

// False: it was in vain.
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
