#include "src/store/damage.h"

#include <algorithm>

#include "src/base/hash.h"

namespace kvstore {

void PossiblyAffectedKeys::add(const log::CorruptRange& corrupt) {
  if (corrupt.names_affected_key) {
    std::uint64_t& last = by_hash_[corrupt.affected_key_hash];
    last = std::max(last, corrupt.begin);
  }
  if (corrupt.others_lost) all_before_ = std::max(all_before_, corrupt.begin);
  if (corrupt.lost_clear) clear_ = std::max(clear_, corrupt.begin);
}

std::uint64_t PossiblyAffectedKeys::damage_after(std::uint32_t prev_key_hash,
                                                 std::uint64_t newest_offset) const {
  std::uint64_t damage = all_before_;
  if (const auto found = by_hash_.find(prev_key_hash); found != by_hash_.end()) {
    damage = std::max(damage, found->second);
  }
  return damage > newest_offset ? damage : 0;
}

std::uint64_t Damage::damage_after(const PossiblyAffectedKeys& keys, std::string_view key,
                                   std::uint64_t newest_offset) {
  return keys.damage_after(static_cast<std::uint32_t>(hash_key(key)), newest_offset);
}

// Owned before readers see them: there may be no memory to own them with.
void Damage::replace(std::unique_ptr<PossiblyAffectedKeys> keys) {
  all_keys_.push_back(std::move(keys));
  keys_.store(all_keys_.back().get(), std::memory_order_release);
}

void Damage::learn(const std::vector<log::CorruptRange>& corrupt, std::uint64_t cleared,
                   Records newest) {
  auto keys = std::make_unique<PossiblyAffectedKeys>();
  for (const log::CorruptRange& range : corrupt) keys->add(range);
  if (keys->empty()) return;
  unexplained_ = keys->by_hash();
  unexplained_all_ = keys->all_before();
  explain_all(cleared);
  std::uint64_t damage = unexplained_all_;
  {
    MutexLock lock(learning_);
    for (const log::CorruptRange& range : more_) keys->add(range);
    replace(std::move(keys));
  }
  if (damage == 0) {
    newest([this](const log::Record& record) {
      explain(record);
      return !unexplained_.empty();
    });
    if (!unexplained_.empty()) damage = unexplained_.begin()->second;
  }
  if (damage != 0 || !is_part_) of_lists_.store(damage, std::memory_order_release);
}

void Damage::learn_more(const std::vector<log::CorruptRange>& corrupt) {
  MutexLock lock(learning_);
  auto keys = all_keys_.empty() ? std::make_unique<PossiblyAffectedKeys>()
                                : std::make_unique<PossiblyAffectedKeys>(*all_keys_.back());
  for (const log::CorruptRange& range : corrupt) keys->add(range);
  if (keys->empty()) return;
  more_.insert(more_.end(), corrupt.begin(), corrupt.end());
  replace(std::move(keys));
  is_part_.store(true, std::memory_order_release);
  of_lists_.store(corrupt.front().begin, std::memory_order_release);
}

void Damage::explain(const log::Record& record) {
  if (unexplained_.empty()) return;
  const auto found = unexplained_.find(static_cast<std::uint32_t>(hash_key(record.key())));
  if (found == unexplained_.end() || found->second > record.offset) return;
  unexplained_.erase(found);
}

void Damage::explain_all(std::uint64_t cleared) {
  std::erase_if(unexplained_, [cleared](const auto& one) { return one.second < cleared; });
  if (unexplained_all_ < cleared) unexplained_all_ = 0;
}

void Damage::settle() {
  // With damage whose keys are unknown, nothing explains the rest.
  const bool is_whole =
      unexplained_.empty() && unexplained_all_ == 0 && !is_part_.load(std::memory_order_acquire);
  if (is_whole && of_lists() != 0) of_lists_.store(0, std::memory_order_release);
}

}  // namespace kvstore
