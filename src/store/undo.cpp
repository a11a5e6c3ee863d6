// Store::undo(), the same in a transaction, and past states of keys.
#include <fmt/core.h>

#include "src/base/quote.h"
#include "src/log/lost.h"
#include "src/store/past_state.h"
#include "src/store/transaction_state.h"
#include "src/store/write_transaction.h"

namespace kvstore {
namespace {

using log::Record;

constexpr std::size_t kShownUndone = 64;  // bytes of a key shown in a message

tl::unexpected<Error> cut_before(const ReadView& view, std::string_view key) {
  std::string shown;
  append_quoted(key, &shown, kShownUndone);
  return fail(Code::kPurged,
              fmt::format("what key {} was before is gone: the file has no history from before "
                          "version {}",
                          shown, view.generation().log().page().header.floor_seq),
              "a backup from before that may have it");
}

// A key without any record may have had records that a compaction has dropped.
Result<Record> record_before(const ReadView& view, std::string_view key, const Record& newest) {
  if (view.deleted_by(newest)) return newest;
  const log::View log = view.generation().view();
  const bool is_cut = newest.at ? log.base().holds(newest.offset)
                                : view.generation().log().page().header.floor_seq > 0;
  if (is_cut) return cut_before(view, key);
  if (!newest.at) return Record{};
  // A version may have several records: a REF and what was appended to it in one write.
  Record before = newest;
  while (before.seq == newest.seq) {
    if (before.prev == 0) return Record{};
    if (log.base().holds(before.offset)) return cut_before(view, key);
    const std::uint64_t prev = before.prev;
    if (log.header(prev, &before) != log::HeaderCheck::kValid) {
      return ReadView::corrupt(key, {prev, newest.seq, "the version before this seq is damaged"});
    }
  }
  if (const std::uint64_t lost = view.lost_clear_between(before, newest)) {
    return ReadView::corrupt(key, {lost, 0, kMayBeCleared});
  }
  return view.deleted_by(before, &newest) ? Record{} : before;
}

Result<Record> record_then(const ReadView& view, std::string_view key, const At& at,
                           const Record& newest) {
  if (at.now()) return record_before(view, key, newest);
  KV_TRY(view.check_floor(at));
  Record then = newest;
  if (then.at) KV_TRY(view.resolve_from(key, at, &then));
  return then;
}

bool is_there(const ReadView& view, const Record& record) {
  return record.at != nullptr && view.is_live(record);
}

// Called before the key is changed, so it must not fail.
Undone undone_of(const PastState& past) {
  Undone undone;
  undone.written = true;
  if (past.record.at) undone.restored = past.record.seq, undone.size = past.record.total;
  return undone;
}

}  // namespace

Result<PastState> past_state(const ReadView& view, std::string_view key, const At& at) {
  const Found found = view.generation().find(key, view.seq());
  if (found.has_lost_history()) return ReadView::corrupt(key, found.broken);
  PastState past;
  KV_ASSIGN(past.record, record_then(view, key, at, found.record));
  if (!is_there(view, past.record)) past.record = {};
  const bool is_shown = !found.cleared && is_there(view, found.record);
  const std::uint64_t shown = is_shown ? found.record.offset : 0;
  past.is_current = shown == (past.record.at ? past.record.offset : 0);
  if (past.record.kind == log::Kind::kHole && past.record.at && !past.is_current) {
    return ReadView::corrupt(key,
                             {past.record.offset, past.record.seq, log::kValueLost});
  }
  return past;
}

Result<Undone> Store::undo(std::string_view key, const UndoOptions& options) {
  KV_TRY(WriteTransaction::check(key, {}));
  KV_ASSIGN(const bool there, has_file());
  if (!there) return Undone{};
  WriteTransaction transaction(*core_, key);
  KV_TRY(transaction.begin());
  const ReadView view(transaction.generation(), UINT64_MAX);
  KV_ASSIGN(const PastState past, past_state(view, key, options.to));
  if (past.is_current) return Undone{};
  if (past.record.at) {
    KV_TRY(transaction.set_from(key, past.record, past.record.expires, options.take_memory));
  } else {
    KV_TRY(transaction.remove(key));
  }
  Undone undone = undone_of(past);
  KV_ASSIGN(undone.seq, transaction.commit(options.wait));
  return undone;
}

// Whether the undo changes anything depends on the present state, so that counts as read.
Result<Undone> TransactionState::undo(std::string_view key, const UndoOptions& options) {
  KV_TRY(check_may_write());
  KV_TRY(WriteTransaction::check(key, {}));
  const bool is_own = writes_.find(key) != nullptr || writes_.has_cleared();
  if (is_own && options.to.now()) {
    return fail(Code::kState,
                "the transaction has written this key itself, which is not a version yet",
                "UNDO key TO a seq of HISTORY, or ROLLBACK");
  }
  const SnapshotPin pin(*base_);
  if (!pin) return Undone{};
  const ReadView view = pin.view();
  KV_ASSIGN(const PastState past, past_state(view, key, options.to));
  KV_TRY(note_key(key));
  if (past.is_current && !is_own) return Undone{};
  if (past.record.at) {
    KV_TRY(set_from(key, past.record, options.take_memory));
  } else {
    KV_TRY(reserve(OwnWrites::memory_of(key, {})));
    writes_.put(key, {OwnWrite::Kind::kRemove, {}, 0, 0, ValueType::kNone});
  }
  return undone_of(past);
}

}  // namespace kvstore
