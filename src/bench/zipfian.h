// Numbers with a Zipfian distribution: the first is the most frequent, the n-th has a frequency in
// proportion to n^-0.99. By J. Gray, P. Sundaresan, S. Englert, K. Baclawski, P. J. Weinberger,
// "Quickly Generating Billion-Record Synthetic Databases", SIGMOD 1994, the algorithm that YCSB
// uses.
#pragma once

#include <cstdint>
#include <random>

namespace kvstore::bench {

using Random = std::mt19937_64;

inline constexpr double kZipfianConstant = 0.99;

// A number from 0 up to, but not including, 1.
inline double fraction(Random& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

class Zipfian {
 public:
  // Numbers from 0 to items - 1; `items` is at least 1. The time to construct grows with `items`.
  explicit Zipfian(std::uint64_t items);
  // For the number of items that YCSB always uses before it scrambles, with its precomputed sum.
  static Zipfian of_ten_billion();

  // Increases the number of items. The time grows with the difference.
  void grow(std::uint64_t items);
  std::uint64_t operator()(Random& random) const;

 private:
  Zipfian(std::uint64_t items, double zeta) : items_(items), zeta_(zeta) { settle(); }
  void settle();

  std::uint64_t items_ = 0;
  double zeta_ = 0;  // the sum of all n^-0.99
  double eta_ = 0;
};

// YCSB's ScrambledZipfianGenerator: spreads the frequent numbers over all `items`.
std::uint64_t scrambled(std::uint64_t number, std::uint64_t items);

}  // namespace kvstore::bench
