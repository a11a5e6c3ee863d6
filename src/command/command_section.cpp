#include "src/command/command_section.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace kvstore::command {

// In the total order of atomic operations the exchange is before the second load.
void CommandSection::see(std::uint64_t newest) {
  if (!is_inside()) {
    said_.exchange(newest);
    newest = newest_.load();
  }
  seen_ = newest;
  said_.store(newest, std::memory_order_release);
}

bool CommandSection::has_seen(std::uint64_t change) const {
  const std::uint64_t said = said_.load();
  return said == kOutside || said >= change;
}

// Polls, because most commands end within microseconds and a notification would cost each of them
// more.
void CommandSection::await(std::uint64_t change) const {
  constexpr int kYields = 64;
  constexpr std::chrono::microseconds kLongest{1000};
  std::chrono::microseconds pause{20};
  for (int i = 0; !has_seen(change); ++i) {
    if (i < kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongest);
    }
  }
}

}  // namespace kvstore::command
