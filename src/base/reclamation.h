// Deferred freeing for readers without locks (the idea: K. Fraser, "Practical
// lock-freedom", 2004; the two counters: SRCU). A reader announces itself with a
// Guard; what a writer has unlinked and retired is freed once no reader that
// might still see it is left.
//
// Thread rule: Guards on any thread, cheap, may nest. retire() and collect()
// under the writer's lock; they never wait.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace kvstore {

// A small number of this thread's own, to spread counters by.
unsigned thread_stripe();
inline constexpr unsigned kStripes = 64;

class ReclamationEpochs {
 public:
  class Guard {
   public:
    explicit Guard(ReclamationEpochs& epochs) : counter_(epochs.enter()) {}
    ~Guard() { counter_.fetch_sub(1, std::memory_order_release); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    std::atomic<std::uint32_t>& counter_;
  };

  ~ReclamationEpochs();
  // `free` runs later, on a thread that calls retire() or collect().
  void retire(std::function<void()> free);
  void collect();

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint32_t> readers[2] = {};
  };
  std::atomic<std::uint32_t>& enter();
  bool no_readers(unsigned parity) const;

  std::atomic<std::uint32_t> epoch_{0};
  std::array<Stripe, kStripes> stripes_;
  // Guarded by the writer's lock.
  std::vector<std::function<void()>> retired_;  // since the epoch began
  std::vector<std::function<void()>> waiting_;  // retired in the epoch before
};

// A count that many threads add to without sharing a cache line.
class StripedCounter {
 public:
  void add() { stripes_[thread_stripe()].count.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t sum() const {
    std::uint64_t total = 0;
    for (const Stripe& stripe : stripes_) total += stripe.count.load(std::memory_order_relaxed);
    return total;
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> count{0};
  };
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace kvstore
