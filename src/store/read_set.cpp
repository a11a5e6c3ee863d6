#include "src/store/read_set.h"

#include <utility>

namespace kvstore {
namespace {

constexpr std::uint64_t kReadOverhead = 80;  // bytes of memory for each key, besides its own

bool ends_before(const std::optional<std::string>& to, std::string_view key) {
  return to && std::string_view(*to) < key;
}

// A range without an end ends after all others.
bool ends_later(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return b && (!a || *a > *b);
}

std::uint64_t range_memory(std::string_view from, const std::optional<std::string>& to) {
  return 2 * kReadOverhead + from.size() + (to ? to->size() : 0);
}

}  // namespace

std::uint64_t ReadSet::memory_of(std::string_view key) { return key.size() + kReadOverhead; }

std::uint64_t ReadSet::memory_of(const KeyRange& range) {
  return range_memory(range.from, range.to);
}

void ReadSet::add_key(std::string_view key) {
  if (covers(key)) return;
  keys_.emplace(key);
  memory_ += memory_of(key);
}

void ReadSet::add_range(KeyRange range) {
  if (range.to && *range.to <= range.from) return;
  // Ranges that it touches are merged into it.
  auto first = ranges_.upper_bound(range.from);
  if (first != ranges_.begin() && !ends_before(std::prev(first)->second, range.from)) --first;
  auto last = first;
  std::uint64_t freed = 0;
  for (; last != ranges_.end() && (!range.to || last->first <= *range.to); ++last) {
    if (last->first < range.from) range.from = last->first;
    if (ends_later(last->second, range.to)) range.to = last->second;
    freed += range_memory(last->first, last->second);
  }
  // Allocate before anything is removed.
  const std::uint64_t taken = memory_of(range);
  Ranges whole;
  whole.emplace(std::move(range.from), std::move(range.to));
  ranges_.erase(first, last);
  ranges_.merge(whole);
  memory_ += taken - freed;
}

bool ReadSet::is_in_range(std::string_view key) const {
  const auto after = ranges_.upper_bound(key);
  if (after == ranges_.begin()) return false;
  const std::optional<std::string>& to = std::prev(after)->second;
  return !to || key < *to;
}

bool ReadSet::covers(std::string_view key) const {
  return keys_.contains(key) || (!ranges_.empty() && is_in_range(key));
}

}  // namespace kvstore
