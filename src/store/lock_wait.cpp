#include "src/store/lock_wait.h"

#include <algorithm>
#include <thread>

#include <fmt/core.h>

namespace kvstore {
namespace {

// Most writers finish sooner: nothing needs to be reported about them.
constexpr std::chrono::milliseconds kQuietTime{400};
constexpr std::chrono::milliseconds kLongestPause{25};

}  // namespace

LockWait::LockWait(const Options& options) : options_(options) {}

bool LockWait::again(Error* error) {
  const std::chrono::milliseconds limit(options_.lock_wait_ms);
  const auto waited = Clock::now() - began_;
  if (waited >= limit) {
    if (limit.count() > 0) {
      error->message += fmt::format(" (waited {:.3g} s)", static_cast<double>(limit.count()) / 1e3);
    }
    return false;
  }
  if (!noted_ && waited >= kQuietTime) {
    noted_ = true;
    if (options_.on_lock_wait) options_.on_lock_wait(*error);
  }
  std::this_thread::sleep_for(std::min<Clock::duration>(pause_, limit - waited));
  pause_ = std::min<Clock::duration>(pause_ * 2, kLongestPause);
  return true;
}

}  // namespace kvstore
