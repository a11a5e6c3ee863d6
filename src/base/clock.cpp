#include "src/base/clock.h"

#include <ctime>

namespace kvstore {

std::uint64_t now_us() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec < 0) return 0;
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

std::uint64_t believed_now_us() {
  const std::uint64_t now = now_us();
  return is_believable(now) ? now : kEarliestBelieved;
}

}  // namespace kvstore
