#include "src/bench/histogram.h"

#include <cmath>

namespace kvstore::bench {

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::highest_of(std::size_t bucket) {
  if (bucket < 2 * kHalf) return bucket;
  const std::size_t shift = bucket / kHalf - 1;
  return ((std::uint64_t{bucket - shift * kHalf} + 1) << shift) - 1;
}

std::uint64_t Histogram::at(double share) const {
  const double wanted = std::ceil(share * static_cast<double>(count_));
  const auto least = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= least) return std::min(highest_of(i), max_);
  }
  return max_;
}

}  // namespace kvstore::bench
