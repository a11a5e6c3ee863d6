#include "src/store/affected_keys.h"

#include <algorithm>

namespace kvstore {

void PossiblyAffectedKeys::add(const log::CorruptRange& corrupt) {
  if (corrupt.names_affected_key) {
    std::uint64_t& last = by_hash_[corrupt.affected_key_hash];
    last = std::max(last, corrupt.begin);
  }
  if (corrupt.others_lost) all_before_ = std::max(all_before_, corrupt.begin);
}

std::uint64_t PossiblyAffectedKeys::damage_after(std::uint32_t prev_key_hash,
                                                 std::uint64_t newest_offset) const {
  std::uint64_t damage = all_before_;
  if (const auto found = by_hash_.find(prev_key_hash); found != by_hash_.end()) {
    damage = std::max(damage, found->second);
  }
  return damage > newest_offset ? damage : 0;
}

}  // namespace kvstore
