#include "src/store/write_transaction.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/store/read_view.h"

namespace kvstore {
namespace {

using log::Kind;

constexpr std::size_t kSearchedOneByOne = 8;  // so many changes are looked through
constexpr std::size_t kKeptChanges = 1024;    // of a large batch's memory

Status check_sizes(std::string_view key, std::string_view value) {
  if (key.size() > kMaxKeySize) {
    return fail(Code::kTooBig,
                fmt::format("the key has {} bytes; the limit is {}", key.size(), kMaxKeySize));
  }
  if (value.size() > kMaxValueSize) {
    return fail(Code::kTooBig,
                fmt::format("the value has {} bytes; the limit of one write is {}", value.size(),
                            kMaxValueSize),
                "append it in parts");
  }
  return {};
}

Status check_expiry(std::uint64_t expires_at_ms) {
  if (expires_at_ms <= log::kMaxOffset) return {};
  return fail(Code::kTooBig, fmt::format("the expiry {} is later than the file can say ({})",
                                         expires_at_ms, log::kMaxOffset));
}

// An append needs to know what it appends to.
Status appendable(const PendingChange& pending) {
  const log::Change& change = pending.change;
  const bool broken = !change.previous && change.broken_previous != 0;
  if (broken || (pending.was_live && pending.was_lost)) {
    return fail(Code::kCorrupt,
                fmt::format("the key's value was lost to damage (seq {}, offset {})",
                            change.previous.seq,
                            broken ? change.broken_previous : change.previous.offset),
                "set it anew, or remove it");
  }
  if (pending.was_live && change.previous.total > log::kMaxOffset - kMaxValueSize) {
    return fail(Code::kTooBig, "the value would pass 256 TiB");
  }
  return {};
}

bool is_there(const PendingChange& pending) { return pending.change.kind != Kind::kDelete; }

// How long the value is after the change.
std::uint64_t total_of(const PendingChange& pending) {
  const log::Change& change = pending.change;
  return (change.starts ? 0 : change.previous.total) + change.value.size();
}

}  // namespace

Status WriteTransaction::begin() {
  writer_.assert_held();
  KV_TRY(writer_.writable());
  begun_ = writer_.begin_transaction();
  if (begun_) return {};
  return fail(Code::kUsage, "a write within a transaction is to be made through it",
              "use the transaction that the function is given");
}

std::uint64_t WriteTransaction::next_seq() const {
  return writer_.generation().log().last_seq() + 1;
}

PendingChange* WriteTransaction::find_pending(std::string_view key) {
  writer_.assert_held();
  std::vector<PendingChange>& all = writer_.pending();
  if (all.empty()) return nullptr;
  if (!by_key_.empty()) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &all[found->second];
  }
  for (PendingChange& one : all) {
    if (one.change.key == key) return &one;
  }
  return nullptr;
}

// What the log says of a key; the change is yet to be made.
PendingChange WriteTransaction::look_up(std::string_view key) const {
  const Generation& generation = writer_.generation();
  PendingChange pending;
  pending.hash = generation.index().hash(key);
  const Found found = generation.find(key, pending.hash, UINT64_MAX);
  pending.change.key = key;
  pending.change.previous = log::ChainTail::of(found.record);
  pending.change.broken_previous = found.broken.offset;
  pending.old = StoreClock::state_of(found.record);
  pending.was_live = found.record.at ? generation.is_live(found.record) : found.broken.offset != 0;
  pending.was_lost = found.record.at && found.record.kind == Kind::kHole;
  pending.change.expires = pending.was_live ? found.record.expires : 0;
  return pending;
}

void WriteTransaction::add(const PendingChange& pending) {
  writer_.assert_held();
  std::vector<PendingChange>& all = writer_.pending();
  all.push_back(pending);
  if (all.size() > kSearchedOneByOne) {
    for (std::size_t i = by_key_.size(); i < all.size(); ++i) by_key_.emplace(all[i].change.key, i);
  }
  existed_ += pending.was_live;
}

Result<Written> WriteTransaction::set(std::string_view key, std::string_view value,
                                      const WriteOptions& options) {
  KV_TRY(check_sizes(key, value));
  KV_TRY(check_expiry(options.expires_at_ms));
  PendingChange* pending = find_pending(key);
  PendingChange fresh;
  if (!pending) fresh = look_up(key);
  const bool existed = pending ? is_there(*pending) : fresh.was_live;
  if (options.only_if_absent && existed) return fail(Code::kExists, "the key exists");
  log::Change& change = pending ? pending->change : fresh.change;
  change.kind = Kind::kSet;
  change.type = 1;
  change.starts = true;
  change.value = value;
  change.expires = options.expires_at_ms;
  if (pending) pending->kept = nullptr;
  if (!pending) add(fresh);
  return Written{next_seq(), value.size(), existed};
}

Result<Written> WriteTransaction::append(std::string_view key, std::string_view value) {
  KV_TRY(check_sizes(key, value));
  if (PendingChange* pending = find_pending(key)) {
    const bool existed = is_there(*pending);
    KV_TRY(extend(pending, value));
    return Written{next_seq(), total_of(*pending), existed};
  }
  PendingChange fresh = look_up(key);
  KV_TRY(appendable(fresh));
  fresh.change.kind = Kind::kAppend;
  fresh.change.starts = !fresh.was_live;
  fresh.change.value = value;
  add(fresh);
  return Written{next_seq(), total_of(fresh), fresh.was_live};
}

// Appends to what this transaction has written.
Status WriteTransaction::extend(PendingChange* pending, std::string_view value) {
  log::Change& change = pending->change;
  if (!is_there(*pending)) {
    // After a removal the value begins anew.
    change.kind = Kind::kSet;
    change.type = 1;
    change.starts = true;
    change.value = value;
    return {};
  }
  if (change.value.size() + value.size() > kMaxValueSize) {
    return fail(Code::kTooBig,
                fmt::format("the value has {} bytes; the limit of one write is {}",
                            change.value.size() + value.size(), kMaxValueSize),
                "append it in parts");
  }
  if (!pending->kept) pending->kept = &kept_.emplace_back(change.value);
  change.value = pending->kept->append(value);
  return {};
}

Result<Written> WriteTransaction::remove(std::string_view key) {
  KV_TRY(check_sizes(key, {}));
  PendingChange* pending = find_pending(key);
  PendingChange fresh;
  if (!pending) fresh = look_up(key);
  const bool existed = pending ? is_there(*pending) : fresh.was_live;
  if (!existed) return Written{next_seq() - 1, 0, false};
  log::Change& change = pending ? pending->change : fresh.change;
  change.kind = Kind::kDelete;
  change.type = 0;
  change.starts = true;
  change.value = {};
  change.expires = 0;
  if (pending) pending->kept = nullptr;
  if (!pending) add(fresh);
  return Written{next_seq(), 0, true};
}

Result<bool> WriteTransaction::get(std::string_view key, std::string* value) {
  const ReadView view(writer_.generation(), UINT64_MAX);
  const PendingChange* pending = find_pending(key);
  if (!pending) return view.get(key, value, {});
  if (!is_there(*pending)) return false;
  value->clear();
  if (!pending->change.starts) {
    log::Record base;
    KV_TRY(view.resolve(key, {}, &base));
    KV_TRY(view.whole_value(base, value));
  }
  value->append(pending->change.value);
  return true;
}

Result<std::optional<KeyInfo>> WriteTransaction::stat(std::string_view key) {
  const ReadView view(writer_.generation(), UINT64_MAX);
  const PendingChange* pending = find_pending(key);
  if (!pending) return view.stat(key, {});
  if (!is_there(*pending)) return std::nullopt;
  return KeyInfo{ValueType::kString, total_of(*pending), pending->change.expires, next_seq(),
                 writer_.generation().clock().now()};
}

// They would change nothing. A removal of a key that is there now, and was not, is one.
void WriteTransaction::drop_removals_of_nothing() {
  writer_.assert_held();
  std::erase_if(writer_.pending(), [](const PendingChange& pending) {
    return !is_there(pending) && !pending.was_live;
  });
}

void WriteTransaction::end() {
  if (!std::exchange(begun_, false)) return;
  writer_.assert_held();
  std::vector<PendingChange>& pending = writer_.pending();
  pending.clear();
  if (pending.capacity() > kKeptChanges) pending = {};
  writer_.end_transaction();
}

Result<std::uint64_t> WriteTransaction::commit(bool wait) {
  writer_.assert_held();
  drop_removals_of_nothing();
  const bool has_changes = !writer_.pending().empty();
  std::uint64_t seq = writer_.generation().visible_seq();
  if (has_changes) {
    KV_ASSIGN(seq, writer_.write(writer_.pending()));
  }
  const bool may_wait = lock_.owns();
  end();
  lock_.release();
  if (!has_changes) return seq;
  writer_.note_write();
  if (wait && may_wait) KV_TRY(writer_.wait(seq));
  return seq;
}

}  // namespace kvstore
