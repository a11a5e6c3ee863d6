#include "src/store/sorted_set_cache.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/core.h>

#include "src/base/human.h"
#include "src/base/quote.h"
#include "src/log/chain.h"
#include "src/sorted_set/changes.h"
#include "src/store/planted.h"
#include "src/store/read_view.h"

namespace kvstore {
namespace {

using log::Record;
using sorted_set::Fold;

constexpr std::uint64_t kPieceOfSet = std::uint64_t{4} << 20;  // read at once
constexpr std::uint64_t kLargeSet = std::uint64_t{1} << 20;
constexpr std::size_t kChargedAgain = 16384;  // growth of a set before it is charged
constexpr std::size_t kSlotBytes = 256;       // approximate memory besides the set
constexpr std::size_t kShownSetKey = 64;

SetVersion version_of(const Record& record) { return {record.seq, record.total}; }

// Whether the value continues the base: the base is the state after one of its records.
bool continues(const log::View& view, const Record& newest, const SetVersion& base) {
  if (newest.total == 0 || base.seq > newest.seq || base.total > newest.total) return false;
  const auto then = log::find_seq(view, newest, base.seq);
  if (!then || !then->at || SetVersion{then->seq, then->total} != base) return false;
  const auto first = log::find_own_byte(view, newest, 0);
  return first && first->offset <= then->offset;
}

// Applies changes that the store has written itself.
void apply_all(std::string_view changes, SortedSet* set) {
  MemberChange change;
  while (sorted_set::parse_change(&changes, &change) == sorted_set::Parsed::kOne) {
    set->apply(change);
  }
}

}  // namespace

Status SortedSetCache::check_size(std::string_view key, std::size_t memory) const {
  if (memory <= limit_) return {};
  std::string shown;
  append_quoted(key, &shown, kShownSetKey);
  return fail(Code::kTooBig,
              fmt::format("key {}: the sorted set takes more than {} of memory, which is the "
                          "limit of one",
                          shown, human_size(limit_)),
              "open the store with more memory (--memory): half of it is for sorted sets");
}

// --- The cache

SortedSetCache::Handle SortedSetCache::find(std::string_view key) {
  const MutexLock lock(mutex_);
  const auto found = slots_.find(key);
  if (found == slots_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second->place);
  return used_.front();
}

SortedSetCache::Handle SortedSetCache::find_or_make(std::string_view key) {
  if (Handle found = find(key)) return found;
  auto made = std::make_shared<Slot>(key);
  const MutexLock lock(mutex_);
  if (const auto found = slots_.find(key); found != slots_.end()) return *found->second->place;
  used_.push_front(made);
  made->place = used_.begin();
  made->charged = kSlotBytes + key.size();
  bytes_ += made->charged;
  try {
    slots_.emplace(made->key, made.get());
  } catch (...) {
    bytes_ -= made->charged;
    used_.pop_front();
    throw;
  }
  return made;
}

// Charges the slot's memory, and evicts the least recently used ones.
void SortedSetCache::charge(Slot& slot) {
  std::list<Handle> gone;  // freed without a lock: a large set takes a while
  std::size_t holds = kSlotBytes + slot.key.size();
  {
    const MutexLock lock(slot.mutex);
    if (slot.newest) holds += slot.newest->set.memory();
    if (slot.older) holds += slot.older->set.memory();
  }
  const MutexLock lock(mutex_);
  if (!slot.is_listed) return;
  bytes_ += holds;
  bytes_ -= std::exchange(slot.charged, holds);
  while (bytes_ > limit_ && used_.size() > 1) {
    Slot& oldest = *used_.back();
    oldest.is_listed = false;
    bytes_ -= oldest.charged;
    slots_.erase(oldest.key);
    gone.splice(gone.end(), used_, oldest.place);
  }
}

SortedSetCache::Counts SortedSetCache::counts() const {
  const MutexLock lock(mutex_);
  return {slots_.size(), bytes_, folds_.load(std::memory_order_relaxed)};
}

// --- Sets

std::optional<SortedSet> SortedSetCache::copy_of(Slot& slot, const SetVersion& version) {
  const MutexLock lock(slot.mutex);
  if (planted::stale_sorted_set && slot.newest) return slot.newest->set;
  for (const std::optional<Kept>* kept : {&slot.newest, &slot.older}) {
    if (*kept && (*kept)->version == version) return (*kept)->set;
  }
  return std::nullopt;
}

// The newest cached set that is not newer than the version.
std::optional<SortedSetCache::Kept> SortedSetCache::base_of(Slot& slot, const SetVersion& version) {
  const MutexLock lock(slot.mutex);
  if (slot.newest && slot.newest->version.seq <= version.seq) return slot.newest;
  if (slot.older && slot.older->version.seq <= version.seq) return slot.older;
  return std::nullopt;
}

std::optional<SortedSet> SortedSetCache::find_kept(const Record& newest) {
  const Handle slot = find(newest.key());
  return slot ? copy_of(*slot, version_of(newest)) : std::nullopt;
}

Result<SortedSet> SortedSetCache::get(const log::View& view, const Record& newest, Handle* handle) {
  const SetVersion version = version_of(newest);
  Handle own;
  Handle& slot = handle ? *handle : own;
  if (!slot || slot->key != newest.key()) slot = find_or_make(newest.key());
  if (auto kept = copy_of(*slot, version)) return std::move(*kept);
  const MutexLock folding(slot->folding);
  if (auto kept = copy_of(*slot, version)) return std::move(*kept);
  std::optional<Kept> base = base_of(*slot, version);
  if (base && !continues(view, newest, base->version)) base.reset();
  KV_ASSIGN(SortedSet set, fold(view, newest, std::move(base)));
  keep(*slot, version, set);
  return set;
}

Result<SortedSet> SortedSetCache::fold(const log::View& view, const Record& newest,
                                       std::optional<Kept> base) {
  std::uint64_t at = base ? base->version.total : 0;
  std::optional<MutexLock> alone;
  if (newest.total - at > kLargeSet) alone.emplace(large_);
  if (!base) folds_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t most = 2 * limit_;
  Fold folding = base ? Fold(std::move(base->set), most) : Fold(most);
  base.reset();
  std::string piece;
  auto outcome = Fold::Outcome::kDone;
  while (at < newest.total && outcome == Fold::Outcome::kDone) {
    const std::uint64_t end = std::min(newest.total, at + kPieceOfSet);
    piece.clear();
    const auto read = log::read_bytes(view, newest, at, end, &piece);
    if (!read) return ReadView::corrupt(newest.key(), read.error());
    outcome = folding.add(piece);
    at = end;
  }
  SortedSet set;
  if (outcome == Fold::Outcome::kDone) outcome = folding.finish(&set);
  if (outcome == Fold::Outcome::kTooLarge) {
    KV_TRY(check_size(newest.key(), limit_ + 1));
  }
  if (outcome == Fold::Outcome::kDone) return set;
  return ReadView::corrupt(newest.key(),
                           {newest.offset, newest.seq, "its bytes are not those of a sorted set"});
}

void SortedSetCache::keep(Slot& slot, const SetVersion& version, const SortedSet& set) {
  std::optional<Kept> gone;  // freed without the lock
  {
    Kept kept{version, set};
    const MutexLock lock(slot.mutex);
    const bool is_newest = !slot.newest || slot.newest->version.seq <= version.seq;
    gone = std::exchange(is_newest ? slot.newest : slot.older, std::move(kept));
  }
  charge(slot);
}

// --- After a write

// False: no set is cached as of then, or the changes failed halfway.
bool SortedSetCache::change_in_place(Slot& slot, const SetVersion& after,
                                     std::string_view changes) {
  try {
    apply_all(changes, &slot.newest->set);
  } catch (const std::bad_alloc&) {  // with some of the changes
    slot.newest.reset();
    return false;
  }
  slot.newest->version = after;
  return true;
}

void SortedSetCache::advance(std::string_view key, const Handle& known, const SetVersion& before,
                             const SetVersion& after, std::string_view changes) noexcept try {
  const bool is_known = known && known->key == key;
  const Handle slot = is_known ? known : find(key);
  if (!slot) return;
  std::optional<SortedSet> copy;
  {
    const MutexLock lock(slot->mutex);
    if (!slot->newest || slot->newest->version != before) return;
    const std::size_t memory = slot->newest->set.memory();
    if (changes.size() > kFewChanges) {
      copy = slot->newest->set;
    } else if (change_in_place(*slot, after, changes)) {
      slot->grown += std::max(slot->newest->set.memory(), memory) - memory;
      if (slot->grown < kChargedAgain) return;
      slot->grown = 0;
    }
  }
  if (!copy) return charge(*slot);
  apply_all(changes, &*copy);
  keep(*slot, after, *copy);
} catch (const std::bad_alloc&) {  // it is rebuilt at the next read
}

void SortedSetCache::put(std::string_view key, const SetVersion& version,
                         const SortedSet& set) noexcept
    try {
  keep(*find_or_make(key), version, set);
} catch (const std::bad_alloc&) {
}

}  // namespace kvstore
