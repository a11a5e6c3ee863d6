// Patience with another process that holds the writer's lock.
#pragma once

#include <chrono>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// One open's wait, as Options::lock_wait_ms and on_lock_wait ask for it.
class LockWait {
 public:
  explicit LockWait(const Options& options);

  // After an open that answered kLocked: pauses, then true to try again. False
  // when the time has passed; *error then says how long that was.
  bool again(Error* error);

 private:
  using Clock = std::chrono::steady_clock;

  const Options& options_;
  const Clock::time_point began_ = Clock::now();
  Clock::duration pause_ = std::chrono::milliseconds(1);
  bool noted_ = false;
};

}  // namespace kvstore
