#include "src/base/reclamation.h"

#include <algorithm>

namespace kvstore {

unsigned thread_stripe() {
  static std::atomic<unsigned> next{0};
  thread_local const unsigned stripe = next.fetch_add(1, std::memory_order_relaxed) % kStripes;
  return stripe;
}

std::atomic<std::uint32_t>& ReclamationEpochs::enter() {
  Stripe& stripe = stripes_[thread_stripe()];
  while (true) {
    const std::uint32_t epoch = epoch_.load();
    std::atomic<std::uint32_t>& counter = stripe.readers[epoch & 1];
    counter.fetch_add(1);
    // Only if the epoch is unchanged, its end is not being waited for yet.
    if (epoch_.load() == epoch) return counter;
    counter.fetch_sub(1);
  }
}

bool ReclamationEpochs::no_readers(unsigned parity) const {
  return std::all_of(stripes_.begin(), stripes_.end(),
                     [parity](const Stripe& stripe) { return stripe.readers[parity].load() == 0; });
}

void ReclamationEpochs::advance() {
  const std::uint32_t epoch = epoch_.load();
  if (!waiting_.empty()) {
    if (!no_readers((epoch + 1) & 1)) return;
    for (auto& free : waiting_) free();
    waiting_.clear();
  }
  if (retired_.empty()) return;
  // A new epoch may begin only when the one before the last is empty, because its counter is used
  // again.
  if (!no_readers((epoch + 1) & 1)) return;
  waiting_.swap(retired_);
  epoch_.store(epoch + 1);
  if (!no_readers(epoch & 1)) return;
  for (auto& free : waiting_) free();
  waiting_.clear();
}

void ReclamationEpochs::collect_pending() {
  MutexLock lock(mutex_);
  advance();
  pending_.store(!retired_.empty() || !waiting_.empty(), std::memory_order_relaxed);
}

void ReclamationEpochs::retire(Retired retired) noexcept {
  {
    MutexLock lock(mutex_);
    retired_.splice(retired_.end(), retired);
    pending_.store(true, std::memory_order_relaxed);
  }
  collect();
}

ReclamationEpochs::~ReclamationEpochs() {
  MutexLock lock(mutex_);
  for (auto& free : waiting_) free();
  for (auto& free : retired_) free();
}

}  // namespace kvstore
