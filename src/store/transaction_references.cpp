// Copies in a transaction. A large value is not read: the commit refers to its place at that time.
#include "src/log/chain.h"
#include "src/store/transaction_state.h"
#include "src/store/write_transaction.h"

namespace kvstore {

using log::Record;

Status TransactionState::find_base_of(std::string_view key, const OwnWrite& write, Record* record) {
  if (write.kind != OwnWrite::Kind::kRefer) return find_base(key, record);
  *record = {};
  const SnapshotPin pin(*base_);
  const ReadView view = pin.view();
  const Found found = view.generation().find(write.from, view.seq());
  if (found.record.at) {
    const auto then = log::find_seq(view.generation().view(), found.record, write.from_seq);
    if (!then) return ReadView::corrupt(write.from, then.error());
    *record = *then;
  }
  if (record->at && record->seq == write.from_seq && record->total == write.base_size) return {};
  return ReadView::corrupt(write.from, {0, write.from_seq, "the version is not there any more"});
}

// The record is of the snapshot; its key has been noted as read.
Status TransactionState::set_from(std::string_view key, const Record& record,
                                  const TakeMemory& take_memory) {
  KV_TRY(WriteTransaction::check(key, {}));
  OwnWrite write{OwnWrite::Kind::kSet, {}, record.expires, 0, type_of(record)};
  const SnapshotPin pin(*base_);
  if (WriteTransaction::is_to_be_referred(record.total)) {
    KV_TRY(reserve(OwnWrites::memory_of(key, record.key())));
    write.kind = OwnWrite::Kind::kRefer;
    write.from = record.key();
    write.from_seq = record.seq;
    write.base_size = record.total;
  } else {
    KV_TRY(reserve(OwnWrites::memory_of(key, {}) + record.total));
    if (take_memory) KV_TRY(take_memory(record.total));
    KV_TRY(pin.view().append_bytes(record, 0, record.total, &write.value));
  }
  writes_.put(key, std::move(write));
  return {};
}

Result<bool> TransactionState::copy(std::string_view from, std::string_view to,
                                    const TakeMemory& take_memory) {
  KV_TRY(check_may_write());
  if (const OwnWrite* const own = writes_.find(from)) {
    if (!own->is_there(base_->instant().time_us)) return false;
    return copy_own(OwnWrite(*own), from, to, take_memory);
  }
  Record record;
  KV_TRY(find_base(from, &record));
  if (!record.at) return false;
  KV_TRY(set_from(to, record, take_memory));
  return true;
}

Result<bool> TransactionState::copy_own(const OwnWrite& from, std::string_view from_key,
                                        std::string_view to, const TakeMemory& take_memory) {
  KV_TRY(WriteTransaction::check(to, {}));
  KV_TRY(reserve(OwnWrites::memory_of(to, from.value) + from.from.size()));
  if (take_memory) KV_TRY(take_memory(from.value.size()));
  if (from.kind != OwnWrite::Kind::kAppend || from.base_size == 0) {
    OwnWrite write = from;
    if (write.kind == OwnWrite::Kind::kAppend) write.kind = OwnWrite::Kind::kSet;
    writes_.put(to, std::move(write));
    return true;
  }
  Record base;
  KV_TRY(find_base(from_key, &base));
  KV_TRY(set_from(to, base, take_memory));
  writes_.expire(to, from.expires_ms);
  writes_.extend(to, from.value);
  return true;
}

}  // namespace kvstore
