#include "src/store/write_transaction.h"

#include <algorithm>
#include <new>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/store/read_view.h"

namespace kvstore {
namespace {

using log::Kind;

constexpr std::size_t kSearchedOneByOne = 32;  // up to this number of changes a linear search is
                                               // used
constexpr std::size_t kKeptChanges = 1024;     // capacity kept after a large batch

Status check_sizes(std::string_view key, std::string_view value) {
  if (key.size() <= kMaxKeySize && value.size() <= kMaxValueSize) [[likely]]
    return {};
  if (key.size() > kMaxKeySize) {
    return fail(Code::kTooBig,
                fmt::format("the key has {} bytes; the limit is {}", key.size(), kMaxKeySize));
  }
  return WriteTransaction::check_size(value.size());
}

Status check_expiry_fits(std::uint64_t expires_at_ms) {
  if (expires_at_ms <= log::kMaxOffset) return {};
  return fail(Code::kTooBig, fmt::format("the expiry {} is later than the file can say ({})",
                                         expires_at_ms, log::kMaxOffset));
}

// An append must know the value it appends to.
Status appendable(const PendingChange& pending) {
  const log::Change& change = pending.change;
  if (pending.was_unreadable) {
    return fail(
        Code::kCorrupt,
        fmt::format("the key's newest record cannot be read (offset {})", change.broken_previous),
        "set it again, or remove it");
  }
  if (pending.was_live && pending.was_lost) {
    return fail(Code::kCorrupt,
                fmt::format("the key's value was lost to damage (seq {}, offset {})",
                            change.previous.seq, change.previous.offset),
                "set it again, or remove it");
  }
  if (pending.was_live && change.previous.total > log::kMaxOffset - kMaxValueSize) {
    return fail(Code::kTooBig, "the value would pass 256 TiB");
  }
  return {};
}

}  // namespace

Status WriteTransaction::check(std::string_view key, std::string_view value,
                               std::uint64_t expires_at_ms) {
  KV_TRY(check_sizes(key, value));
  return check_expiry_fits(expires_at_ms);
}

Status WriteTransaction::check(std::string_view key, std::string_view value,
                               const WriteOptions& options) {
  if (options.ttl_ms == 0) return check(key, value, options.expires_at_ms);
  if (options.expires_at_ms != 0) {
    return fail(Code::kUsage, "a write has a time to live or an expiry, not both",
                "leave out one of them");
  }
  const std::uint64_t latest = log::kMaxOffset - believed_now_us() / 1000;
  return check(key, value, options.ttl_ms > latest ? UINT64_MAX : 0);
}

Status WriteTransaction::check_size(std::size_t value_size) {
  if (value_size <= kMaxValueSize) return {};
  return fail(Code::kTooBig,
              fmt::format("the value has {} bytes; the limit of one write is {}", value_size,
                          kMaxValueSize),
              "append it in parts");
}

// Replaces the value, whatever was there before.
void WriteTransaction::begin_anew(Kind kind, ValueType type, std::string_view value,
                                  std::uint64_t expires_ms, PendingChange* pending) {
  log::Change& change = pending->change;
  change.kind = kind;
  change.type = static_cast<std::uint8_t>(type);
  change.starts = true;
  change.value = value;
  change.raw_size = 0;
  change.expires = expires_ms;
  pending->kept = nullptr;
  pending->tail = {};
  pending->ttl_ms = 0;
}

// Whether the key exists by this transaction's change. An expired value does not.
bool WriteTransaction::is_there(const PendingChange& pending) const {
  const log::Change& change = pending.change;
  return change.kind != Kind::kDelete && !has_expired(next_seq(), change.expires);
}

const StoreClock::Instant& WriteTransaction::moment() const {
  if (!moment_) moment_ = writer_->generation().clock().instant();
  return *moment_;
}

bool WriteTransaction::has_expired(std::uint64_t seq, std::uint64_t expires_ms) const {
  return expires_ms != 0 && writer_->generation().clock().was_expired(moment(), seq, expires_ms);
}

// A writer that was retired while this waited for its lock has been replaced.
Status WriteTransaction::lock_writer() {
  while (true) {
    KV_ASSIGN(writer_, core_.writer());
    if (knows_hash_) hash_ = writer_->prefetch(key_);
    lock_.emplace(*writer_);
    writer_->assert_held();
    if (!writer_->is_retired()) [[likely]]
      return {};
    lock_.reset();
  }
}

Status WriteTransaction::begin() {
  KV_TRY(lock_writer());
  writer_->assert_held();
  KV_TRY(writer_->writable());
  begun_ = writer_->begin_transaction();
  if (begun_) return {};
  return fail(Code::kUsage, "a write within a transaction is to be made through it",
              "use the transaction that the function is given");
}

std::uint64_t WriteTransaction::next_seq() const {
  return writer_->generation().log().last_seq() + 1;
}

std::uint64_t WriteTransaction::hash_of(std::string_view key) const {
  const bool is_known = knows_hash_ && key.data() == key_.data() && key.size() == key_.size();
  if (is_known) return hash_;
  return was_read_last(key) ? found_hash_ : writer_->generation().index().hash(key);
}

PendingChange* WriteTransaction::find_pending(std::string_view key) {
  writer_->assert_held();
  return writer_->pending().empty() ? nullptr : find_pending(key, hash_of(key));
}

PendingChange* WriteTransaction::find_pending(std::string_view key, std::uint64_t hash) {
  writer_->assert_held();
  std::vector<PendingChange>& all = writer_->pending();
  if (all.size() > kSearchedOneByOne) {
    const auto found = more_->by_key.find({hash, key});
    return found == more_->by_key.end() ? nullptr : &all[found->second];
  }
  for (PendingChange& one : all) {
    if (one.hash == hash && one.change.key == key) return &one;
  }
  return nullptr;
}

WriteTransaction::More& WriteTransaction::more() {
  if (!more_) more_ = std::make_unique<More>();
  return *more_;
}

Found WriteTransaction::find(std::string_view key, std::uint64_t hash) const {
  if (was_read_last(key)) return *found_;
  return writer_->generation().find(key, hash, UINT64_MAX);
}

Status WriteTransaction::resolve(std::string_view key, log::Record* record) {
  if (!was_read_last(key)) {
    const std::uint64_t hash = hash_of(key);
    found_ = writer_->generation().find(key, hash, UINT64_MAX);
    found_hash_ = hash;
  }
  const StoreClock::Instant* const then = found_->record.expires != 0 ? &moment() : nullptr;
  return ReadView(writer_->generation(), UINT64_MAX, then).resolve_found(key, *found_, {}, record);
}

// Adds a change of the key, with its former state from the log, as the last change; the caller sets
// the rest. For a key that a CLEAR has deleted, the value begins anew, but keeps its history.
PendingChange& WriteTransaction::look_up(std::string_view key, std::uint64_t hash) {
  writer_->assert_held();
  PendingChange& pending = writer_->pending().emplace_back();
  const Found found = find(key, hash);
  pending.hash = hash;
  pending.change.key = key;
  // Its history leads to the record that cannot be read, not past it to an older one, whether or
  // not a CLEAR has deleted what that record left.
  if (found.has_lost_history()) {
    pending.change.broken_previous = found.broken.offset;
    pending.was_unreadable = pending.was_live = found.is_corrupt() && !cleared_;
    return pending;
  }
  pending.change.previous = log::ChainTail::of(found.record);
  if (found.cleared || cleared_) return pending;
  pending.old = StoreClock::state_of(found.record);
  pending.was_live = pending.old.exists && !has_expired(found.record.seq, found.record.expires);
  pending.was_lost = found.record.at && found.record.kind == Kind::kHole;
  pending.change.expires = pending.was_live ? found.record.expires : 0;
  if (pending.was_live && found.record.at) pending.change.type = found.record.type;
  return pending;
}

// Counts the change that look_up() has added. It is kept even if there is no memory to index it.
void WriteTransaction::count(const PendingChange& added) {
  writer_->assert_held();
  const bool was_live = added.was_live;
  const std::vector<PendingChange>& all = writer_->pending();
  if (all.size() > kSearchedOneByOne) {
    try {
      auto& by_key = more().by_key;
      for (std::size_t i = by_key.size(); i < all.size(); ++i) {
        by_key.emplace(Named{all[i].hash, all[i].change.key}, i);
      }
    } catch (const std::bad_alloc&) {
      forget_last();
      throw;
    }
  }
  existed_ += was_live;
}

void WriteTransaction::forget_last() {
  writer_->assert_held();
  writer_->pending().pop_back();
}

Result<Written> WriteTransaction::set(std::string_view key, std::string_view value,
                                      const WriteOptions& options) {
  KV_TRY(check(key, value, options));
  const std::uint64_t hash = hash_of(key);
  PendingChange* pending = find_pending(key, hash);
  const bool is_new = !pending;
  if (is_new) pending = &look_up(key, hash);
  const bool existed = is_new ? pending->was_live : is_there(*pending);
  if (options.only_if_absent && existed) {
    if (is_new) forget_last();
    return fail(Code::kExists, "the key exists");
  }
  forget_set(key);
  const std::uint64_t now_ms = options.ttl_ms != 0 ? writer_->generation().clock().now_ms() : 0;
  begin_anew(Kind::kSet, options.type, value, options.expires_ms(now_ms), pending);
  pending->ttl_ms = options.ttl_ms;
  if (is_new) count(*pending);
  return Written{next_seq(), value.size(), existed};
}

Result<Written> WriteTransaction::append(std::string_view key, std::string_view value,
                                         ValueType type) {
  KV_TRY(check_sizes(key, value));
  const std::uint64_t hash = hash_of(key);
  if (PendingChange* pending = find_pending(key, hash)) {
    const bool existed = is_there(*pending);
    KV_TRY(extend(pending, value, type));
    return Written{next_seq(), pending->total(), existed};
  }
  PendingChange& fresh = look_up(key, hash);
  Status possible = appendable(fresh);
  if (possible && fresh.was_live && fresh.type() != type) possible = wrong_type(key, type);
  if (!possible) {
    forget_last();
    return fail(std::move(possible.error()));
  }
  fresh.change.type = static_cast<std::uint8_t>(type);
  fresh.change.kind = Kind::kAppend;
  fresh.change.starts = !fresh.was_live;
  fresh.change.value = value;
  count(fresh);
  return Written{next_seq(), fresh.total(), fresh.was_live};
}

// Appends to what this transaction has written.
Status WriteTransaction::extend(PendingChange* pending, std::string_view value, ValueType type) {
  log::Change& change = pending->change;
  if (!is_there(*pending)) {
    // After a removal the value begins anew.
    begin_anew(Kind::kSet, type, value, 0, pending);
    return {};
  }
  if (pending->type() != type) return wrong_type(change.key, type);
  forget_set(change.key);
  if (change.kind == Kind::kRef) return extend_reference(pending, value);
  KV_TRY(check_size(change.value.size() + value.size()));
  if (!pending->kept) pending->kept = &more().kept.emplace_back(change.value);
  change.value = pending->kept->append(value);
  return {};
}

Result<Written> WriteTransaction::remove(std::string_view key) {
  KV_TRY(check_sizes(key, {}));
  const std::uint64_t hash = hash_of(key);
  PendingChange* pending = find_pending(key, hash);
  const bool is_new = !pending;
  if (is_new) pending = &look_up(key, hash);
  const bool existed = is_new ? pending->was_live : is_there(*pending);
  if (!existed) {
    if (is_new) forget_last();
    return Written{next_seq() - 1, 0, false};
  }
  forget_set(key);
  begin_anew(Kind::kDelete, ValueType::kNone, {}, 0, pending);
  if (is_new) count(*pending);
  return Written{next_seq(), 0, true};
}

// An append of no bytes, with another expiry.
Result<Written> WriteTransaction::expire(std::string_view key, std::uint64_t expires_at_ms) {
  KV_TRY(check(key, {}, expires_at_ms));
  const std::uint64_t hash = hash_of(key);
  PendingChange* pending = find_pending(key, hash);
  const bool is_there_now = pending && is_there(*pending);
  if (pending) {
    if (!is_there_now) return Written{next_seq() - 1, 0, false};
    pending->change.expires = expires_at_ms;
    pending->ttl_ms = 0;
    return Written{next_seq(), pending->total(), true};
  }
  PendingChange& fresh = look_up(key, hash);
  const Status possible = appendable(fresh);
  if (!possible || !fresh.was_live) {
    forget_last();
    if (!possible) return fail(possible.error());
    return Written{next_seq() - 1, 0, false};
  }
  fresh.change.kind = Kind::kAppend;
  fresh.change.starts = false;
  fresh.change.expires = expires_at_ms;
  count(fresh);
  return Written{next_seq(), fresh.total(), true};
}

void WriteTransaction::clear() {
  writer_->assert_held();
  writer_->pending().clear();
  last_read_.reset();
  if (more_) {
    more_->by_key.clear();
    more_->sets.clear();
  }
  cleared_ = true;
}

// A CLEAR right after another one would delete nothing.
void WriteTransaction::add_clear() {
  writer_->assert_held();
  const log::Log& log = writer_->generation().log();
  if (!cleared_ || log.last_seq() == 0 || log.position().last_is_of_all) return;
  PendingChange clear;
  clear.change.kind = Kind::kClear;
  clear.change.type = 0;
  writer_->pending().insert(writer_->pending().begin(), clear);
}

Result<bool> WriteTransaction::get(std::string_view key, std::string* value) {
  const PendingChange* pending = find_pending(key);
  if (!pending && cleared_) return false;
  if (!pending) {
    log::Record record;
    KV_TRY(resolve(key, &record));
    if (!record.at) return false;
    KV_TRY(check_type(key, record, ValueType::kString));
    return ReadView(writer_->generation(), UINT64_MAX).whole_value(record, value);
  }
  if (!is_there(*pending)) return false;
  if (pending->type() != ValueType::kString) return wrong_type(key, ValueType::kString);
  value->clear();
  KV_TRY(check_whole_value(pending->total()));
  if (pending->change.kind == Kind::kRef) {
    KV_TRY(append_referred(pending->change, 0, pending->change.raw_size, value));
    value->append(pending->tail);
    return true;
  }
  if (!pending->change.starts) KV_TRY(append_base(*pending, value));
  value->append(pending->change.value);
  return true;
}

// The value that is appended to, whether it has expired or not.
Status WriteTransaction::append_base(const PendingChange& pending, std::string* value) const {
  const log::ChainTail& base = pending.change.previous;
  log::Record record;
  if (writer_->generation().view().header(base.offset, &record) != log::HeaderCheck::kValid) {
    return fail(Code::kCorrupt,
                fmt::format("the key's newest record cannot be read (seq {}, offset {})", base.seq,
                            base.offset));
  }
  KV_TRY(ReadView(writer_->generation(), UINT64_MAX).whole_value(record, value));
  return {};
}

Result<std::optional<KeyInfo>> WriteTransaction::stat(std::string_view key) {
  const PendingChange* pending = find_pending(key);
  if (!pending && cleared_) return std::nullopt;
  if (!pending) {
    log::Record record;
    KV_TRY(resolve(key, &record));
    if (!record.at) return std::nullopt;
    return key_info(record);
  }
  if (!is_there(*pending)) return std::nullopt;
  return KeyInfo{pending->type(), pending->total(), pending->change.expires, next_seq(),
                 writer_->generation().clock().now()};
}

// Drops removals that change nothing. The removal of a key that exists now, but did not before, is
// one of them.
void WriteTransaction::drop_removals_of_nothing() {
  writer_->assert_held();
  std::erase_if(writer_->pending(), [](const PendingChange& pending) {
    return pending.change.kind == Kind::kDelete && !pending.was_live;
  });
}

void WriteTransaction::end() {
  if (!std::exchange(begun_, false)) return;
  writer_->assert_held();
  std::vector<PendingChange>& pending = writer_->pending();
  pending.clear();
  if (pending.capacity() > kKeptChanges) std::vector<PendingChange>().swap(pending);
  writer_->end_transaction();
}

Result<std::uint64_t> WriteTransaction::commit(bool wait) {
  writer_->assert_held();
  drop_removals_of_nothing();
  if (wrote_sets_) {
    last_read_.reset();
    KV_TRY(rebase_sets());
  }
  add_clear();
  if (has_tails_) add_tails();
  const bool has_changes = !writer_->pending().empty();
  std::uint64_t seq = writer_->generation().visible_seq();
  if (has_changes) {
    KV_ASSIGN(seq, writer_->write(writer_->pending()));
    if (wrote_sets_) cache_visible_sets(seq);
  }
  const bool may_wait = lock_->owns();
  end();
  lock_->release();
  if (!has_changes) return seq;
  writer_->note_write();
  if (may_wait) writer_->slow_down();
  if (wait && may_wait) KV_TRY(writer_->wait(seq));
  return seq;
}

}  // namespace kvstore
