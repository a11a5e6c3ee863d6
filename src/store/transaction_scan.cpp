// TransactionState: walks over keys, including its own writes.

#include <iterator>
#include <utility>

#include "src/store/iterator.h"
#include "src/store/transaction_state.h"

namespace kvstore {
namespace {

// The keys that a transaction has written, in the order of a walk. They are merged with those of
// the snapshot.
class OwnKeys {
 public:
  OwnKeys(const OwnWrites::Map& all, const KeyRange& bounds, bool backwards, std::uint64_t now_us)
      : backwards_(backwards), now_us_(now_us) {
    if (bounds.is_empty()) return;
    first_ = all.lower_bound(bounds.from);
    behind_ = bounds.to ? all.lower_bound(*bounds.to) : all.end();
  }

  bool has_next() const { return first_ != behind_; }
  bool comes_before(std::string_view key) const {
    return has_next() && (backwards_ ? at()->first > key : at()->first < key);
  }
  bool is_at(std::string_view key) const { return has_next() && at()->first == key; }
  std::string_view key() const { return at()->first; }
  bool is_there() const { return at()->second.is_there(now_us_); }
  void next() { backwards_ ? --behind_ : ++first_; }

 private:
  using At = OwnWrites::Map::const_iterator;
  At at() const { return backwards_ ? std::prev(behind_) : first_; }

  At first_{}, behind_{};  // the range of the remaining keys
  const bool backwards_;
  const std::uint64_t now_us_;
};

// Passes keys to the visitor until it wants no more.
class Visitor {
 public:
  Visitor(std::uint64_t limit, const std::function<bool(std::string_view)>& visit)
      : left_(limit), visit_(visit) {}
  bool wants_more() const { return left_ > 0; }
  void take(std::string_view key) {
    --left_;
    last_ = key;
    if (!visit_(key)) left_ = 0;
  }
  // The last key that was passed.
  const std::string& last() const { return last_; }

 private:
  std::uint64_t left_;
  const std::function<bool(std::string_view)>& visit_;
  std::string last_;
};

// Passes all own keys before `key`. False: the visitor wants no more.
bool take_own_before(std::string_view key, OwnKeys* own, Visitor* visitor) {
  for (; visitor->wants_more() && own->comes_before(key); own->next()) {
    if (own->is_there()) visitor->take(own->key());
  }
  return visitor->wants_more();
}

void take_own(OwnKeys* own, Visitor* visitor) {
  for (; visitor->wants_more() && own->has_next(); own->next()) {
    if (own->is_there()) visitor->take(own->key());
  }
}

}  // namespace

Status TransactionState::walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
                              const std::function<bool(std::string_view)>& visit) {
  KV_TRY(check());
  const KeyRange bounds = KeyRange::of(options);
  OwnKeys own(writes_.all(), bounds, backwards, base_->instant().time_us);
  Visitor visitor(limit, visit);
  if (!visitor.wants_more()) return {};
  if (writes_.has_cleared()) {
    take_own(&own, &visitor);
    return {};
  }
  KV_ASSIGN(const auto keys, snapshot_.iterator(options));
  for (backwards ? keys->last() : keys->first(); keys->valid();
       backwards ? keys->prev() : keys->next()) {
    if (!take_own_before(keys->key(), &own, &visitor)) break;
    if (own.is_at(keys->key())) continue;  // passed with the next key, or at the end
    KV_ASSIGN(const KeyInfo info, keys->info());
    if (!limits_.read_only) reads_.add_expiry(info.expires_at_ms);
    visitor.take(keys->key());
    if (!visitor.wants_more()) break;
  }
  KV_TRY(Status(keys->status()));
  take_own(&own, &visitor);
  return note_walk(bounds, backwards, visitor.wants_more() ? nullptr : &visitor.last());
}

// A walk that stopped at `last` has not read the keys after it.
Status TransactionState::note_walk(KeyRange bounds, bool backwards, const std::string* last) {
  if (last && backwards) bounds.from = *last;
  if (last && !backwards) bounds.to = key_after(*last);
  return note_range(std::move(bounds));
}

}  // namespace kvstore
