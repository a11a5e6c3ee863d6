#include "src/base/mutex.h"

#include <thread>

namespace kvstore {

bool CondVar::wait_until(Mutex& mutex, std::chrono::steady_clock::time_point deadline) {
  // A faked clock may be below zero; then the wait would fail at once without releasing the mutex.
  if (deadline.time_since_epoch().count() < 0) {
    MutexUnlock others_may_go_on(mutex);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::chrono::steady_clock::now() < deadline;
  }
  std::unique_lock lock(mutex.mutex_, std::adopt_lock);
  const bool notified = condition_.wait_until(lock, deadline) == std::cv_status::no_timeout;
  lock.release();
  return notified;
}

}  // namespace kvstore
