// What a transaction has read, for the check when it commits: keys, including missing ones, and
// ranges of keys.
//
// Thread rule: one thread at a time.
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
  // Notes the expiry of a value that was read and had not expired.
  void add_expiry(std::uint64_t expires_ms) {
    if (expires_ms != 0 && expires_ms < earliest_expiry_ms_) earliest_expiry_ms_ = expires_ms;
  }

  bool has_key(std::string_view key) const { return keys_.contains(key); }
  // True if the key was read, by itself or as part of a range.
  bool covers(std::string_view key) const;
  bool is_empty() const { return keys_.empty() && ranges_.empty(); }
  bool has_ranges() const { return !ranges_.empty(); }
  // The earliest expiry of a value that was read; UINT64_MAX: none expires.
  std::uint64_t earliest_expiry_ms() const { return earliest_expiry_ms_; }
  template <class Visit>
  void visit_keys(Visit&& visit) const {
    for (const std::string& key : keys_) {
      if (!visit(std::string_view(key))) return;
    }
  }
  // Bytes of memory used (estimated), and the most that one more read would add.
  std::uint64_t memory() const { return memory_; }
  static std::uint64_t memory_of(std::string_view key);
  static std::uint64_t memory_of(const KeyRange& range);

 private:
  bool is_in_range(std::string_view key) const;

  std::unordered_set<std::string, SeededHash, std::equal_to<>> keys_;
  // By `from`; the ranges neither touch nor overlap.
  using Ranges = std::map<std::string, std::optional<std::string>, std::less<>>;
  Ranges ranges_;
  std::uint64_t earliest_expiry_ms_ = UINT64_MAX;
  std::uint64_t memory_ = 0;
};

}  // namespace kvstore
