#include "src/log/expiry_counts.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kvstore::log {

void ExpiryCounts::remove(std::uint64_t expires) {
  const auto found = counts_.find(bucket(expires, grain_));
  if (found == counts_.end()) return;  // it was never added, because memory had run out
  --keys_;
  if (--found->second == 0) counts_.erase(found);
}

// Moves nodes instead of allocating, so it cannot fail.
void ExpiryCounts::widen() noexcept {
  while (counts_.size() > kMost / 2) {
    grain_ *= 2;
    for (auto at = counts_.begin(); at != counts_.end();) {
      const auto next = std::next(at);
      if (const std::uint64_t end = bucket(at->first, grain_); end != at->first) {
        auto node = counts_.extract(at);
        node.key() = end;
        const auto there = counts_.insert(std::move(node));
        if (!there.inserted) there.position->second += there.node.mapped();
      }
      at = next;
    }
  }
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

}  // namespace kvstore::log
