#include "src/transfer/applier.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/command/numbers.h"
#include "src/sorted_set/changes.h"

namespace kvstore::transfer {
namespace {

using Kind = Change::Kind;
using If = Change::If;

// As of this seq every key that has expired has also been removed.
constexpr At kWhateverHasExpired{.seq = UINT64_MAX, .time_us = {}};

// The expiry that is given to a key that had already expired and was removed at the time.
constexpr std::uint64_t kRemoved_ms = 1;

// The importer holds the writer lock for no longer than these amounts of writes take.
constexpr std::uint64_t kMaxHeldWrites = 512;
constexpr std::uint64_t kMaxHeldBytes = std::uint64_t{1} << 20;

constexpr std::size_t kShownKey = 64;

std::string shown(std::string_view key) {
  std::string text;
  append_quoted(key, &text, kShownKey);
  return text;
}

}  // namespace

Result<std::unique_ptr<Applier>> Applier::begin(Store& store, Store* there,
                                                OnConflict on_conflict) {
  std::unique_ptr<Applier> applier(new Applier(store, on_conflict, there != &store));
  if (there != nullptr && on_conflict != OnConflict::kGoOn) {
    KV_TRY(applier->begin_snapshot(*there));
  }
  return applier;
}

Status Applier::begin_snapshot(Store& there) {
  KV_ASSIGN(Snapshot before, there.snapshot());
  const std::uint64_t seq = before.seq();
  const Stats stats = there.stats();
  if (!is_dry_) before_seq_ = seq;
  if (seq > 0 && (stats.keys > 0 || !stats.keys_are_known)) before_ = std::move(before);
  return {};
}

Status Applier::apply(const Change& change) {
  if (change.kind == Kind::kLost) {
    ++counts_.lost;
    return {};
  }
  if (change.kind == Kind::kClear) return clear();
  if (change.kind == Kind::kCommand) return run(change);
  if (!left_out_.is_empty()) {
    KV_ASSIGN(const bool stays, stays_left_out(change));
    if (stays) return {};
  }
  Current current;
  KV_ASSIGN(const bool may, may_change(change, &current));
  if (!may) return pass_over(change);
  counts_.bytes += change.key.size() + change.value.size();
  return carry_out(change, current);
}

Status Applier::apply_together(std::span<const Change> changes) {
  if (changes.size() == 1) return apply(changes[0]);
  batch_.emplace();
  Status done;
  for (std::size_t i = 0; done && i < changes.size(); ++i) done = apply(changes[i]);
  const Batch batch = std::move(*batch_);
  batch_.reset();
  batch_clears_ = false;
  KV_TRY(done);
  hold();
  KV_TRY(store_.apply(batch, false));
  return {};
}

// What the key is, and whether the import may change it. Removes a key that was there and is to be
// replaced, unless the change itself replaces it.
Result<bool> Applier::may_change(const Change& change, Current* current) {
  const bool is_plain = change.kind == Kind::kSet && change.condition == If::kAlways &&
                        !change.keeps_expiry && !change.was_append;
  // No key existed before the import, and the change does not depend on the key's present state.
  if (!before_ && is_plain) return true;
  KV_ASSIGN(*current, look_at(change.key));
  if (!current->was_there) return true;
  if (on_conflict_ == OnConflict::kSkip) return false;
  if (on_conflict_ == OnConflict::kFail) return conflict(change.key);
  ++counts_.replaced;
  if (!is_plain) KV_TRY(remove(change.key));
  *current = {};
  return true;
}

tl::unexpected<Error> Applier::conflict(std::string_view key) const {
  return fail(Code::kExists, fmt::format("the key {} is there already", shown(key)),
              "--on-conflict skip, which keeps what is there, or --on-conflict replace");
}

Result<Applier::Current> Applier::look_at(std::string_view key) {
  if (batch_clears_) return Current{};
  if (const auto* value = expired_.find(key)) {
    return Current{.is_there = true,
                   .has_expired = true,
                   .expires_at_ms = value->expires_at_ms,
                   .type = value->type};
  }
  KV_ASSIGN(const auto info, store_.stat(key, kWhateverHasExpired));
  if (info && info->seq > before_seq_) {
    if (info->seq <= cleared_seq_ || info->expires_at_ms == kRemoved_ms) return Current{};
    return Current{.is_there = true,
                   .has_expired = is_past(info->expires_at_ms),
                   .expires_at_ms = info->expires_at_ms,
                   .type = info->type};
  }
  if (!before_ || (!info && !is_dry_)) return Current{};
  if (is_dry_) {
    KV_ASSIGN(const bool is_removed, has_versions(key));
    if (is_removed) return Current{};
  }
  KV_ASSIGN(const auto before, before_->stat(key));
  if (!before) return Current{};
  return Current{.is_there = true,
                 .was_there = true,
                 .expires_at_ms = before->expires_at_ms,
                 .type = before->type};
}

Result<bool> Applier::has_versions(std::string_view key) {
  bool has_any = false;
  KV_TRY(store_.history(key, 1, [&](const Version&) { return has_any = true; }));
  return has_any;
}

Status Applier::carry_out(const Change& change, const Current& current) {
  switch (change.kind) {
    case Kind::kSet:
      return set(change, current);
    case Kind::kAppend:
      return append(change, current);
    case Kind::kExpire:
      return expire(change, current);
    case Kind::kAdd:
      return add(change, current);
    case Kind::kPatch:
      return patch(change, current);
    case Kind::kRename:
    case Kind::kCopy:
      return take_from(change, current);
    case Kind::kMembers:
      return change_members(change, current);
    case Kind::kUnknown:
      return leave_out(change.key, change.other, current);
    case Kind::kRemove:
      if (!current.is_there) return {};
      ++counts_.removals;
      return remove(change.key);
    case Kind::kLost:
    case Kind::kClear:
    case Kind::kCommand:
      break;
  }
  return {};
}

namespace {

std::vector<MemberChange> changes_in(std::string_view bytes) {
  std::vector<MemberChange> changes;
  for (MemberChange one; sorted_set::parse_change(&bytes, &one) == sorted_set::Parsed::kOne;) {
    changes.push_back(one);
  }
  return changes;
}

}  // namespace

// Counts the members of a sorted set, whether they came as commands or as a value's bytes.
void Applier::count_members(const Change& change) {
  if (change.type == ValueType::kZset) counts_.members += changes_in(change.value).size();
}

Status Applier::set(const Change& change, const Current& current) {
  const bool wanted =
      change.condition == If::kAlways || (change.condition == If::kPresent) == current.is_there;
  if (!wanted) return {};
  if (change.was_append && (!current.is_there || current.has_expired)) {
    KV_TRY(append_anew(change));
  } else {
    KV_TRY(write(change.key, change.value,
                 change.keeps_expiry ? current.expires_at_ms : change.expires_at_ms, change.type));
  }
  ++(change.type == ValueType::kZset ? counts_.sorted_sets : counts_.sets);
  count_members(change);
  return {};
}

// Appends to a key that the store does not find, as it did not when the change was first made.
Status Applier::append_anew(const Change& change) {
  if (!expired_.is_empty()) expired_.remove(change.key);
  return write_append(change);
}

Status Applier::write_append(const Change& change) {
  if (batch_) {
    batch_->append(change.key, change.value, change.type);
    return {};
  }
  hold();
  KV_TRY(store_.append(change.key, change.value, {.type = change.type, .wait = false}));
  held_bytes_ += change.value.size();
  return {};
}

Status Applier::append(const Change& change, const Current& current) {
  const bool is_logged_expiry = change.value.empty() && change.seq != 0;
  if (is_logged_expiry && current.is_there && change.expires_at_ms != current.expires_at_ms) {
    return expire(change, current);
  }
  if (current.has_expired) {
    KV_TRY(append_to_expired(change, current));
  } else {
    KV_TRY(write_append(change));
  }
  if (change.type == ValueType::kZset) {
    count_members(change);
  } else {
    ++counts_.appends;
  }
  return {};
}

Status Applier::append_to_expired(const Change& change, const Current& current) {
  if (expired_.find(change.key) == nullptr) {
    KV_ASSIGN(std::string value, value_of(change.key, current));
    expired_.put(change.key, {std::move(value), current.expires_at_ms, current.type});
  }
  expired_.append(change.key, change.value);
  return expired_.is_full() ? store_expired() : Status();
}

// Applies ZADD and ZREM. A set that has become empty is removed.
Status Applier::change_members(const Change& change, const Current& current) {
  if (current.is_there && current.type != ValueType::kZset) {
    return fail(Code::kType, fmt::format("the value of {} is not a sorted set", shown(change.key)));
  }
  const std::vector<MemberChange> changes = changes_in(change.value);
  counts_.members += changes.size();
  if (current.has_expired) return append_to_expired(change, current);
  counts_.sorted_sets += !current.is_there;
  hold();
  KV_TRY(store_.update(
      [&](Update& update) { return update.change_sorted_set(change.key, changes); }, false));
  held_bytes_ += change.value.size();
  return {};
}

Status Applier::expire(const Change& change, const Current& current) {
  if (!current.is_there || current.expires_at_ms == change.expires_at_ms) return {};
  ++counts_.expiries;
  // The store does not find an expired value, and removes one that gets an expiry in the past.
  if (batch_ || current.has_expired || is_past(change.expires_at_ms)) {
    KV_ASSIGN(const std::string value, value_of(change.key, current));
    return write(change.key, value, change.expires_at_ms, current.type);
  }
  hold();
  KV_TRY(store_.expire(change.key, change.expires_at_ms, {.wait = false}));
  return {};
}

Status Applier::add(const Change& change, const Current& current) {
  KV_ASSIGN(const std::string value, value_of(change.key, current));
  const auto number = current.is_there ? command::parse_integer(value) : 0;
  std::int64_t sum = 0;
  if (!number || __builtin_add_overflow(*number, change.number, &sum)) {
    return fail(Code::kNumber,
                fmt::format("the value of {} is not a number to add to", shown(change.key)));
  }
  KV_TRY(write(change.key, fmt::to_string(sum), current.expires_at_ms, ValueType::kString));
  ++counts_.others;
  return {};
}

Status Applier::patch(const Change& change, const Current& current) {
  if (change.value.empty()) return {};
  if (current.is_there && current.type != ValueType::kString) {
    return fail(Code::kType, fmt::format("the value of {} is not a string", shown(change.key)));
  }
  const auto offset = static_cast<std::uint64_t>(change.number);
  if (offset > kMaxValueSize || change.value.size() > kMaxValueSize - offset) {
    return fail(Code::kTooBig, fmt::format("the value of {} would be too long", shown(change.key)));
  }
  KV_ASSIGN(std::string value, value_of(change.key, current));
  value.resize(std::max<std::size_t>(value.size(), offset + change.value.size()));
  value.replace(offset, change.value.size(), change.value);
  KV_TRY(write(change.key, value, current.expires_at_ms, ValueType::kString));
  ++counts_.others;
  return {};
}

// RENAME and COPY. If neither name is known to the import, the file has said nothing of `other`;
// then
// nothing is there under the new name either.
Status Applier::take_from(const Change& change, const Current& current) {
  if (change.condition == If::kAbsent && current.is_there) return {};
  const bool moves = change.kind == Kind::kRename;
  if (const LeftOut::Why* const why = left_out_.find(change.other)) {
    Current unknown = current;
    unknown.has_expired = why->has_expired;
    if (moves) left_out_.remove(change.other);
    return leave_out(change.key, moves ? "RENAME" : "COPY", unknown);
  }
  KV_ASSIGN(const Current from, look_at(change.other));
  // What the file says of that key was skipped.
  if (from.was_there && on_conflict_ == OnConflict::kSkip) {
    return leave_out(change.key, moves ? "RENAME" : "COPY", current);
  }
  if (!from.is_there || from.was_there) {
    return current.is_there ? remove(change.key) : Status();
  }
  if (change.key == change.other) return {};
  KV_ASSIGN(const std::string value, value_of(change.other, from));
  KV_TRY(write(change.key, value, from.expires_at_ms, from.type));
  if (moves) KV_TRY(remove(change.other));
  ++counts_.others;
  return {};
}

// Skips a change of which the key that a RENAME takes its value from is still removed, whatever
// becomes of the value. Whether RENAMENX removed it depends on what was there.
Status Applier::pass_over(const Change& change) {
  ++counts_.skipped;
  if (change.kind != Kind::kRename || change.key == change.other) return {};
  KV_ASSIGN(const Current from, look_at(change.other));
  if (from.was_there) return {};
  if (change.condition == If::kAbsent) {
    return from.is_there ? leave_out(change.other, "RENAMENX", from) : Status();
  }
  left_out_.remove(change.other);
  return from.is_there ? remove(change.other) : Status();
}

// Whether the change is to a key that is left out, and the key is still left out after it.
Result<bool> Applier::stays_left_out(const Change& change) {
  LeftOut::Why* const why = left_out_.find(change.key);
  if (why == nullptr) return false;
  const bool takes_place = change.kind == Kind::kRename || change.kind == Kind::kCopy;
  const bool is_whole = change.kind == Kind::kRemove || change.kind == Kind::kSet || takes_place;
  if (is_whole && change.condition == If::kAlways && !change.keeps_expiry && !change.was_append &&
      change.key != change.other) {
    left_out_.remove(change.key);
    return false;
  }
  if (change.kind == Kind::kExpire) why->has_expired = is_past(change.expires_at_ms);
  // Whether RENAMENX renamed the key depends on what was there.
  if (change.kind == Kind::kRename && change.key != change.other) {
    KV_ASSIGN(const Current from, look_at(change.other));
    if (!from.was_there) KV_TRY(leave_out(change.other, "RENAMENX", from));
  }
  return true;
}

// Leaves the key out, so that an older value is not taken for the one that is not known.
Status Applier::leave_out(std::string_view key, std::string_view command, const Current& current) {
  left_out_.add(key, {std::string(command), current.has_expired});
  return current.is_there ? remove(key) : Status();
}

// Removes every key that the import has made; Redis knew nothing of those that were there before.
Status Applier::clear() {
  ++counts_.others;
  left_out_.clear();
  if (!before_) return clear_all();
  KV_TRY(store_expired());
  pause();
  if (store_.stats().last_seq == std::max(cleared_seq_, before_seq_)) return {};
  constexpr std::size_t kStep = 4096;
  std::vector<std::string> keys;
  do {
    std::optional<std::string> after;
    if (!keys.empty()) after = keys.back();
    keys.clear();
    KV_TRY(store_.scan("", after, kStep, [&keys](std::string_view key) {
      keys.emplace_back(key);
      return true;
    }));
    KV_TRY(remove_imported(keys));
  } while (keys.size() == kStep);
  cleared_seq_ = store_.stats().last_seq;
  return {};
}

// Removes all keys of a store in which there were none before the import.
Status Applier::clear_all() {
  expired_ = {};
  if (batch_) {
    batch_->clear();
    batch_clears_ = true;
    return {};
  }
  hold();
  KV_TRY(store_.clear(false));
  return {};
}

Status Applier::remove_imported(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    KV_ASSIGN(const auto info, store_.stat(key));
    if (info && info->seq > before_seq_) KV_TRY(remove(key));
  }
  pause();
  return {};
}

Result<std::string> Applier::value_of(std::string_view key, const Current& current) {
  if (!current.is_there) return std::string();
  if (const auto* value = expired_.find(key)) return value->bytes;
  std::string value;
  KV_TRY(store_.read_bytes(key, 0, UINT64_MAX, &value, kWhateverHasExpired));
  return value;
}

Status Applier::write(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                      ValueType type) {
  if (!expired_.is_empty()) expired_.remove(key);
  if (batch_) {
    batch_->set(key, value, expires_at_ms, type);
    return {};
  }
  hold();
  KV_TRY(store_.set(key, value, {.expires_at_ms = expires_at_ms, .type = type, .wait = false}));
  held_bytes_ += value.size();
  return {};
}

// Removes the key, even if it has expired: the store would not find it then and would write no
// removal, so that its value could be found again.
Status Applier::remove(std::string_view key) {
  if (!expired_.is_empty()) expired_.remove(key);
  if (batch_) {
    KV_ASSIGN(const auto there, store_.stat(key));
    if (there) {
      batch_->remove(key);
    } else {
      batch_->set(key, {}, kRemoved_ms);
    }
    return {};
  }
  hold();
  KV_ASSIGN(const Written removed, store_.remove(key, {.wait = false}));
  if (removed.existed) return {};
  KV_TRY(store_.set(key, {}, {.expires_at_ms = kRemoved_ms, .wait = false}));
  return {};
}

Status Applier::store_expired() {
  if (expired_.is_empty()) return {};
  return expired_.take_all([this](std::string_view key,
                                  const ExpiredValues::Value& value) -> Status {
    hold();
    KV_TRY(store_.set(key, value.bytes,
                      {.expires_at_ms = value.expires_at_ms, .type = value.type, .wait = false}));
    return {};
  });
}

void Applier::hold() {
  if (held_writes_ >= kMaxHeldWrites || held_bytes_ >= kMaxHeldBytes) pause();
  if (!hold_) {
    hold_.emplace(store_);
    held_writes_ = held_bytes_ = 0;
  }
  ++held_writes_;
}

Status Applier::finish() {
  counts_.left_out = left_out_.count();
  Status stored = store_expired();
  pause();
  if (!is_dry_) KV_TRY(store_.sync());
  return stored;
}

}  // namespace kvstore::transfer
