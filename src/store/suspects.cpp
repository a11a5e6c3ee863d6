#include "src/store/suspects.h"

#include <algorithm>

namespace kvstore {

void Suspects::add(const log::Rot& rot) {
  if (rot.names_victim) {
    std::uint64_t& last = by_hash_[rot.victim];
    last = std::max(last, rot.begin);
  }
  if (rot.others_lost) all_before_ = std::max(all_before_, rot.begin);
}

std::uint64_t Suspects::damage_after(std::uint32_t neighbour_hash,
                                     std::uint64_t newest_offset) const {
  std::uint64_t damage = all_before_;
  if (const auto found = by_hash_.find(neighbour_hash); found != by_hash_.end()) {
    damage = std::max(damage, found->second);
  }
  return damage > newest_offset ? damage : 0;
}

}  // namespace kvstore
