// TransactionState: walks over keys, its own among the others.

#include <algorithm>
#include <utility>

#include "src/store/transaction_state.h"

namespace kvstore {
namespace {

// The keys that a transaction has written, in their order, beside those of the snapshot: a
// walk takes from both.
class OwnKeys {
 public:
  OwnKeys(const OwnWrites& writes, std::string_view prefix, std::optional<std::string_view> after,
          std::uint64_t now_us)
      : at_(after && *after > prefix ? writes.all().upper_bound(*after)
                                     : writes.all().lower_bound(prefix)),
        end_(writes.all().end()),
        prefix_(prefix),
        now_us_(now_us) {
    if (after && at_ != end_ && at_->first == *after) ++at_;
  }

  bool has_next() const { return at_ != end_ && at_->first.starts_with(prefix_); }
  bool comes_before(std::string_view key) const { return has_next() && at_->first < key; }
  bool is_at(std::string_view key) const { return has_next() && at_->first == key; }
  std::string_view key() const { return at_->first; }
  bool is_there() const { return at_->second.is_there(now_us_); }
  void next() { ++at_; }

 private:
  OwnWrites::Map::const_iterator at_;
  const OwnWrites::Map::const_iterator end_;
  const std::string_view prefix_;
  const std::uint64_t now_us_;
};

// Gives keys on until it has had enough.
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
  // The last key that was given on.
  const std::string& last() const { return last_; }

 private:
  std::uint64_t left_;
  const std::function<bool(std::string_view)>& visit_;
  std::string last_;
};

// All of the own keys before `key`. False: enough.
bool take_own_before(std::string_view key, OwnKeys* own, Visitor* visitor) {
  for (; visitor->wants_more() && own->comes_before(key); own->next()) {
    if (own->is_there()) visitor->take(own->key());
  }
  return visitor->wants_more();
}

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  return a + std::min(b, UINT64_MAX - a);
}

}  // namespace

Status TransactionState::scan(std::string_view prefix, std::optional<std::string_view> after,
                              std::uint64_t limit,
                              const std::function<bool(std::string_view)>& visit) {
  KV_TRY(check());
  OwnKeys own(writes_, prefix, after, base_->instant().time_us);
  Visitor visitor(limit, visit);
  if (!visitor.wants_more()) return {};
  Status expiries;
  // Of the snapshot's keys as many may be hidden as were written.
  const std::uint64_t wanted = saturating_sum(limit, writes_.all().size());
  KV_TRY(snapshot_.scan(prefix, after, wanted, [&](std::string_view key) {
    if (!take_own_before(key, &own, &visitor)) return false;
    if (own.is_at(key)) return true;  // with the next key, or at the end
    expiries = note_expiry(key);
    if (expiries) visitor.take(key);
    return expiries && visitor.wants_more();
  }));
  KV_TRY(std::move(expiries));
  for (; visitor.wants_more() && own.has_next(); own.next()) {
    if (own.is_there()) visitor.take(own.key());
  }
  return note_walk(prefix, after, visitor.wants_more() ? nullptr : &visitor.last());
}

// A walk that stopped at `last` says nothing of the keys behind it.
Status TransactionState::note_walk(std::string_view prefix, std::optional<std::string_view> after,
                                   const std::string* last) {
  KeyRange range = KeyRange::of_prefix(prefix);
  if (after && *after >= prefix) range.from.assign(*after) += '\0';
  if (last) range.to = *last + '\0';
  return note_range(std::move(range));
}

Status TransactionState::note_expiry(std::string_view key) {
  if (limits_.read_only) return {};
  const SnapshotPin pin(*base_);
  log::Record record;
  KV_TRY(pin.view().resolve(key, {}, &record));
  reads_.add_expiry(record.expires);
  return {};
}

}  // namespace kvstore
