// Sorted sets in a transaction. A set that it has changed is kept with its writes, as a copy that
// shares all unchanged parts.
#include <algorithm>
#include <cmath>
#include <utility>

#include "src/sorted_set/changes.h"
#include "src/store/transaction_state.h"
#include "src/store/write_transaction.h"

namespace kvstore {
namespace {

using sorted_set::Fold;

// Memory of a change besides its member: for the nodes that are copied.
constexpr std::uint64_t kBytesOfChange = 256;

std::uint64_t memory_of_changes(std::span<const MemberChange> changes) {
  std::uint64_t bytes = 0;
  for (const MemberChange& change : changes) {
    bytes += 2 * change.name.size() + kBytesOfChange;
  }
  return bytes;
}

}  // namespace

// The set of a key that the transaction has written and that exists.
Result<SortedSet> TransactionState::set_of(std::string_view key, OwnWrite& own) {
  if (own.type != ValueType::kZset) return wrong_type(key, ValueType::kZset);
  if (own.set) return *own.set;
  SortedSet base;
  if (own.base_size > 0) {
    log::Record record;
    KV_TRY(find_base_of(key, own, &record));
    const SnapshotPin pin(*base_);
    const Generation& generation = pin.view().generation();
    KV_ASSIGN(base, generation.sorted_sets().get(generation.view(), record));
  }
  Fold folding(std::move(base), SIZE_MAX);  // its own writes are within the limits
  SortedSet set;
  Fold::Outcome outcome = folding.add(own.value);
  if (outcome == Fold::Outcome::kDone) outcome = folding.finish(&set);
  if (outcome != Fold::Outcome::kDone) {
    return ReadView::corrupt(key, {0, 0, "its bytes are not those of a sorted set"});
  }
  cache_set(own, set);
  return set;
}

// Caches a set. The cached sets stay within the limit of the transaction's memory; others are
// rebuilt from their bytes.
void TransactionState::cache_set(OwnWrite& own, SortedSet set) {
  sets_memory_ += set.memory();
  if (sets_memory_ > limits_.bytes) {
    writes_.forget_sets();
    sets_memory_ = set.memory();
  }
  own.set = std::move(set);
}

Result<std::optional<SortedSet>> TransactionState::sorted_set(std::string_view key, const At& at) {
  KV_TRY(check());
  if (!at.now()) {
    KV_ASSIGN(auto set, snapshot_.sorted_set(key, at));
    KV_TRY(note_version(key, at));
    return set;
  }
  if (OwnWrite* const own = writes_.find(key)) {
    if (!own->is_there(base_->instant().time_us)) return std::nullopt;
    KV_ASSIGN(SortedSet set, set_of(key, *own));
    return set;
  }
  log::Record record;
  KV_TRY(find_base(key, &record));
  if (!record.at) return std::nullopt;
  KV_TRY(check_type(key, record, ValueType::kZset));
  const SnapshotPin pin(*base_);
  const Generation& generation = pin.view().generation();
  KV_ASSIGN(SortedSet set, generation.sorted_sets().get(generation.view(), record));
  return set;
}

Status TransactionState::change_sorted_set(std::string_view key,
                                           std::span<const MemberChange> changes) {
  KV_TRY(check_may_write());
  KV_TRY(WriteTransaction::check(key, {}));
  KV_TRY(WriteTransaction::check_changes(changes));
  KV_ASSIGN(auto set, sorted_set(key, {}));
  if (changes.empty()) return {};
  const bool existed = set.has_value();
  const std::uint64_t memory = memory_of_changes(changes);
  KV_TRY(reserve(OwnWrites::memory_of(key, {}) + memory));
  if (OwnWrite* const own = writes_.find(key)) own->set.reset();  // so that no other copy remains
  if (!set) set.emplace();
  for (const MemberChange& change : changes) set->apply(change);
  const bool may_grow = std::any_of(changes.begin(), changes.end(),
                                    [](const MemberChange& change) { return change.score; });
  if (const SnapshotPin pin(*base_); may_grow && pin) {
    KV_TRY(pin.view().generation().sorted_sets().check_size(key, set->memory()));
  }
  if (set->size() == 0) {
    if (!existed) return {};
    KV_TRY(remove(key));
    return {};
  }
  std::string bytes;
  for (const MemberChange& change : changes) sorted_set::append_change(change, &bytes);
  KV_TRY(append(key, bytes, ValueType::kZset));
  cache_set(*writes_.find(key), std::move(*set));
  return {};
}

Status TransactionState::set_sorted_set(std::string_view key, const SortedSet& set) {
  if (set.size() == 0) {
    KV_TRY(remove(key));
    return {};
  }
  KV_TRY(WriteTransaction::check_size(set.stored_size()));
  KV_TRY(reserve(OwnWrites::memory_of(key, {}) + set.stored_size()));
  std::string bytes;
  bytes.reserve(set.stored_size());
  sorted_set::append_members(set, &bytes);
  KV_TRY(this->set(key, bytes, {.type = ValueType::kZset}));
  cache_set(*writes_.find(key), set);
  return {};
}

}  // namespace kvstore
