#include "src/maint/key_groups.h"

#include <algorithm>

namespace kvstore::maint {
namespace {

constexpr std::size_t kLongestName = 64;

bool is_larger(const KeyGroup& a, const KeyGroup& b) {
  return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
}

}  // namespace

std::string_view group_of(std::string_view key) {
  const std::size_t end = key.substr(0, kLongestName).find_first_of(":/.");
  return end == key.npos ? std::string_view() : key.substr(0, end + 1);
}

KeyGroup& KeyGroups::at(std::string_view key) {
  const std::string_view name = group_of(key);
  if (const auto found = groups_.find(name); found != groups_.end()) return found->second;
  if (groups_.size() >= kMostGroups) drop_small();
  KeyGroup& group = groups_[std::string(name)];
  group.name = name;
  return group;
}

void KeyGroups::drop_small() {
  is_partial_ = true;
  std::vector<std::uint64_t> sizes;
  sizes.reserve(groups_.size());
  for (const auto& [name, group] : groups_) sizes.push_back(group.bytes);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  std::erase_if(groups_, [limit = *middle](const auto& one) { return one.second.bytes <= limit; });
}

std::vector<KeyGroup> KeyGroups::largest(std::size_t most) const {
  std::vector<KeyGroup> all;
  all.reserve(groups_.size());
  for (const auto& [name, group] : groups_) all.push_back(group);
  std::sort(all.begin(), all.end(), is_larger);
  all.resize(std::min(all.size(), most));
  return all;
}

}  // namespace kvstore::maint
