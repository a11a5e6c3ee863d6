// Counts numbers in buckets with round upper bounds, for histograms.
//
// Thread rule: any thread; a reader may see only some of concurrent additions.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kvstore {

// For microseconds: from 10 us to 10 s.
inline constexpr std::array<std::uint64_t, 19> kTimeBounds_us{
    10,     25,     50,      100,     250,     500,       1'000,     2'500,     5'000,     10'000,
    25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
// For numbers of operations that share something.
inline constexpr std::array<std::uint64_t, 13> kShareBounds{1,   2,   5,    10,   20,   50,   100,
                                                            200, 500, 1000, 2000, 5000, 10000};

// A copy of the counts: counts[i] is above bounds[i - 1], and up to bounds[i]; the last one is
// above all bounds.
struct BucketCounts {
  std::vector<std::uint64_t> bounds, counts;
  std::uint64_t sum = 0;
};

template <const auto& kBounds>
class Buckets {
 public:
  static constexpr std::size_t kCount = kBounds.size() + 1;

  // The bucket of `number`. Most numbers are small, so it searches from the left.
  static constexpr std::size_t index_of(std::uint64_t number) {
    std::size_t index = 0;
    while (index < kBounds.size() && number > kBounds[index]) ++index;
    return index;
  }
  void add(std::uint64_t number) {
    add_at(index_of(number), 1);
    sum_.fetch_add(number, std::memory_order_relaxed);
  }
  // Adds `count` to a bucket, without the sum.
  void add_at(std::size_t index, std::uint64_t count) {
    counts_[index].fetch_add(count, std::memory_order_relaxed);
  }
  // Adds these counts to *total, which is empty or has the same bounds.
  void add_to(BucketCounts* total) const {
    total->bounds.assign(kBounds.begin(), kBounds.end());
    total->counts.resize(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      total->counts[i] += counts_[i].load(std::memory_order_relaxed);
    }
    total->sum += sum_.load(std::memory_order_relaxed);
  }
  // Continues the counts of `other`, which does not change any more.
  void count_on(const Buckets& other) {
    for (std::size_t i = 0; i < kCount; ++i) {
      add_at(i, other.counts_[i].load(std::memory_order_relaxed));
    }
    sum_.fetch_add(other.sum_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  void reset() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
    sum_.store(0, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kCount> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

}  // namespace kvstore
