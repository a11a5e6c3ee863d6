#include "src/store/expiry_counts.h"

#include <algorithm>

namespace kvstore {

void ExpiryCounts::remove(std::uint64_t expires) {
  const auto found = counts_.find(expires);
  if (found == counts_.end()) return;  // never added: memory had run out
  --keys_;
  if (--found->second == 0) counts_.erase(found);
}

std::uint64_t ExpiryCounts::take(std::uint64_t until, std::uint64_t limit) {
  std::uint64_t taken = 0;
  while (limit-- > 0 && !counts_.empty() && counts_.begin()->first <= until) {
    taken += counts_.begin()->second;
    taken_until_ = std::max(taken_until_, counts_.begin()->first);
    counts_.erase(counts_.begin());
  }
  keys_ -= taken;
  return taken;
}

}  // namespace kvstore
