// A histogram of latencies in log-linear buckets, 128 for each power of two, so that a quantile is
// at
// most 0.8% above the recorded value, from 1 ns to centuries.
//
// The buckets are those of HdrHistogram (Gil Tene, hdrhistogram.org). Debian 12 does not package
// its
// C library; this file has the part that is needed here.
//
// Not thread-safe: each client has one, and they are merged at the end. Takes 58 KiB.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace kvstore::bench {

class Histogram {
 public:
  void record(std::uint64_t value) {
    ++counts_[bucket_of(value)];
    ++count_;
    max_ = std::max(max_, value);
  }
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  // The value that a `share` (0 to 1) of all recorded values does not exceed; 0 if there are none.
  std::uint64_t at(double share) const;

 private:
  static constexpr int kBits = 7;
  static constexpr std::size_t kHalf = std::size_t{1} << kBits;

  // Below 2 * kHalf each value has its own bucket; above it, a bucket is the top eight bits of a
  // value and
  // the number of bits it was shifted by.
  static std::size_t bucket_of(std::uint64_t value) {
    const int shift = std::max(static_cast<int>(std::bit_width(value)) - kBits - 1, 0);
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t highest_of(std::size_t bucket);

  std::array<std::uint64_t, (64 - kBits + 1) * kHalf> counts_{};
  std::uint64_t count_ = 0, max_ = 0;
};

}  // namespace kvstore::bench
