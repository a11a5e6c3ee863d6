// A transaction: it reads a store as of one moment, keeps its writes private, and commits them as
// one batch, or not at all.
//
// It takes no locks and blocks no other thread (optimistic concurrency). The commit checks whether
// others have changed what it has read. If so, it is refused with kConflict and nothing is written:
// the first to commit wins, and the loser begins again. Committed transactions are serializable:
// they have the effect of running one after another, in the order of their seqs, also with respect
// to single writes and Store::update().
//
// The read set: each key that was read, whether it existed or not, and each key in a listed range.
// append() and remove() depend on the former value, and so read their key. set() does not, unless
// it is only_if_absent: two transactions that only set the same key do not conflict, and the later
// one wins. A read that failed does not count. A key that was read and has expired by the time of
// the commit has changed.
//
// A transaction without writes cannot conflict: it saw one moment, and its commit always succeeds.
//
// It sees its own writes. Otherwise it reads like a Snapshot: reads are repeatable, and what it
// writes with an expiry does not expire in it.
//
// Limits (TransactionLimits in Options): the memory of its writes and its read set, the memory of
// all transactions together, and the time that it may be open. A transaction that exceeds one is
// rolled back and answers kAborted from then on.
//
// Thread rule: one thread at a time for each transaction. Store::close() and the store's destructor
// must not overlap its calls; afterwards they answer kFailed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/base/status.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"

namespace kvstore {

class TransactionState;

class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();  // rolls back if it was not committed

  // The snapshot that it reads, without its own writes.
  const Snapshot& snapshot() const;
  bool is_read_only() const;
  // True if commit() has something to write.
  bool has_writes() const;
  // Grows with each of its writes that can add or remove a key.
  std::uint64_t changes() const;
  // Bytes of memory that its writes and its read set take (estimated).
  std::uint64_t memory() const;

  // --- Reads: results and errors as the members of Store with these names, and also kAborted (over
  // a limit) and kUsage (the transaction has ended). With `at`, and for history, the versions are
  // those of the snapshot. KeyInfo::seq is 0 for a key that the transaction has written: it has no
  // version yet.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {});
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {});
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at = {});
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {});
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);
  // Only the keys up to the last visited one count as read.
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit);
  // The same with bounds, or backwards. Ignores the version in the options.
  Status walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit);
  // Visits all keys, which count as read: slower than Store::count().
  Result<std::uint64_t> count();

  // --- Writes: kept until commit(). Errors: kReadOnly (transaction or store), kTooBig, kAborted,
  // kUsage; kCorrupt as in Store. WriteOptions::wait is ignored; see commit().
  Status set(std::string_view key, std::string_view value, const WriteOptions& = {});
  // Returns the new length of the value.
  Result<std::uint64_t> append(std::string_view key, std::string_view value,
                               const WriteOptions& = {});
  // These two return whether the key existed.
  Result<bool> remove(std::string_view key);
  Result<bool> expire(std::string_view key, std::uint64_t expires_at_ms);
  // Deletes all keys, including those written in this transaction. Does not count as a read.
  Status clear();

  // See Update.
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory = {});
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  Status set_sorted_set(std::string_view key, const SortedSet& set);

  // Calls `change`, which makes several of these writes: all, or none. If it fails or throws, what
  // it has written is taken back (what it has read stays in the read set) and the transaction goes
  // on. Not to be nested; no clear() within.
  Status attempt(FunctionRef<Status()> change);

  // As Store::undo(), in the snapshot. kState for a key that the transaction itself has written,
  // unless `to` names the version.
  Result<Undone> undo(std::string_view key, const UndoOptions& options = {});

  // Writes all changes with one seq, and returns it (the snapshot's if there was nothing to write).
  // The transaction has ended whatever the result. After an error nothing is written, except after
  // kIo or kFailed of a sync that was waited for. kConflict: see above. kAborted: it had exceeded a
  // limit. Others as the writes of a Store. `wait` as in WriteOptions.
  Result<std::uint64_t> commit(bool wait = true);
  // Discards all writes. No effect if the transaction has ended.
  void rollback();

 private:
  friend class Store;
  explicit Transaction(std::unique_ptr<TransactionState> state);
  std::unique_ptr<TransactionState> state_;  // null only after a move
};

}  // namespace kvstore
