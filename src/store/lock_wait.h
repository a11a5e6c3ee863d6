// Waits for another process to release the writer lock.
#pragma once

#include <chrono>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// The wait of one open, as Options::lock_wait_ms and on_lock_wait specify.
class LockWait {
 public:
  explicit LockWait(const Options& options);

  // Call it after an open that answered kLocked: pauses, then returns true to try again. Returns
  // false when the time is over, and adds to *error how long it waited.
  bool again(Error* error);

 private:
  using Clock = std::chrono::steady_clock;

  const Options& options_;
  const Clock::time_point began_ = Clock::now();
  Clock::duration pause_ = std::chrono::milliseconds(1);
  bool noted_ = false;
};

}  // namespace kvstore
