// Counts refused and dropped clients by reason, for STATS and /metrics.
//
// Thread rule: any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvstore::server {

enum class Away : std::uint8_t {
  // Refused.
  kConnections,  // --max-connections
  kDescriptors,
  kThread,
  // Dropped.
  kMemory,  // --max-buffered, or the system's
  kIdle,
  kRequestTime,
  kLoginTime,
  kHandshakeTime,
  kUnread,  // unread replies, for --write-timeout
  kProtocol,
  kTls,
  kUserRemoved,
  kDamage,  // found within a reply that had begun
};
inline constexpr std::size_t kAwayReasons = 13;

// Value of the label `reason`: "max_connections", "idle_timeout".
constexpr std::string_view name_of(Away reason) {
  constexpr std::string_view kNames[kAwayReasons] = {
      "max_connections", "descriptors",     "threads",       "memory",
      "idle_timeout",    "request_timeout", "login_timeout", "handshake_timeout",
      "write_timeout",   "protocol",        "tls",           "user_removed",
      "damage"};
  return kNames[static_cast<std::size_t>(reason)];
}

class TurnedAway {
 public:
  void note(Away reason) { at(reason).fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t count(Away reason) const {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }
  void reset() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t>& at(Away reason) { return counts_[static_cast<std::size_t>(reason)]; }
  std::array<std::atomic<std::uint64_t>, kAwayReasons> counts_{};
};

}  // namespace kvstore::server
