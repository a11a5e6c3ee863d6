// Sorted sets in a write transaction.
//
// A change is appended to the value's bytes (src/sorted_set/changes.h). The transaction copies the
// set itself only if it must: if the set is read again, may have become empty, or is to be
// rewritten. So normally the cached set has no other owner once the change is written, and is
// changed in place.
#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "src/sorted_set/changes.h"
#include "src/store/read_view.h"
#include "src/store/write_transaction.h"

namespace kvstore {
namespace {

using log::Kind;
using sorted_set::Fold;

// The changes of a value may take as much as the set, and this many bytes more.
constexpr std::uint64_t kChangesKept = std::uint64_t{64} << 10;
constexpr std::uint64_t kPieceReferred = std::uint64_t{4} << 20;  // read at once

bool is_due_for_rebase(std::uint64_t total, const SortedSet& set) {
  return total > 2 * set.stored_size() + kChangesKept && set.stored_size() <= kMaxValueSize;
}

// Sets of fewer bytes are read in a few milliseconds at most.
constexpr std::uint64_t kReadUnderLock = std::uint64_t{32} << 10;

struct Growth {
  std::size_t memory = 0;  // assuming that all members are new
  std::uint64_t removals = 0;
};

Growth growth_of(std::span<const MemberChange> changes) {
  Growth growth;
  for (const MemberChange& change : changes) {
    if (change.score) growth.memory += SortedSet::memory_of_member(change.name.size());
    growth.removals += !change.score;
  }
  return growth;
}

std::uint64_t size_of(std::span<const MemberChange> changes) {
  std::uint64_t size = 0;
  for (const MemberChange& change : changes) {
    size += sorted_set::change_size(change.name.size(), change.score.has_value());
  }
  return size;
}

void apply_changes(std::span<const MemberChange> changes, SortedSet* set) {
  for (const MemberChange& change : changes) set->apply(change);
}

}  // namespace

Status WriteTransaction::check_changes(std::span<const MemberChange> changes) {
  for (const MemberChange& change : changes) {
    if (change.score && std::isnan(*change.score)) {
      return fail(Code::kNumber, "a score cannot be NaN");
    }
    KV_TRY(check_size(change.name.size()));
  }
  return {};
}

Result<std::optional<SortedSet>> WriteTransaction::sorted_set(std::string_view key) {
  std::uint64_t total = 0;
  KV_ASSIGN(auto set, sorted_set(key, &total));
  if (set && !find_pending(key)) last_read_ = LastRead{found_->record.offset, *set};
  return set;
}

bool WriteTransaction::has_set_to_read(std::string_view key) {
  if (cleared_ || find_pending(key)) return false;
  log::Record record;
  if (!resolve(key, &record) || !record.at || record.total < kReadUnderLock) return false;
  if (type_of(record) != ValueType::kZset) return false;
  return !writer_->generation().sorted_sets().find_kept(record);
}

// If the key was read last and not written since, the set returned is the only copy besides the
// cached one.
Result<std::optional<SortedSet>> WriteTransaction::set_to_change(std::string_view key,
                                                                 std::uint64_t* total) {
  auto read = std::exchange(last_read_, std::nullopt);
  const bool is_of_key = read && was_read_last(key) && found_->record.offset == read->offset;
  if (!is_of_key || find_pending(key)) return sorted_set(key, total);
  *total = found_->record.total;
  return std::move(read->set);
}

Result<std::optional<SortedSet>> WriteTransaction::sorted_set(std::string_view key,
                                                              std::uint64_t* total) {
  const PendingChange* const pending = find_pending(key);
  if (!pending && cleared_) return std::nullopt;
  if (!pending) return written_set(key, total);
  if (!is_there(*pending)) return std::nullopt;
  if (pending->type() != ValueType::kZset) return wrong_type(key, ValueType::kZset);
  KV_ASSIGN(const SortedSet* const own, own_set(*pending));
  *total = pending->total();
  return *own;
}

Result<std::optional<SortedSet>> WriteTransaction::written_set(std::string_view key,
                                                               std::uint64_t* total) {
  const Generation& generation = writer_->generation();
  log::Record record;
  KV_TRY(resolve(key, &record));
  if (!record.at) return std::nullopt;
  KV_TRY(check_type(key, record, ValueType::kZset));
  *total = record.total;
  return generation.sorted_sets().get(generation.view(), record, &last_slot_);
}

Result<const SortedSet*> WriteTransaction::own_set(const PendingChange& pending) {
  const log::Change& change = pending.change;
  if (const SortedSet* const known = known_set(change.key)) return known;
  const Generation& generation = writer_->generation();
  SortedSet base;
  if (!change.starts) {
    log::Record before;
    if (generation.view().header(change.previous.offset, &before) != log::HeaderCheck::kValid) {
      return ReadView::corrupt(change.key, {change.previous.offset, change.previous.seq,
                                            "the key's newest record cannot be read"});
    }
    KV_ASSIGN(base, generation.sorted_sets().get(generation.view(), before));
  }
  Fold folding(std::move(base), SIZE_MAX);  // its own write is within the limit
  SortedSet set;
  auto outcome = Fold::Outcome::kDone;
  if (change.kind == Kind::kRef) {
    std::string piece;
    for (std::uint64_t at = 0; at < change.raw_size && outcome == Fold::Outcome::kDone;) {
      const std::uint64_t end = std::min(change.raw_size, at + kPieceReferred);
      piece.clear();
      KV_TRY(append_referred(change, at, end, &piece));
      outcome = folding.add(piece);
      at = end;
    }
  }
  const std::string_view own = change.kind == Kind::kRef ? pending.tail : change.value;
  if (outcome == Fold::Outcome::kDone) outcome = folding.add(own);
  if (outcome == Fold::Outcome::kDone) outcome = folding.finish(&set);
  if (outcome != Fold::Outcome::kDone) {
    return ReadView::corrupt(change.key,
                             {0, next_seq(), "its bytes are not those of a sorted set"});
  }
  return &cache_set(change.key, std::move(set));
}

// Caches a set. The cached sets stay within the limit of the store's cache; others are rebuilt from
// their bytes.
const SortedSet& WriteTransaction::cache_set(std::string_view key, SortedSet set) {
  More& more = this->more();
  more.sets_memory += set.memory();
  if (more.sets_memory > writer_->generation().sorted_sets().limit()) {
    more.sets.clear();
    more.sets_memory = set.memory();
  }
  return more.sets.insert_or_assign(key, std::move(set)).first->second;
}

Status WriteTransaction::change_sorted_set(std::string_view key,
                                           std::span<const MemberChange> changes) {
  KV_TRY(check(key, {}));
  KV_TRY(check_changes(changes));
  const std::uint64_t size = size_of(changes);
  KV_TRY(check_size(size));
  std::uint64_t total = 0;
  KV_ASSIGN(auto set, set_to_change(key, &total));
  const bool existed = set.has_value();
  if (!set) set.emplace();
  const Growth growth = growth_of(changes);
  if (changes.empty() || (!existed && growth.memory == 0)) return {};
  if (growth.memory > 0) {
    KV_TRY(writer_->generation().sorted_sets().check_size(key, set->memory() + growth.memory));
  }
  const PendingChange* const pending = find_pending(key);
  const bool may_be_empty = growth.removals >= set->size();
  const bool knows_set = pending || may_be_empty || is_due_for_rebase(total + size, *set);
  if (knows_set) {
    forget_set(key);  // so that the set has one owner only
    apply_changes(changes, &*set);
  }
  if (knows_set && set->size() == 0) {
    KV_TRY(remove(key));
    return {};
  }
  KV_TRY(append_changes(key, keep_changes(changes), existed));
  if (knows_set) know_set(key, *set);
  wrote_sets_ = true;
  return {};
}

std::string_view WriteTransaction::keep_changes(std::span<const MemberChange> changes) {
  const std::uint64_t size = size_of(changes);
  char* const kept = keep_room(size);
  char* at = kept;
  for (const MemberChange& change : changes) at = sorted_set::store_change(change, at);
  return {kept, size};
}

Status WriteTransaction::append_changes(std::string_view key, std::string_view bytes,
                                        bool existed) {
  if (existed) {
    KV_TRY(append(key, bytes, ValueType::kZset));
  } else {
    KV_TRY(set(key, bytes, {.type = ValueType::kZset}));
  }
  return {};
}

Status WriteTransaction::set_sorted_set(std::string_view key, const SortedSet& set) {
  if (set.size() == 0) {
    KV_TRY(remove(key));
    return {};
  }
  KV_TRY(check_size(set.stored_size()));
  KV_TRY(writer_->generation().sorted_sets().check_size(key, set.memory()));
  std::string bytes;
  bytes.reserve(set.stored_size());
  sorted_set::append_members(set, &bytes);
  KV_TRY(this->set(key, keep(std::move(bytes)), {.type = ValueType::kZset}));
  know_set(key, set);
  return {};
}

void WriteTransaction::know_set(std::string_view key, const SortedSet& set) {
  const PendingChange* const pending = find_pending(key);
  cache_set(pending->change.key, set);
  wrote_sets_ = true;
}

SortedSet* WriteTransaction::known_set(std::string_view key) {
  if (!more_) return nullptr;
  const auto found = more_->sets.find(key);
  return found == more_->sets.end() ? nullptr : &found->second;
}

// Rewrites values whose changes have outgrown the set, as the members of the set. Also builds the
// sets for many changes now: once they are visible, readers would have to do it.
Status WriteTransaction::rebase_sets() {
  writer_->assert_held();
  for (PendingChange& pending : writer_->pending()) {
    if (pending.type() != ValueType::kZset) continue;
    if (!pending.change.starts && pending.change.value.size() > SortedSetCache::kFewChanges) {
      KV_TRY(own_set(pending));
    }
    const SortedSet* const set = known_set(pending.change.key);
    if (!set || !is_due_for_rebase(pending.total(), *set)) continue;
    std::string bytes;
    bytes.reserve(set->stored_size());
    sorted_set::append_members(*set, &bytes);
    pending.change.kind = Kind::kSet;
    pending.change.starts = true;
    pending.change.value = keep(std::move(bytes));
    pending.change.raw_size = 0;
    pending.kept = nullptr;
    pending.tail = {};
  }
  return {};
}

// Caches the sets that are visible now. Without the copies of this transaction the cached set has
// no other owner, and can be changed in place.
void WriteTransaction::cache_visible_sets(std::uint64_t seq) {
  writer_->assert_held();
  SortedSetCache& cache = writer_->generation().sorted_sets();
  for (const PendingChange& pending : writer_->pending()) {
    const log::Change& change = pending.change;
    // For a REF with a tail the change after it is the visible one.
    if (pending.type() != ValueType::kZset || !pending.tail.empty()) continue;
    const SetVersion now{seq, pending.total()};
    if (SortedSet* const set = known_set(change.key)) {
      cache.put(change.key, now, std::exchange(*set, {}));
    } else if (!change.starts) {
      cache.advance(change.key, last_slot_, {change.previous.seq, change.previous.total}, now,
                    change.value);
    }
  }
}

}  // namespace kvstore
