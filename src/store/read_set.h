// What a transaction has read, to be looked at again when it commits: keys, those that were
// missing too, and ranges of keys.
//
// Thread rule: one thread's at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "src/base/hash.h"
#include "src/store/key_range.h"

namespace kvstore {

class ReadSet {
 public:
  void add_key(std::string_view key);
  void add_range(KeyRange range);
  // Of a value that was read and had not expired.
  void add_expiry(std::uint64_t expires_ms) {
    if (expires_ms != 0 && expires_ms < earliest_expiry_ms_) earliest_expiry_ms_ = expires_ms;
  }

  bool has_key(std::string_view key) const { return keys_.contains(key); }
  // The key was read, by itself or as one of a range.
  bool covers(std::string_view key) const;
  bool is_empty() const { return keys_.empty() && ranges_.empty(); }
  bool has_ranges() const { return !ranges_.empty(); }
  // From when on something that was read has expired; UINT64_MAX: never.
  std::uint64_t earliest_expiry_ms() const { return earliest_expiry_ms_; }
  template <class Visit>
  void visit_keys(Visit&& visit) const {
    for (const std::string& key : keys_) {
      if (!visit(std::string_view(key))) return;
    }
  }
  // Bytes it takes, about; and what one more read adds at most.
  std::uint64_t memory() const { return memory_; }
  static std::uint64_t memory_of(std::string_view key);
  static std::uint64_t memory_of(const KeyRange& range);

 private:
  bool is_in_range(std::string_view key) const;

  std::unordered_set<std::string, SeededHash, std::equal_to<>> keys_;
  // By `from`; they neither touch nor overlap.
  using Ranges = std::map<std::string, std::optional<std::string>, std::less<>>;
  Ranges ranges_;
  std::uint64_t earliest_expiry_ms_ = UINT64_MAX;
  std::uint64_t memory_ = 0;
};

}  // namespace kvstore
