// The implementation of a Transaction (see transaction.h for the members).
//
// Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/store/core.h"
#include "src/store/open_snapshots.h"
#include "src/store/own_writes.h"
#include "src/store/read_set.h"
#include "src/store/transaction.h"

namespace kvstore {

class TransactionState {
 public:
  struct Limits {
    bool read_only = false;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_of_all = 0;
    std::uint32_t time_ms = 0;  // 0: none
  };
  TransactionState(Snapshot snapshot, std::shared_ptr<const SnapshotState> state,
                   const Limits& limits);
  ~TransactionState() { end(); }
  TransactionState(const TransactionState&) = delete;
  TransactionState& operator=(const TransactionState&) = delete;

  const Snapshot& snapshot() const { return snapshot_; }
  bool is_read_only() const { return limits_.read_only; }
  bool has_writes() const { return !writes_.is_empty(); }
  std::uint64_t changes() const { return writes_.changes(); }
  std::uint64_t memory() const { return reads_.memory() + writes_.memory(); }

  Result<bool> get(std::string_view key, std::string* value, const At& at);
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at);
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at);
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at);
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);
  Status walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
              const std::function<bool(std::string_view)>& visit);

  Status set(std::string_view key, std::string_view value, const WriteOptions& options);
  Result<std::uint64_t> append(std::string_view key, std::string_view value, ValueType type);
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  Status set_sorted_set(std::string_view key, const SortedSet& set);
  Result<bool> remove(std::string_view key);
  Result<Undone> undo(std::string_view key, const UndoOptions& options);
  Result<bool> expire(std::string_view key, std::uint64_t expires_at_ms);
  Status clear();
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory);

  Status attempt(FunctionRef<Status()> change);
  Result<std::uint64_t> commit(bool wait);
  // Releases the snapshot and all memory.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  Status check();
  Status check_may_write();
  tl::unexpected<Error> abort(std::string message, std::string hint);
  Status reserve(std::uint64_t bytes);

  Status note_key(std::string_view key);
  Status note_range(KeyRange range);
  Status note_walk(KeyRange bounds, bool backwards, const std::string* last);
  Status note_version(std::string_view key, const At& at);
  // The record of the key in the snapshot; the key is noted as read. record->at is null if the key
  // is missing, or if the transaction has deleted all keys.
  Status find_base(std::string_view key, log::Record* record);
  Result<bool> is_there(std::string_view key);

  // The record of the value to which an append or a kRefer adds.
  Status find_base_of(std::string_view key, const OwnWrite& write, log::Record* record);
  Status set_from(std::string_view key, const log::Record& record, const TakeMemory& take_memory);
  Result<bool> copy_own(const OwnWrite& from, std::string_view from_key, std::string_view to,
                        const TakeMemory& take_memory);
  Status append_part(std::string_view key, const OwnWrite& write, std::uint64_t begin,
                     std::uint64_t end, std::string* out);
  Status append_to(OwnWrite& write, std::string_view key, std::string_view value, ValueType type);
  Status append_to_base(std::string_view key, std::string_view value, ValueType type);

  Result<SortedSet> set_of(std::string_view key, OwnWrite& own);
  void cache_set(OwnWrite& own, SortedSet set);

  Result<std::optional<std::uint64_t>> write(Core& core, bool wait);

  Snapshot snapshot_;
  std::shared_ptr<const SnapshotState> base_;  // the snapshot's; null once the transaction has
                                               // ended
  const std::shared_ptr<OpenSnapshots> store_;
  const Limits limits_;
  std::uint64_t sets_memory_ = 0;  // memory of all sets cached since there was none
  const Clock::time_point began_ = Clock::now();
  ReadSet reads_;
  OwnWrites writes_;
  std::uint64_t charged_ = 0;  // part charged to the memory of all transactions
  std::optional<Error> aborted_;
};

}  // namespace kvstore
