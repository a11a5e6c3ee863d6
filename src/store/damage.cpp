#include "src/store/damage.h"

#include <algorithm>

#include "src/base/hash.h"

namespace kvstore {

void PossiblyAffectedKeys::add(const log::CorruptRange& corrupt, bool may_have_cleared) {
  if (corrupt.names_affected_key) {
    std::uint64_t& last = by_hash_[corrupt.affected_key_hash];
    last = std::max(last, corrupt.begin);
  }
  if (corrupt.others_lost) all_before_ = std::max(all_before_, corrupt.begin);
  if (corrupt.lost_clear) clear_ = std::max(clear_, corrupt.begin);
  if (may_have_cleared) lost_clears_.emplace(corrupt.begin, corrupt.first_seq);
  if (corrupt.ends_log && !corrupt.is_derived) lost_end_ = corrupt.begin;
}

// Versions rise along the log: if the first lost CLEAR after the offset does not count yet, none
// does.
std::uint64_t PossiblyAffectedKeys::lost_clear_after(std::uint64_t offset,
                                                     std::uint64_t seq) const {
  const auto found = lost_clears_.upper_bound(offset);
  return found != lost_clears_.end() && found->second <= seq ? found->first : 0;
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

// all_keys_ takes ownership before readers see the keys, because that may run out of memory.
void Damage::replace(std::unique_ptr<PossiblyAffectedKeys> keys) {
  all_keys_.push_back(std::move(keys));
  keys_.store(all_keys_.back().get(), std::memory_order_release);
}

void Damage::learn(const std::vector<log::CorruptRange>& corrupt, std::uint64_t cleared,
                   bool has_clears, Records newest) {
  auto keys = std::make_unique<PossiblyAffectedKeys>();
  Past past;
  for (const log::CorruptRange& range : corrupt) {
    keys->add(range, range.lost_clear || (range.others_lost && has_clears));
    past.add(range);
  }
  if (keys->empty()) return;
  unexplained_ = keys->by_hash();
  unexplained_all_ = keys->all_before();
  explain_all(cleared);
  std::uint64_t damage = unexplained_all_;
  {
    MutexLock lock(learning_);
    for (const log::CorruptRange& range : more_) keys->add(range, false);
    replace(std::move(keys));
  }
  past_ = std::move(past);
  if (!unexplained_.empty() || !past_.by_hash.empty()) {
    newest([this](const log::Record& record) {
      explain(record);
      return !unexplained_.empty() || !past_.by_hash.empty();
    });
  }
  if (damage == 0 && !unexplained_.empty()) damage = unexplained_.begin()->second;
  if (damage != 0 || !is_part_) of_lists_.store(damage, std::memory_order_release);
  settle_past();
}

void Damage::Past::add(const log::CorruptRange& corrupt) {
  const Loss loss{corrupt.begin, corrupt.first_seq};
  if (corrupt.names_affected_key) {
    const auto [known, is_new] = by_hash.emplace(corrupt.affected_key_hash, loss);
    if (!is_new) known->second.begin = std::max(known->second.begin, loss.begin);
  }
  if (corrupt.others_lost && !all) all = loss;
}

// The lowest version among unexplained losses counts. (Written in this order, so that a reader that
// sees the seq sees its reason.)
void Damage::settle_past() {
  std::optional<Loss> first = past_.all;
  for (const auto& [hash, loss] : past_.by_hash) {
    if (!first || loss.first_seq < first->first_seq) first = loss;
  }
  if (first) past_damage_.store(first->begin, std::memory_order_release);
  past_seq_.store(first ? first->first_seq : UINT64_MAX, std::memory_order_release);
}

void Damage::learn_more(const std::vector<log::CorruptRange>& corrupt) {
  MutexLock lock(learning_);
  auto keys = all_keys_.empty() ? std::make_unique<PossiblyAffectedKeys>()
                                : std::make_unique<PossiblyAffectedKeys>(*all_keys_.back());
  for (const log::CorruptRange& range : corrupt) keys->add(range, false);
  if (keys->empty()) return;
  more_.insert(more_.end(), corrupt.begin(), corrupt.end());
  replace(std::move(keys));
  is_part_.store(true, std::memory_order_release);
  of_lists_.store(corrupt.front().begin, std::memory_order_release);
}

void Damage::explain(const log::Record& record) {
  if (unexplained_.empty() && past_.by_hash.empty()) return;
  const auto hash = static_cast<std::uint32_t>(hash_key(record.key()));
  if (const auto found = unexplained_.find(hash);
      found != unexplained_.end() && found->second <= record.offset) {
    unexplained_.erase(found);
  }
  // The chain of that record leads past the place of the lost ones.
  if (const auto found = past_.by_hash.find(hash);
      found != past_.by_hash.end() && found->second.begin <= record.offset) {
    past_.by_hash.erase(found);
  }
}

void Damage::explain_all(std::uint64_t cleared) {
  std::erase_if(unexplained_, [cleared](const auto& one) { return one.second < cleared; });
  if (unexplained_all_ < cleared) unexplained_all_ = 0;
}

void Damage::settle() {
  // With damage whose keys are unknown, no record explains all of it.
  const bool is_whole =
      unexplained_.empty() && unexplained_all_ == 0 && !is_part_.load(std::memory_order_acquire);
  if (is_whole && of_lists() != 0) of_lists_.store(0, std::memory_order_release);
  if (past_seq_.load(std::memory_order_relaxed) != UINT64_MAX) settle_past();
}

}  // namespace kvstore
