#include "src/log/validity.h"

#include <algorithm>

#include "src/base/check.h"
#include "src/log/format.h"

namespace kvstore::log {

ValidityMap::ValidityMap(const std::vector<EpochStart>& starts, const Base& base) : base_(base) {
  for (const EpochStart& start : starts) epochs_.push(start);
  publish_newest();
}

void ValidityMap::publish_newest() {
  const auto starts = epochs_.items();
  const std::uint64_t word = starts.empty() ? 0 : starts.back().begin << 16 | starts.back().epoch;
  newest_.store(word, std::memory_order_release);
}

bool ValidityMap::older_holds(std::uint64_t offset, std::uint16_t epoch) const {
  const auto starts = epochs_.items();
  const auto later =
      std::upper_bound(starts.begin(), starts.end(), offset,
                       [](std::uint64_t at, const EpochStart& start) { return at < start.begin; });
  if (later != starts.begin()) return (later - 1)->epoch == epoch;
  // The list may have been too long for a slot: then the oldest are missing.
  return starts.empty() || epoch_is_later(starts.front().epoch, epoch);
}

bool ValidityMap::may_hold(std::uint64_t offset, std::uint16_t epoch) const {
  const std::uint64_t newest = newest_.load(std::memory_order_acquire);
  const auto last = static_cast<std::uint16_t>(newest);
  if (newest == 0) return true;
  if (offset < newest >> 16) return older_holds(offset, epoch);
  return epoch == last || epoch_is_later(epoch, last);
}

void ValidityMap::add_epoch(std::uint64_t begin, std::uint16_t epoch) {
  KV_CHECK(begin <= kMaxOffset && epoch != 0);
  const auto starts = epochs_.items();
  KV_CHECK(starts.empty() || starts.back().begin <= begin);
  epochs_.push({begin, epoch});
  publish_newest();
}

void ValidityMap::add_older(const std::vector<EpochStart>& starts) {
  std::vector<EpochStart> all = starts;
  for (const EpochStart& known : epochs_.items()) {
    const bool follows = all.empty() || (known.begin >= all.back().begin &&
                                         epoch_is_later(known.epoch, all.back().epoch));
    if (follows) all.push_back(known);
  }
  epochs_.truncate(0);
  for (const EpochStart& start : all) epochs_.push(start);
  publish_newest();
}

void ValidityMap::cut(std::uint64_t end) {
  const auto starts = epochs_.items();
  std::size_t kept = starts.size();
  while (kept > 0 && starts[kept - 1].begin >= end) --kept;
  epochs_.truncate(kept);
  publish_newest();
}

void ValidityMap::add_damage(std::uint64_t begin, std::uint64_t end) {
  const auto ranges = damage_.items();
  KV_CHECK(begin < end);
  if (!ranges.empty() && begin < ranges.back().end) return;
  damage_.push({begin, end});
  damaged_.store(true, std::memory_order_release);
}

bool ValidityMap::is_damaged(std::uint64_t offset) const {
  const auto ranges = damage_.items();
  const auto later =
      std::upper_bound(ranges.begin(), ranges.end(), offset,
                       [](std::uint64_t at, const Range& range) { return at < range.begin; });
  return later != ranges.begin() && offset < (later - 1)->end;
}

}  // namespace kvstore::log
