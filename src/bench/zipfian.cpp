#include "src/bench/zipfian.h"

#include <algorithm>
#include <cmath>

namespace kvstore::bench {
namespace {

constexpr double kTheta = kZipfianConstant;
constexpr double kAlpha = 1 / (1 - kTheta);
const double kZetaOf2 = 1 + std::pow(0.5, kTheta);

}  // namespace

Zipfian::Zipfian(std::uint64_t items) { grow(items); }

Zipfian Zipfian::of_ten_billion() { return Zipfian(10'000'000'000, 26.46902820178302); }

void Zipfian::grow(std::uint64_t items) {
  while (items_ < items) zeta_ += std::pow(static_cast<double>(++items_), -kTheta);
  settle();
}

void Zipfian::settle() {
  const double share = std::pow(2.0 / static_cast<double>(items_), 1 - kTheta);
  eta_ = items_ <= 2 ? 1 : (1 - share) / (1 - kZetaOf2 / zeta_);
}

std::uint64_t Zipfian::operator()(Random& random) const {
  const double u = fraction(random);
  const double uz = u * zeta_;
  if (uz < 1) return 0;
  if (uz < kZetaOf2) return std::min<std::uint64_t>(1, items_ - 1);
  const double n = static_cast<double>(items_) * std::pow(eta_ * u - eta_ + 1, kAlpha);
  return std::min(static_cast<std::uint64_t>(n), items_ - 1);
}

// FNV-1a of the number's eight bytes, as in YCSB.
std::uint64_t scrambled(std::uint64_t number, std::uint64_t items) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (int i = 0; i < 8; ++i, number >>= 8) hash = (hash ^ (number & 0xFF)) * 1099511628211U;
  return hash % items;
}

}  // namespace kvstore::bench
