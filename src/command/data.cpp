#include "src/command/data.h"

#include <algorithm>
#include <new>
#include <optional>
#include <type_traits>
#include <vector>

#include "src/command/moment.h"
#include "src/command/noting_edit.h"
#include "src/store/snapshot.h"

namespace kvstore::command {
namespace {

constexpr WriteOptions kUnwaited{.wait = false};

// An Edit of an Update or of a Transaction.
template <class Target>
class EditOf final : public Edit {
 public:
  explicit EditOf(Target& target) : target_(target) {}
  Result<bool> get(std::string_view key, std::string* value) override {
    return target_.get(key, value);
  }
  Result<std::optional<KeyInfo>> stat(std::string_view key) override { return target_.stat(key); }
  Status set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) override {
    KV_TRY(target_.set(key, value, {.expires_at_ms = expires_at_ms}));
    return {};
  }
  // A transaction copies the value in any case.
  Status change_held(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                     KeyEvent) override {
    if constexpr (std::is_same_v<Target, Update>) {
      KV_TRY(target_.set_held(key, value, {.expires_at_ms = expires_at_ms}));
      return {};
    } else {
      return set(key, value, expires_at_ms);
    }
  }
  Status remove(std::string_view key) override {
    KV_TRY(target_.remove(key));
    return {};
  }
  Status expire(std::string_view key, std::uint64_t expires_at_ms) override {
    KV_TRY(target_.expire(key, expires_at_ms));
    return {};
  }
  Result<bool> copy(std::string_view from, std::string_view to,
                    const TakeMemory& take_memory) override {
    return target_.copy(from, to, take_memory);
  }
  Result<std::optional<SortedSet>> sorted_set(std::string_view key) override {
    return target_.sorted_set(key);
  }
  bool has_set_to_read(std::string_view key) override {
    if constexpr (std::is_same_v<Target, Update>) {
      return target_.has_set_to_read(key);
    } else {
      return (void)key, false;
    }
  }
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes,
                           KeyEvent) override {
    return target_.change_sorted_set(key, changes);
  }
  Status set_sorted_set(std::string_view key, const SortedSet& set, KeyEvent) override {
    return target_.set_sorted_set(key, set);
  }

 private:
  Target& target_;
};

}  // namespace

Result<Moment> Data::moment() {
  if (transaction_) return Moment(notices_, *transaction_);
  KV_ASSIGN(Snapshot now, store_.snapshot());
  return Moment(notices_, std::move(now));
}

Result<bool> Data::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                        std::string* value, const At& at) {
  return notices_.looked(key, transaction_ ? transaction_->read(key, offset, length, value, at)
                                           : store_.read(key, offset, length, value, at));
}

Result<std::optional<KeyInfo>> Data::stat(std::string_view key, const At& at) {
  return notices_.looked(key, transaction_ ? transaction_->stat(key, at) : store_.stat(key, at));
}

Status Data::stat_each(std::span<const std::string_view> keys,
                       const std::function<bool(const std::optional<KeyInfo>&)>& visit) {
  if (!transaction_) {
    auto key = keys.begin();
    return store_.stat_each(keys, [&](const std::optional<KeyInfo>& info) {
      notices_.noticed(*key++, info.has_value());
      return visit(info);
    });
  }
  for (const std::string_view key : keys) {
    KV_ASSIGN(const auto info, notices_.looked(key, transaction_->stat(key)));
    if (!visit(info)) break;
  }
  return {};
}

Status Data::history(std::string_view key, std::uint64_t limit,
                     const std::function<bool(const Version&)>& visit) {
  return transaction_ ? transaction_->history(key, limit, visit)
                      : store_.history(key, limit, visit);
}

Status Data::scan(std::string_view prefix, const std::function<bool(std::string_view key)>& visit) {
  return transaction_ ? transaction_->scan(prefix, std::nullopt, UINT64_MAX, visit)
                      : store_.scan(prefix, std::nullopt, UINT64_MAX, visit);
}

Result<std::unique_ptr<Iterator>> Data::iterator(const IteratorOptions& options) {
  KV_ASSIGN(const Snapshot now, store_.snapshot());
  return now.iterator(options);
}

Result<std::uint64_t> Data::scan_step(std::uint64_t cursor, std::uint64_t count,
                                      const std::function<void(std::string_view key)>& visit) {
  if (!transaction_) return store_.scan_step(cursor, count, visit);
  return fail(Code::kState,
              "in a transaction SCAN begins with cursor 0, and lists all keys at once",
              "SCAN 0, or COMMIT first");
}

Result<Diff> Data::diff(const At& from, const At& to, std::string_view prefix) {
  if (transaction_) {
    return fail(Code::kState, "DIFF is not supported in a transaction", "COMMIT or ROLLBACK first");
  }
  KV_ASSIGN(const Snapshot now, store_.snapshot());
  return Diff::between(now, from, to, std::string(prefix));
}

Result<std::uint64_t> Data::count() {
  return transaction_ ? transaction_->count() : store_.count();
}

Result<std::uint64_t> Data::last_seq() {
  return transaction_ ? transaction_->snapshot().seq() : store_.last_seq();
}

// False for a key that cannot be read.
bool Data::is_new(const std::optional<WriteNotice>& notice, std::string_view key) {
  if (!notice || !notice->wants_new_keys()) return false;
  const auto info = transaction_ ? transaction_->stat(key) : store_.stat(key);
  return info && !*info;
}

Status Data::set(std::string_view key, std::string_view value, WriteOptions options) {
  KV_TRY(notices_.check_kept());
  auto notice = notices_.begin_write(store_);
  if (is_new(notice, key)) notice->made(key);
  if (transaction_) {
    KV_TRY(transaction_->set(key, value, options));
  } else {
    options.wait = false;
    KV_ASSIGN(last_write_, store_.set(key, value, options));
  }
  if (!notice) return {};
  notice->set(key, options.expires_at_ms);
  notice->finish();
  return {};
}

Result<std::uint64_t> Data::append(std::string_view key, std::string_view value) {
  KV_TRY(notices_.check_kept());
  auto notice = notices_.begin_write(store_);
  if (is_new(notice, key)) notice->made(key);
  std::uint64_t total = 0;
  if (transaction_) {
    KV_ASSIGN(total, transaction_->append(key, value));
  } else {
    KV_ASSIGN(last_write_, store_.append(key, value, kUnwaited));
    total = last_write_.total;
  }
  if (!notice) return total;
  notice->changed(key, key_event::kAppend, std::nullopt);
  notice->finish();
  return total;
}

Result<bool> Data::remove(std::string_view key) {
  KV_TRY(notices_.check_kept());
  auto notice = notices_.begin_write(store_);
  bool existed = false;
  if (transaction_) {
    KV_ASSIGN(existed, transaction_->remove(key));
  } else {
    KV_ASSIGN(last_write_, store_.remove(key, kUnwaited));
    existed = last_write_.existed;
  }
  if (!notice || !existed) return existed;
  notice->removed(key);
  notice->finish();
  return true;
}

Result<Undone> Data::undo(std::string_view key, UndoOptions options) {
  KV_TRY(notices_.check_kept());
  auto notice = notices_.begin_write(store_);
  const bool made = is_new(notice, key);
  options.wait = false;
  KV_ASSIGN(const Undone undone,
            transaction_ ? transaction_->undo(key, options) : store_.undo(key, options));
  if (!notice || !undone.written) return undone;
  note_undone(key, made, *notice);
  notice->finish();
  return undone;
}

// It stands, whatever can be told of it.
void Data::note_undone(std::string_view key, bool made, WriteNotice& notice) try {
  const auto info = transaction_ ? transaction_->stat(key) : store_.stat(key);
  if (!info) return notice.unknown();
  if (!*info) return notice.removed(key);
  if (made) notice.made(key);
  notice.changed(key, key_event::kRestore, (*info)->expires_at_ms);
} catch (const std::bad_alloc&) {
  notice.unknown();
}

Status Data::clear() {
  auto notice = notices_.begin_write(store_);
  if (transaction_) {
    KV_TRY(transaction_->clear());
  } else {
    KV_TRY(store_.clear(false));
  }
  if (!notice) return {};
  notice->cleared();
  notice->finish();
  return {};
}

Status Data::update(FunctionRef<Status(Edit&)> change) {
  KV_TRY(notices_.check_kept());
  auto notice = notices_.begin_write(store_);
  const auto run = [&](Edit& edit) -> Status {
    if (!notice) return change(edit);
    NotingEdit noting(edit, *notice);
    return change(noting);
  };
  if (transaction_) {
    EditOf<Transaction> edit(*transaction_);
    KV_TRY(transaction_->attempt([&] { return run(edit); }));
  } else {
    KV_ASSIGN(const std::uint64_t seq, store_.update(
                                           [&](Update& update) {
                                             EditOf<Update> edit(update);
                                             return run(edit);
                                           },
                                           false));
    last_write_ = {.seq = seq};
  }
  if (notice) notice->finish();
  return {};
}

Result<std::uint64_t> Data::remove_all(std::span<const std::string_view> keys) {
  std::uint64_t existed = 0;
  if (notices_.are_wanted()) {
    const Status done = update([&](Edit& edit) -> Status {
      for (const std::string_view key : keys) {
        const auto info = edit.stat(key);  // of one that is damaged an error: it is removed, too
        if (info && !*info) continue;
        KV_TRY(edit.remove(key));
        ++existed;
      }
      return {};
    });
    if (!done) return fail(done.error());
    return existed;
  }
  if (transaction_) {
    KV_TRY(transaction_->attempt([&]() -> Status {
      for (const std::string_view key : keys) {
        KV_ASSIGN(const bool removed, transaction_->remove(key));
        existed += removed;
      }
      return {};
    }));
    return existed;
  }
  std::vector<std::string_view> different(keys.begin(), keys.end());
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  Batch batch;
  for (const std::string_view key : different) batch.remove(key);
  return store_.apply(batch, false);
}

Status Data::begin(const TransactionOptions& options) {
  KV_ASSIGN(Transaction transaction, store_.transaction(options));
  transaction_.emplace(std::move(transaction));
  notices_.begin_transaction();
  return {};
}

Status Data::commit() try {
  Transaction ending = std::move(*transaction_);
  transaction_.reset();
  std::optional<WriteHold> hold;
  if (notices_.are_wanted()) hold.emplace(store_);
  const Result<std::uint64_t> seq = ending.commit(false);
  if (!seq) {
    notices_.roll_back();
    return fail(seq.error());
  }
  notices_.commit_transaction();
  last_write_ = {.seq = *seq};
  return {};
} catch (...) {
  notices_.roll_back();
  throw;
}

}  // namespace kvstore::command
