#include "src/store/transaction_state.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/human.h"
#include "src/store/write_transaction.h"

namespace kvstore {

using log::Record;

TransactionState::TransactionState(Snapshot snapshot, std::shared_ptr<const SnapshotState> state,
                                   const Limits& limits)
    : snapshot_(std::move(snapshot)),
      base_(std::move(state)),
      store_(base_->shared_store()),
      limits_(limits) {}

void TransactionState::end() {
  base_.reset();
  snapshot_ = Snapshot(nullptr);
  reads_ = {};
  writes_ = {};
  store_->give_back(std::exchange(charged_, 0));
}

// --- Limits

// Called first by each member.
Status TransactionState::check() {
  if (aborted_) return fail(*aborted_);
  if (!base_) return fail(Code::kUsage, "the transaction is over", "begin another one");
  KV_TRY(SnapshotPin::check(*base_));
  const std::chrono::milliseconds limit(limits_.time_ms);
  if (limit.count() == 0 || Clock::now() - began_ < limit) return {};
  return abort(fmt::format("it was open for more than {} s", limits_.time_ms / 1000.0),
               "do it again, and commit sooner");
}

tl::unexpected<Error> TransactionState::abort(std::string message, std::string hint) {
  aborted_ = Error{Code::kAborted, "the transaction was rolled back: " + std::move(message),
                   std::move(hint)};
  end();
  return fail(*aborted_);
}

// Aborts if `bytes` more than now would exceed a limit.
Status TransactionState::reserve(std::uint64_t bytes) {
  const std::uint64_t needed = memory() + bytes;
  if (needed > limits_.bytes) {
    return abort(fmt::format("its writes, and the keys that it has read, take more than {}",
                             human_size(limits_.bytes)),
                 "do it again in smaller parts");
  }
  if (needed <= charged_) return {};
  if (!store_->take_memory(needed - charged_, limits_.bytes_of_all)) {
    return abort(fmt::format("all transactions together take more than {}",
                             human_size(limits_.bytes_of_all)),
                 "do it again once others have committed");
  }
  charged_ = needed;
  return {};
}

// --- The read set

Status TransactionState::note_key(std::string_view key) {
  if (limits_.read_only || reads_.covers(key)) return {};
  KV_TRY(reserve(ReadSet::memory_of(key)));
  reads_.add_key(key);
  return {};
}

Status TransactionState::note_range(KeyRange range) {
  if (limits_.read_only) return {};
  KV_TRY(reserve(ReadSet::memory_of(range)));
  reads_.add_range(std::move(range));
  return {};
}

// Versions up to the snapshot do not change. Times may: after a step back of the clock later writes
// have earlier times.
Status TransactionState::note_version(std::string_view key, const At& at) {
  return at.seq && *at.seq <= base_->seq() ? Status{} : note_key(key);
}

Status TransactionState::find_base(std::string_view key, Record* record) {
  *record = {};
  if (writes_.has_cleared()) return {};
  const SnapshotPin pin(*base_);
  if (pin) KV_TRY(pin.view().resolve(key, {}, record));
  KV_TRY(note_key(key));
  if (record->at) reads_.add_expiry(record->expires);
  return {};
}

// --- Reads

Result<bool> TransactionState::is_there(std::string_view key) {
  if (const OwnWrite* const own = writes_.find(key)) {
    return own->is_there(base_->instant().time_us);
  }
  Record record;
  KV_TRY(find_base(key, &record));
  return record.at != nullptr;
}

// Appends bytes [begin, end) of a value that the transaction has set or appended to.
Status TransactionState::append_part(std::string_view key, const OwnWrite& write,
                                     std::uint64_t begin, std::uint64_t end, std::string* out) {
  if (begin < write.base_size) {
    Record record;
    KV_TRY(find_base_of(key, write, &record));
    const SnapshotPin pin(*base_);
    KV_TRY(pin.view().append_bytes(record, begin, std::min(end, write.base_size), out));
  }
  const std::uint64_t from = std::max(begin, write.base_size) - write.base_size;
  if (end > write.base_size) out->append(write.value, from, end - write.base_size - from);
  return {};
}

Result<bool> TransactionState::get(std::string_view key, std::string* value, const At& at) {
  KV_TRY(check());
  if (!at.now()) {
    KV_ASSIGN(const bool found, snapshot_.get(key, value, at));
    KV_TRY(note_version(key, at));
    return found;
  }
  if (const OwnWrite* const own = writes_.find(key)) {
    if (!own->is_there(base_->instant().time_us)) return false;
    if (own->type != ValueType::kString) return wrong_type(key, ValueType::kString);
    KV_TRY(check_whole_value(own->total()));
    value->clear();
    KV_TRY(append_part(key, *own, 0, own->total(), value));
    return true;
  }
  Record record;
  KV_TRY(find_base(key, &record));
  if (!record.at) return false;
  KV_TRY(check_type(key, record, ValueType::kString));
  const SnapshotPin pin(*base_);
  return pin.view().whole_value(record, value);
}

Result<bool> TransactionState::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                                    std::string* value, const At& at) {
  KV_TRY(check());
  if (!at.now()) {
    KV_ASSIGN(const bool found, snapshot_.read(key, offset, length, value, at));
    KV_TRY(note_version(key, at));
    return found;
  }
  const OwnWrite* const own = writes_.find(key);
  Record record;
  if (own == nullptr) KV_TRY(find_base(key, &record));
  const bool found = own ? own->is_there(base_->instant().time_us) : record.at != nullptr;
  if (!found) return false;
  if ((own ? own->type : type_of(record)) != ValueType::kString) {
    return wrong_type(key, ValueType::kString);
  }
  const std::uint64_t total = own ? own->total() : record.total;
  const std::uint64_t begin = begin_of_read(offset, total);
  const std::uint64_t end = begin + std::min(length, total - begin);
  KV_TRY(check_part_size(end - begin));
  value->clear();
  if (own) {
    KV_TRY(append_part(key, *own, begin, end, value));
  } else {
    KV_TRY(SnapshotPin(*base_).view().append_bytes(record, begin, end, value));
  }
  return true;
}

Result<std::optional<KeyInfo>> TransactionState::stat(std::string_view key, const At& at) {
  KV_TRY(check());
  if (!at.now()) {
    KV_ASSIGN(auto info, snapshot_.stat(key, at));
    KV_TRY(note_version(key, at));
    return info;
  }
  if (const OwnWrite* const own = writes_.find(key)) {
    const std::uint64_t now = base_->instant().time_us;
    if (!own->is_there(now)) return std::nullopt;
    return KeyInfo{own->type, own->total(), own->expires_ms, 0, now};
  }
  Record record;
  KV_TRY(find_base(key, &record));
  if (!record.at) return std::nullopt;
  return key_info(record);
}

Status TransactionState::history(std::string_view key, std::uint64_t limit,
                                 const std::function<bool(const Version&)>& visit) {
  KV_TRY(check());
  KV_TRY(note_key(key));
  return snapshot_.history(key, limit, visit);
}

// --- Writes

Status TransactionState::check_may_write() {
  KV_TRY(check());
  if (limits_.read_only) {
    return fail(Code::kReadOnly, "the transaction is read-only",
                "ROLLBACK, then BEGIN without READONLY");
  }
  KV_ASSIGN(Core* const core, store_->core());
  return core->check_writable();
}

Status TransactionState::set(std::string_view key, std::string_view value,
                             const WriteOptions& options) {
  KV_TRY(check_may_write());
  KV_TRY(WriteTransaction::check(key, value, options));
  if (options.only_if_absent) {
    KV_ASSIGN(const bool existed, is_there(key));
    if (existed) return fail(Code::kExists, "the key exists");
  }
  KV_TRY(reserve(OwnWrites::memory_of(key, value)));
  OwnWrite write{OwnWrite::Kind::kSet, std::string(value),
                 options.expires_ms(base_->instant().time_us / 1000), 0, options.type};
  write.ttl_ms = options.ttl_ms;
  writes_.put(key, std::move(write));
  return {};
}

Result<std::uint64_t> TransactionState::append(std::string_view key, std::string_view value,
                                               ValueType type) {
  KV_TRY(check_may_write());
  KV_TRY(WriteTransaction::check(key, value));
  OwnWrite* const own = writes_.find(key);
  if (own == nullptr) {
    KV_TRY(append_to_base(key, value, type));
  } else {
    KV_TRY(append_to(*own, key, value, type));
  }
  return writes_.find(key)->total();
}

Status TransactionState::append_to(OwnWrite& write, std::string_view key, std::string_view value,
                                   ValueType type) {
  const bool begins_anew = !write.is_there(base_->instant().time_us);
  KV_TRY(reserve(OwnWrites::memory_of(key, value)));
  if (begins_anew) {
    writes_.put(key, {OwnWrite::Kind::kSet, std::string(value), 0, 0, type});
    return {};
  }
  if (write.type != type) return wrong_type(key, type);
  KV_TRY(WriteTransaction::check_size(write.value.size() + value.size()));
  writes_.extend(key, value);
  return {};
}

Status TransactionState::append_to_base(std::string_view key, std::string_view value,
                                        ValueType type) {
  Record record;
  KV_TRY(find_base(key, &record));
  if (record.at) KV_TRY(check_type(key, record, type));
  KV_TRY(reserve(OwnWrites::memory_of(key, value)));
  OwnWrite write{OwnWrite::Kind::kAppend, std::string(value), 0, 0, type};
  if (record.at) {
    write.expires_ms = record.expires;
    write.base_size = record.total;
  }
  writes_.put(key, std::move(write));
  return {};
}

Result<bool> TransactionState::remove(std::string_view key) {
  KV_TRY(check_may_write());
  KV_TRY(WriteTransaction::check(key, {}));
  const bool was_written = writes_.find(key) != nullptr;
  KV_ASSIGN(const bool existed, is_there(key));
  if (!existed && !was_written) return false;
  KV_TRY(reserve(OwnWrites::memory_of(key, {})));
  writes_.put(key, {OwnWrite::Kind::kRemove, {}, 0, 0, ValueType::kNone});
  return existed;
}

// After an abort there is nothing to take back.
Status TransactionState::attempt(FunctionRef<Status()> change) {
  KV_TRY(check());
  writes_.set_savepoint();
  try {
    Status done = change();
    if (!done) writes_.take_back();
    writes_.release();
    return done;
  } catch (...) {
    writes_.take_back();
    writes_.release();
    throw;
  }
}

// A blind write: the former state does not matter.
Status TransactionState::clear() {
  KV_TRY(check_may_write());
  writes_.clear();
  return {};
}

// An append of no bytes, with another expiry.
Result<bool> TransactionState::expire(std::string_view key, std::uint64_t expires_at_ms) {
  KV_TRY(check_may_write());
  KV_TRY(WriteTransaction::check(key, {}, expires_at_ms));
  if (const OwnWrite* const own = writes_.find(key)) {
    if (!own->is_there(base_->instant().time_us)) return false;
    writes_.expire(key, expires_at_ms);
    return true;
  }
  Record record;
  KV_TRY(find_base(key, &record));
  if (!record.at) return false;
  KV_TRY(reserve(OwnWrites::memory_of(key, {})));
  writes_.put(key, {OwnWrite::Kind::kAppend, {}, expires_at_ms, record.total, type_of(record)});
  return true;
}

}  // namespace kvstore
