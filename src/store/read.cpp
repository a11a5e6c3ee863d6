// Engine: reads. Lock-free: a Guard of the memtable, then immutable bytes.

#include <algorithm>

#include <fmt/format.h>

#include "src/base/cancel.h"
#include "src/base/hash.h"
#include "src/base/quote.h"
#include "src/log/chain.h"
#include "src/store/engine.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

constexpr std::size_t kShownKey = 64;  // bytes of a key in a message

// What to type next is the caller's to say: a library is not typed at.
tl::unexpected<Error> corrupt(std::string_view key, const log::Broken& broken) {
  const std::string seq = broken.seq ? fmt::format(" seq {}", broken.seq) : "";
  std::string shown;
  append_quoted(key, &shown, kShownKey);
  return fail(Code::kCorrupt,
              fmt::format("key {}{} offset {}: {}", shown, seq, broken.offset, broken.reason));
}

bool is_expired(const Record& record, std::uint64_t at_ms) {
  return record.expires != 0 && record.expires <= at_ms;
}

ValueType type_of(const Record& record) { return static_cast<ValueType>(record.type); }

Version::Kind version_kind(Kind kind) {
  switch (kind) {
    case Kind::kAppend:
      return Version::Kind::kAppend;
    case Kind::kDelete:
      return Version::Kind::kDelete;
    case Kind::kHole:
      return Version::Kind::kHole;
    case Kind::kGap:
      return Version::Kind::kGap;
    default:
      return Version::Kind::kSet;
  }
}

// Where a READ begins: negative offsets count from the end.
std::uint64_t begin_of(std::int64_t offset, std::uint64_t total) {
  if (offset >= 0) return std::min(static_cast<std::uint64_t>(offset), total);
  const std::uint64_t back = ~static_cast<std::uint64_t>(offset) + 1;
  return back >= total ? 0 : total - back;
}

}  // namespace

bool Engine::is_live(const Record& record) const {
  return record.kind != Kind::kDelete && !clock_.is_expired(record.seq, record.expires);
}

// Remembers that it met a record which cannot be read.
Engine::Sight Engine::look(std::uint64_t offset, Record* record) const {
  const Sight sight = look_at(offset, record);
  if (sight == Sight::kBroken) broken_seen_.store(offset, std::memory_order_relaxed);
  return sight;
}

Engine::Sight Engine::look_at(std::uint64_t offset, Record* record) const {
  // The view is taken after the offset: one taken before would end before a
  // record that was written meanwhile.
  const log::View view = log_->view();
  if (offset < view.limit) [[likely]] {
    return view.header(offset, record) == log::HeaderCheck::kValid ? Sight::kRecord
                                                                   : Sight::kBroken;
  }
  const log::View beyond = view.up_to(log_->file().size());
  do {
    if (beyond.header(offset, record) != log::HeaderCheck::kValid) return Sight::kBroken;
    offset = record->prev;
  } while (offset >= view.limit);
  if (offset == 0) return Sight::kHidden;
  return view.header(offset, record) == log::HeaderCheck::kValid ? Sight::kRecord : Sight::kBroken;
}

Engine::Newest Engine::newest(std::string_view key) const {
  Newest result;
  const std::uint64_t found =
      memtable_.find(hash_key(key, hash_seed_), [&](std::uint64_t candidate) {
        const Sight sight = look(candidate, &result.record);
        if (sight == Sight::kBroken) result.broken_offset = candidate;
        return sight == Sight::kRecord && result.record.key() == key;
      });
  if (found == 0) result.record = {};
  if (const PossiblyAffectedKeys* const possibly_affected =
          possibly_affected_.load(std::memory_order_acquire)) {
    const auto hash = static_cast<std::uint32_t>(hash_key(key));
    result.broken_offset =
        std::max(result.broken_offset, possibly_affected->damage_after(hash, result.record.offset));
  }
  return result;
}

Result<std::optional<Record>> Engine::resolve(std::string_view key, const At& at) const {
  reads_.add();
  const Newest found = newest(key);
  if (found.broken_offset > found.record.offset) {
    const log::Broken broken{found.broken_offset, 0,
                             "a record that may be this key's newest is damaged"};
    return corrupt(key, broken);
  }
  if (!at.now()) KV_TRY(check_floor(at));
  if (!found.record.at) return std::nullopt;
  Record record = found.record;
  if (!at.now()) {
    KV_ASSIGN(record, as_of(key, found.record, at));
    if (!record.at) return std::nullopt;
  }
  if (record.kind == Kind::kHole) {
    return corrupt(key, {record.offset, record.seq, "its value was lost to damage"});
  }
  if (record.kind == Kind::kDelete) return std::nullopt;
  // As of a seq there is no time to judge an expiry by: the version counts.
  if (at.now() && clock_.is_expired(record.seq, record.expires)) return std::nullopt;
  if (at.time_us && is_expired(record, *at.time_us / 1000)) return std::nullopt;
  return record;
}

// Also for keys that have no record: their history may be what is gone.
Status Engine::check_floor(const At& at) const {
  const std::uint64_t floor = log_->page().header.floor_seq;
  if (at.seq ? *at.seq >= floor : !clock_.is_purged(*at.time_us)) return {};
  return fail(Code::kPurged, fmt::format("history before version {} is gone", floor));
}

Result<Record> Engine::as_of(std::string_view key, const Record& head, const At& at) const {
  if (!at.seq) return as_of_time(key, head, *at.time_us);
  const auto found = log::find_seq(log_->view(), head, *at.seq);
  if (!found) return corrupt(key, found.error());
  return *found;
}

Result<Record> Engine::as_of_time(std::string_view key, const Record& head,
                                  std::uint64_t time_us) const {
  const auto version = clock_.version_at(time_us);
  if (!version) return Record{};
  const auto found = log::find_time(log_->view(), head, time_us, version->first_seq);
  if (!found) return corrupt(key, found.error());
  return *found;
}

Result<bool> Engine::get(std::string_view key, std::string* value, const At& at) {
  ReclamationEpochs::Guard guard(memtable_.epochs());
  KV_ASSIGN(const auto record, resolve(key, at));
  if (!record) return false;
  if (record->total > kMaxValueSize) {
    return fail(Code::kTooBig,
                fmt::format("the value has {} bytes; one GET answers at most {}", record->total,
                            kMaxValueSize),
                "read it in parts");
  }
  value->clear();
  const auto done = log::read_bytes(log_->view(), *record, 0, record->total, value);
  if (!done) return corrupt(key, done.error());
  return true;
}

Result<bool> Engine::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                          std::string* value, const At& at) {
  ReclamationEpochs::Guard guard(memtable_.epochs());
  KV_ASSIGN(const auto record, resolve(key, at));
  if (!record) return false;
  const std::uint64_t begin = begin_of(offset, record->total);
  const std::uint64_t end = begin + std::min(length, record->total - begin);
  if (end - begin > kMaxValueSize) {
    return fail(Code::kTooBig, fmt::format("one READ answers at most {} bytes", kMaxValueSize),
                "read it in parts");
  }
  value->clear();
  const auto done = log::read_bytes(log_->view(), *record, begin, end, value);
  if (!done) return corrupt(key, done.error());
  return true;
}

Result<std::optional<KeyInfo>> Engine::stat(std::string_view key, const At& at) {
  ReclamationEpochs::Guard guard(memtable_.epochs());
  KV_ASSIGN(const auto record, resolve(key, at));
  if (!record) return std::nullopt;
  return KeyInfo{type_of(*record), record->total, record->expires, record->seq, record->time};
}

Status Engine::history(std::string_view key, std::uint64_t limit,
                       const std::function<bool(const Version&)>& visit) {
  ReclamationEpochs::Guard guard(memtable_.epochs());
  reads_.add();
  const Newest found = newest(key);
  if (found.broken_offset > found.record.offset) {
    return corrupt(key, {found.broken_offset, 0, "a record of its history is damaged"});
  }
  const log::View view = log_->view();
  Record record = found.record;
  for (std::uint64_t i = 0; record.at && i < limit; ++i) {
    if (!visit({version_kind(record.kind), record.seq, record.time, record.total})) return {};
    const std::uint64_t prev = record.prev, seq = record.seq;
    if (prev == 0) return {};
    if (view.header(prev, &record) != log::HeaderCheck::kValid) {
      return corrupt(key, {prev, seq, "the version before this seq is damaged"});
    }
  }
  return {};
}

Status Engine::listable() const {
  const std::uint64_t damage = list_damage_.load(std::memory_order_acquire);
  return damage == 0 ? Status{} : damaged_list(damage);
}

Status Engine::damaged_list(std::uint64_t offset) const {
  return fail(Code::kCorrupt,
              fmt::format("keys may be missing or out of date: records at offset {} of {} cannot "
                          "be read",
                          offset, path_));
}

namespace {

// False if it was given up: sorting many keys is most of what a long listing takes.
bool sort_first(std::ptrdiff_t wanted, std::vector<std::string_view>* keys) {
  try {
    std::partial_sort(keys->begin(), keys->begin() + wanted, keys->end(),
                      [](std::string_view a, std::string_view b) {
                        leave_if_cancelled();
                        return a < b;
                      });
    return true;
  } catch (const Cancelled&) {
    return false;
  }
}

}  // namespace

Status Engine::scan(std::string_view prefix, std::optional<std::string_view> after,
                    std::uint64_t limit, const std::function<bool(std::string_view)>& visit) {
  ReclamationEpochs::Guard guard(memtable_.epochs());
  KV_TRY(listable());
  std::uint64_t broken = 0;
  std::vector<std::string_view> keys;
  // Grown in steps it would for a moment hold three times what it needs.
  // (Not for a prefix or a limit, which may leave few.)
  if (prefix.empty() && limit >= memtable_.keys()) {
    keys.reserve(std::min(clock_.live_keys().value_or(0), memtable_.keys()));
  }
  memtable_.visit([&](std::uint64_t offset) {
    if (is_cancelled()) return false;
    Record record;
    const Sight sight = look(offset, &record);
    if (sight == Sight::kBroken) broken = offset;
    if (sight != Sight::kRecord || !is_live(record)) return broken == 0;
    const std::string_view key = record.key();
    if (key.starts_with(prefix) && (!after || key > *after)) keys.push_back(key);
    return true;
  });
  if (broken != 0) return damaged_list(broken);
  if (is_cancelled()) return cancelled();
  const auto wanted = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(limit, keys.size()));
  if (!sort_first(wanted, &keys)) return cancelled();
  for (auto key = keys.begin(); key != keys.begin() + wanted; ++key) {
    if (is_cancelled()) return cancelled();
    if (!visit(*key)) break;
  }
  return {};
}

Result<std::uint64_t> Engine::scan_step(std::uint64_t cursor, std::uint64_t count,
                                        const std::function<void(std::string_view)>& visit) {
  ReclamationEpochs::Guard guard(memtable_.epochs());
  KV_TRY(listable());
  std::uint64_t broken = 0;
  const std::uint64_t next = memtable_.scan(cursor, count, [&](std::uint64_t offset) {
    Record record;
    const Sight sight = look(offset, &record);
    if (sight == Sight::kBroken) broken = offset;
    if (sight == Sight::kRecord && is_live(record)) visit(record.key());
  });
  if (broken != 0) KV_TRY(damaged_list(broken));
  return next;
}

Result<std::uint64_t> Engine::count() {
  KV_TRY(listable());
  // Of a record that broke while it was open nobody knows whether its key is counted
  // rightly: a later write may have been taken for the key's first.
  if (const std::uint64_t broken = broken_seen_.load(std::memory_order_relaxed)) {
    KV_TRY(damaged_list(broken));
  }
  if (const auto live = clock_.live_keys()) return *live;
  std::uint64_t live = 0;
  ReclamationEpochs::Guard guard(memtable_.epochs());
  memtable_.visit([&](std::uint64_t offset) {
    Record record;
    live += look(offset, &record) == Sight::kRecord && is_live(record);
    return true;
  });
  return live;
}

Stats Engine::stats() {
  Stats stats;
  const auto keys = count();
  stats.keys = keys.value_or(0);
  stats.keys_are_known = keys.has_value();
  stats.file_size = log_->end();
  stats.allocated = log_->file().size();
  stats.last_seq = log_->last_seq();
  stats.durable_size = log_->durable_end();
  stats.index_bytes = memtable_.bytes() + clock_.bytes();
  stats.writes = writes_;
  stats.reads = reads_.sum();
  stats.epoch = log_->epoch();
  stats.expiring_keys = clock_.expiring_keys();
  // Until its first write such a store only reads, but would not refuse one.
  const bool may_write = options_.lock_at_first_write;
  stats.read_only = options_.read_only && !may_write;
  if (committer_) stats.syncs = committer_->syncs();
  stats.warnings = clock_.warnings();
  if (!keys) stats.warnings.push_back(keys.error().message);
  if (const Status state = writable();
      !state && !(may_write && state.error().code == Code::kReadOnly)) {
    stats.writes_refused = std::string(code_name(state.error().code)) + " " + state.error().message;
  }
  return stats;
}

}  // namespace kvstore
