// Deferred freeing for lock-free readers (the idea: K. Fraser, "Practical lock-freedom", 2004; the
// two counters: SRCU). A reader holds a Guard; what a writer has unlinked and retired is freed when
// no reader that may still see it is left.
//
// Thread rule: any thread. Guards are cheap and may nest. retire() and collect() never wait for
// readers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>

#include "src/base/mutex.h"

namespace kvstore {

// A small number that differs between threads, to distribute counters.
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
  // Functions that run later, on a thread that calls retire() or collect(). They must not call
  // either.
  using Retired = std::list<std::function<void()>>;
  // The list is allocated before the unlinking, because afterwards it must not fail.
  void retire(Retired retired) noexcept KV_EXCLUDES(mutex_);
  // Frees what no reader can see any more.
  void collect() KV_EXCLUDES(mutex_) {
    if (pending_.load(std::memory_order_relaxed)) collect_pending();
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint32_t> readers[2] = {};
  };
  std::atomic<std::uint32_t>& enter();
  bool no_readers(unsigned parity) const;
  void collect_pending() KV_EXCLUDES(mutex_);
  void advance() KV_REQUIRES(mutex_);

  std::atomic<std::uint32_t> epoch_{0};
  std::array<Stripe, kStripes> stripes_;
  std::atomic<bool> pending_{false};  // something is retired but not freed
  Mutex mutex_;
  Retired retired_ KV_GUARDED_BY(mutex_);  // since the present epoch began
  Retired waiting_ KV_GUARDED_BY(mutex_);  // in the epoch before
};

// A counter for many threads, without sharing a cache line.
class StripedCounter {
 public:
  void add(std::uint64_t count = 1) {
    stripes_[thread_stripe()].count.fetch_add(count, std::memory_order_relaxed);
  }
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
