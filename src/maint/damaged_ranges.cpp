#include "src/maint/damaged_ranges.h"

#include <algorithm>

#include "src/base/hash.h"

namespace kvstore::maint {
namespace {

std::uint32_t short_hash(std::string_view key) { return static_cast<std::uint32_t>(hash_key(key)); }

constexpr auto begins_behind = [](std::uint64_t offset, const DamagedRange& range) {
  return offset < range.corrupt.begin;
};

}  // namespace

bool DamagedRange::names(std::string_view key) const {
  return short_hash(key) == corrupt.affected_key_hash;
}

void DamagedRanges::add(const log::CorruptRange& corrupt, std::size_t damage) {
  if (corrupt.names_affected_key) named_[corrupt.affected_key_hash].push_back(ranges_.size());
  if (corrupt.others_lost) unnamed_.push_back(ranges_.size());
  ranges_.push_back({corrupt, damage, false, false, fit_});
  fit_ += (corrupt.end - corrupt.begin) / log::kRecordHeaderSize;
}

DamagedRange* DamagedRanges::at(std::uint64_t offset) {
  const auto behind = std::upper_bound(ranges_.begin(), ranges_.end(), offset, begins_behind);
  if (behind == ranges_.begin()) return nullptr;
  DamagedRange& range = *(behind - 1);
  return offset < range.corrupt.end ? &range : nullptr;
}

std::uint64_t DamagedRanges::records_lost_after(std::uint64_t offset) const {
  const auto behind = std::upper_bound(ranges_.begin(), ranges_.end(), offset, begins_behind);
  return behind == ranges_.end() ? 0 : fit_ - behind->fit_before;
}

const DamagedRange& DamagedRanges::first_lossy(std::string_view key, std::uint64_t after,
                                               const DamagedRange& last) const {
  const auto behind = std::lower_bound(
      ranges_.begin(), ranges_.end(), after,
      [](const DamagedRange& range, std::uint64_t offset) { return range.corrupt.begin < offset; });
  const auto from = static_cast<std::size_t>(behind - ranges_.begin());
  auto first = static_cast<std::size_t>(&last - ranges_.data());
  const auto look_in = [&](const std::vector<std::size_t>& numbers) {
    const auto found = std::lower_bound(numbers.begin(), numbers.end(), from);
    if (found != numbers.end()) first = std::min(first, *found);
  };
  look_in(unnamed_);
  const auto named = named_.find(short_hash(key));
  if (named != named_.end()) look_in(named->second);
  return ranges_[first];
}

DamagedRange* DamagedRanges::last_of(std::string_view key, std::uint64_t offset) {
  const auto named = named_.find(short_hash(key));
  if (named == named_.end()) return nullptr;
  for (auto i = named->second.rbegin(); i != named->second.rend(); ++i) {
    DamagedRange& range = ranges_[*i];
    if (offset > range.corrupt.begin) return nullptr;
    if (!range.is_explained()) return &range;
  }
  return nullptr;
}

std::vector<DamagedRange*> DamagedRanges::between(std::string_view key, std::uint64_t after,
                                                  std::uint64_t until, bool explained) {
  std::vector<DamagedRange*> found;
  const auto named = named_.find(short_hash(key));
  if (named == named_.end()) return found;
  for (const std::size_t i : named->second) {
    DamagedRange& range = ranges_[i];
    const bool is_between = range.corrupt.begin > after && range.corrupt.begin < until;
    if (is_between && (explained || !range.is_explained())) found.push_back(&range);
  }
  return found;
}

bool DamagedRanges::has_unnamed_between(std::uint64_t after, std::uint64_t until) const {
  return std::any_of(unnamed_.begin(), unnamed_.end(), [&](std::size_t i) {
    const std::uint64_t begin = ranges_[i].corrupt.begin;
    return begin > after && begin < until && !ranges_[i].indexed;
  });
}

std::uint64_t DamagedRanges::last_unnamed() const {
  for (auto i = unnamed_.rbegin(); i != unnamed_.rend(); ++i) {
    if (!ranges_[*i].indexed) return ranges_[*i].corrupt.begin;
  }
  return 0;
}

}  // namespace kvstore::maint
