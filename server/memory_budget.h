// How much memory all connections together may hold for requests and replies, and
// for buffers that are kept for the next ones. What is counted is memory, not bytes
// of payload, and it is asked for before it is taken. Without it the cap of a
// connection times the cap on connections would be the bound, and that is too much.
//
// A small part of each connection is not counted, so that ordinary traffic never
// touches the shared number. All those parts are set aside beforehand.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace kvstore::server {

// Thread rule: any thread.
class MemoryBudget {
 public:
  MemoryBudget(std::size_t limit, std::size_t connections)
      : free_part_(std::min(kMaxFreePart, limit / 4 / std::max<std::size_t>(connections, 1))),
        limit_(limit - free_part_ * connections) {}

  // What each connection may hold uncounted.
  std::size_t free_part() const { return free_part_; }

  // What is refused is never counted, not even for a moment: others would be refused for it.
  bool take(std::size_t bytes) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ || used > limit_ - bytes) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void give(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  // For what is held already: may go beyond the limit.
  void take_anyway(std::size_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  bool is_full() const { return used() >= limit_; }
  // Time to give back what is only kept.
  bool is_scarce() const { return used() >= limit_ / 2; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMaxFreePart = std::size_t{80} << 10;

  const std::size_t free_part_;
  const std::size_t limit_;  // of what is counted
  std::atomic<std::size_t> used_{0};
};

// One connection's part of it; given back with the connection. Not thread-safe.
class MemoryShare {
 public:
  explicit MemoryShare(MemoryBudget& budget) : budget_(budget) {}
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  ~MemoryShare() { budget_.give(taken_); }

  // From now on `held` bytes are held. False, and nothing changed, if there is
  // no room for more.
  bool resize(std::size_t held) {
    const std::size_t wanted = counted(held);
    if (wanted > taken_ && !budget_.take(wanted - taken_)) return false;
    if (wanted < taken_) budget_.give(taken_ - wanted);
    taken_ = wanted;
    return true;
  }
  // The same for what is held already.
  void correct(std::size_t held) {
    const std::size_t wanted = counted(held);
    if (wanted > taken_) budget_.take_anyway(wanted - taken_);
    if (wanted < taken_) budget_.give(taken_ - wanted);
    taken_ = wanted;
  }

 private:
  std::size_t counted(std::size_t held) const {
    const std::size_t free = budget_.free_part();
    return held > free ? held - free : 0;
  }

  MemoryBudget& budget_;
  std::size_t taken_ = 0;
};

}  // namespace kvstore::server
