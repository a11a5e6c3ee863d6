// The oracle: what a store must answer, kept as plainly as possible.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kvstore::testing {

// Every version of every key. nullopt: deleted.
class Model {
 public:
  using Value = std::optional<std::string>;

  void set(const std::string& key, std::uint64_t seq, Value value) {
    versions_[key].emplace_back(seq, std::move(value));
  }
  // The newest version with a seq of at most `seq`.
  Value at(const std::string& key, std::uint64_t seq) const {
    const auto found = versions_.find(key);
    if (found == versions_.end()) return std::nullopt;
    const auto& versions = found->second;
    const auto behind = std::upper_bound(
        versions.begin(), versions.end(), seq,
        [](std::uint64_t bound, const auto& version) { return bound < version.first; });
    return behind == versions.begin() ? std::nullopt : std::prev(behind)->second;
  }
  // The seq of that version; 0: there is none.
  std::uint64_t seq_at(const std::string& key, std::uint64_t seq) const {
    std::uint64_t newest = 0;
    const auto found = versions_.find(key);
    if (found == versions_.end()) return 0;
    for (const auto& version : found->second) {
      if (version.first <= seq) newest = version.first;
    }
    return newest;
  }
  // Of all its versions, the oldest first.
  std::vector<std::uint64_t> seqs(const std::string& key) const {
    std::vector<std::uint64_t> seqs;
    const auto found = versions_.find(key);
    if (found == versions_.end()) return seqs;
    for (const auto& version : found->second) seqs.push_back(version.first);
    return seqs;
  }
  Value now(const std::string& key) const { return at(key, UINT64_MAX); }
  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& [key, versions] : versions_) names.push_back(key);
    return names;
  }

 private:
  std::map<std::string, std::vector<std::pair<std::uint64_t, Value>>> versions_;
};

}  // namespace kvstore::testing
