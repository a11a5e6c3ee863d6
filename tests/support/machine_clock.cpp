#include "tests/support/machine_clock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

namespace {
std::atomic<std::int64_t> shifted{0};
}  // namespace

// In the place of the C library's.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto failed = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (failed == 0 && clock == CLOCK_REALTIME) time->tv_sec += shifted.load();
  return failed;
}

void kvstore::testing::shift_clock(std::int64_t seconds) { shifted = seconds; }
