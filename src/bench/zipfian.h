// Numbers as the popularity of things has them: the first most often, the n-th in proportion to
// n^-0.99. By J. Gray, P. Sundaresan, S. Englert, K. Baclawski, P. J. Weinberger, "Quickly
// Generating Billion-Record Synthetic Databases", SIGMOD 1994, the algorithm that YCSB uses.
#pragma once

#include <cstdint>
#include <random>

namespace kvstore::bench {

using Random = std::mt19937_64;

inline constexpr double kZipfianConstant = 0.99;

// 0 to 1, without 1.
inline double fraction(Random& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

class Zipfian {
 public:
  // 0 to items - 1; items is at least 1. Takes a time that grows with it.
  explicit Zipfian(std::uint64_t items);
  // Of as many items as YCSB scrambles over whatever there are, with the sum that it knows.
  static Zipfian of_ten_billion();

  // More items than before. What it takes grows with the difference.
  void grow(std::uint64_t items);
  std::uint64_t operator()(Random& random) const;

 private:
  Zipfian(std::uint64_t items, double zeta) : items_(items), zeta_(zeta) { settle(); }
  void settle();

  std::uint64_t items_ = 0;
  double zeta_ = 0;  // the sum of all n^-0.99
  double eta_ = 0;
};

// YCSB's ScrambledZipfianGenerator: the popular ones lie anywhere among `items`.
std::uint64_t scrambled(std::uint64_t number, std::uint64_t items);

}  // namespace kvstore::bench
