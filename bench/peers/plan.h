// How much is done, how often, and where.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace peers {

struct Plan {
  double scale = 1;    // of the sizes below; a test runs a thousandth
  std::uint64_t full_keys = 1'000'000;
  std::size_t value_size = 100;
  std::string workload;  // empty: all
  int rounds = 3;      // medians of
  double seconds = 2;  // reads and synced writes of one measurement stop then
  std::string directory = ".";

  std::uint64_t keys() const { return scaled(static_cast<double>(full_keys), 500); }
  std::uint64_t grown_keys() const { return scaled(1'000, 20); }
  // Appends a key: values of 100 KB and of 400 KiB.
  std::uint64_t pieces(std::size_t size) const {
    return size < 1000 ? scaled(1'000, 10) : scaled(100, 3);
  }

 private:
  std::uint64_t scaled(double full, std::uint64_t least) const {
    return std::max(least, static_cast<std::uint64_t>(full * std::min(scale, 1.0)));
  }
};

}  // namespace peers
