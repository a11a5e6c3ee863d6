// How much memory all connections together may hold for requests and replies, and
// for buffers that are kept for the next ones. What is counted is memory, not bytes
// of payload, and it is asked for before it is taken. Without it the cap of a
// connection times the cap on connections would be the bound, and that is too much.
#pragma once

#include <atomic>
#include <cstddef>

namespace kvstore::server {

// Thread rule: any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return true;
    give(bytes);
    return false;
  }
  void give(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  // For what is held already: may go beyond the limit.
  void take_anyway(std::size_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  bool is_full() const { return used() >= limit_; }
  // Time to give back what is only kept.
  bool is_scarce() const { return used() >= limit_ / 2; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

// One connection's part of it; given back with the connection. Not thread-safe.
class MemoryShare {
 public:
  // Not counted, so that ordinary traffic never touches the shared number.
  static constexpr std::size_t kFree = std::size_t{64} << 10;

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
  static std::size_t counted(std::size_t held) { return held > kFree ? held - kFree : 0; }

  MemoryBudget& budget_;
  std::size_t taken_ = 0;
};

}  // namespace kvstore::server
