// Whose newest record may have been lost to damage, and so must answer CORRUPT
// instead of an older version or nothing (DESIGN 1.3).
//
// Where one record was lost, its successor's `prev_key_hash` gives the hash of its
// key: only keys of that hash whose newest good record lies before the damage
// are possibly affected. Where several were, every key not written since is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/log/recovery_scan.h"

namespace kvstore {

class PossiblyAffectedKeys {
 public:
  void add(const log::CorruptRange& corrupt);
  bool empty() const { return by_hash_.empty() && all_before_ == 0; }
  // The begin of the damaged range that may hold a newer record than the one at
  // `newest_offset` (0: the key has none) of a key with this hash; 0 if none.
  std::uint64_t damage_after(std::uint32_t prev_key_hash, std::uint64_t newest_offset) const;

  const std::map<std::uint32_t, std::uint64_t>& by_hash() const { return by_hash_; }
  std::uint64_t all_before() const { return all_before_; }  // 0 for none

 private:
  std::map<std::uint32_t, std::uint64_t> by_hash_;  // hash -> last damage
  std::uint64_t all_before_ = 0;                    // last damage whose affected keys are unknown
};

}  // namespace kvstore
