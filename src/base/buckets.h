// Counts of numbers by size: how many lay up to each of some round bounds. What a histogram is
// made of.
//
// Thread rule: any thread; a reader may see a number counted whose fellows are not yet.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kvstore {

// Of microseconds: from 10 us to 10 s.
inline constexpr std::array<std::uint64_t, 19> kTimeBounds_us{
    10,     25,     50,      100,     250,     500,       1'000,     2'500,     5'000,     10'000,
    25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
// Of what shares something.
inline constexpr std::array<std::uint64_t, 13> kShareBounds{1,   2,   5,    10,   20,   50,   100,
                                                            200, 500, 1000, 2000, 5000, 10000};

// As it was read: counts[i] lay above bounds[i - 1], and up to bounds[i]; the last above all.
struct BucketCounts {
  std::vector<std::uint64_t> bounds, counts;
  std::uint64_t sum = 0;
};

template <const auto& kBounds>
class Buckets {
 public:
  static constexpr std::size_t kCount = kBounds.size() + 1;

  // Which one `number` falls into. Most are small, so from the left.
  static constexpr std::size_t index_of(std::uint64_t number) {
    std::size_t index = 0;
    while (index < kBounds.size() && number > kBounds[index]) ++index;
    return index;
  }
  void add(std::uint64_t number) {
    add_at(index_of(number), 1);
    sum_.fetch_add(number, std::memory_order_relaxed);
  }
  // So many more of one bucket, which the sum does not have.
  void add_at(std::size_t index, std::uint64_t count) {
    counts_[index].fetch_add(count, std::memory_order_relaxed);
  }
  // Adds what it has to *total, which is empty or of the same bounds.
  void add_to(BucketCounts* total) const {
    total->bounds.assign(kBounds.begin(), kBounds.end());
    total->counts.resize(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      total->counts[i] += counts_[i].load(std::memory_order_relaxed);
    }
    total->sum += sum_.load(std::memory_order_relaxed);
  }
  // Counts on from where another one, of which nothing is added any more, stands.
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
