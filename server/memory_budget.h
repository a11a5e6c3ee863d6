// Limits the memory that all connections together hold for requests, replies and kept buffers. It
// counts memory, not bytes of payload, and before it is taken. Otherwise the limit would be the
// product of the limits for one connection and for the number of connections, which is too much.
//
// A small part of each connection is not counted, so that ordinary traffic never touches the shared
// counter. All these parts are reserved in advance.
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

  // The uncounted part of each connection.
  std::size_t free_part() const { return free_part_; }

  // A refused amount is never counted, not even for a moment: others would be refused because of
  // it.
  bool take(std::size_t bytes) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ || used > limit_ - bytes) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void give(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  // For memory that is held already: may exceed the limit.
  void take_anyway(std::size_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  bool is_full() const { return used() >= limit_; }
  // True if kept buffers should be freed.
  bool is_scarce() const { return used() >= limit_ / 2; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMaxFreePart = std::size_t{80} << 10;

  const std::size_t free_part_;
  const std::size_t limit_;  // for counted memory
  std::atomic<std::size_t> used_{0};
};

// One connection's part of the budget; returned at its end. Not thread-safe.
class MemoryShare {
 public:
  explicit MemoryShare(MemoryBudget& budget) : budget_(budget) {}
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  ~MemoryShare() { budget_.give(taken_); }

  // Changes the memory held to `held` bytes. False, and nothing changed, if the budget does not
  // allow it.
  bool resize(std::size_t held) {
    const std::size_t wanted = counted(held);
    if (wanted > taken_ && !budget_.take(wanted - taken_)) return false;
    if (wanted < taken_) budget_.give(taken_ - wanted);
    taken_ = wanted;
    return true;
  }
  // The same for memory that is held already.
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
