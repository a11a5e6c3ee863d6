// CLIENT PAUSE: holds the commands of all clients for a while.
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
#include "src/command/session.h"

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
  // Until when the command must wait; nullopt: it need not. nullptr: an unknown command.
  std::optional<Clock::time_point> holds(const command::Command* row,
                                         const command::Session& session) const {
    const command::Pause what = what_.load(std::memory_order_relaxed);
    if (what == command::Pause::kNone) return std::nullopt;
    if (row != nullptr && row->name == "CLIENT") return std::nullopt;  // it may end the pause
    const bool may_write = row != nullptr && session.may_change_something(*row);
    const Clock::time_point until{Clock::duration(until_.load())};
    const bool is_held = what == command::Pause::kAll || may_write;
    return is_held && Clock::now() < until ? std::optional(until) : std::nullopt;
  }

 private:
  std::atomic<command::Pause> what_{command::Pause::kNone};
  std::atomic<Clock::rep> until_{0};
};

}  // namespace kvstore::server
