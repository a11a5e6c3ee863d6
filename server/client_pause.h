// CLIENT PAUSE: commands of all clients wait for a while.
//
// Thread rule: any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "server/deadline.h"
#include "src/command/server_control.h"
#include "src/command/table.h"

namespace kvstore::server {

class ClientPause {
 public:
  void begin(command::Pause what, std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);
    until_.store((Clock::now() + std::min(time, kLongest)).time_since_epoch().count());
    what_.store(what);
  }
  bool is_on() const { return what_.load(std::memory_order_relaxed) != command::Pause::kNone; }
  void end() { what_.store(command::Pause::kNone); }
  // Until when the command has to wait; nullopt: it has not. Costs a load where nothing is paused.
  std::optional<Clock::time_point> holds(const command::Command* row) const {
    const command::Pause what = what_.load(std::memory_order_relaxed);
    if (what == command::Pause::kNone) [[likely]]
      return std::nullopt;
    const Clock::time_point until{Clock::duration(until_.load())};
    if (row != nullptr && row->name == "CLIENT") return std::nullopt;  // it may end the pause
    const bool is_held = what == command::Pause::kAll || (row != nullptr && may_write(*row));
    return is_held && Clock::now() < until ? std::optional(until) : std::nullopt;
  }

 private:
  // EXEC and COMMIT may have anything in them.
  static bool may_write(const command::Command& row) {
    return row.has(command::kWrite) || row.name == "EXEC" || row.name == "COMMIT";
  }
  std::atomic<command::Pause> what_{command::Pause::kNone};
  std::atomic<Clock::rep> until_{0};
};

}  // namespace kvstore::server
