// A transaction: it reads a store as it was at one moment, keeps its writes to itself, and
// commits all of them as one batch, or none.
//
// It waits for nobody, and nobody waits for it. Instead it is found out at the commit whether
// others have meanwhile changed what it has read; if so it is refused with kConflict and has
// written nothing: the first to commit wins, and who has lost begins again. So transactions
// that commit have the effect of running one after another, in the order of their seqs, and
// beside single writes and Store::update(), too (they are serializable).
//
// What counts as read: each key that a read was about, whether it was there or not, and each
// key that lies in a range it has listed. append() and remove() answer what was there, and so
// read their key; set() does not, unless it is only_if_absent: two transactions that only set
// the same key do not conflict, and the later one counts. What a read answered with an error
// does not count. A key that was read and has expired by the time of the commit has changed.
//
// A transaction that has written nothing has nothing to refuse: it saw one moment, and its
// commit succeeds whatever others did.
//
// It sees its own writes. Beyond that it is a Snapshot: the same reads always answer the same,
// and what it writes with an expiry does not expire in it.
//
// Limits (TransactionLimits in Options): how much memory its writes and the keys it has read
// may take, how much those of all transactions together, and how long it may be open. A
// transaction that passes one is rolled back and answers kAborted from then on.
//
// Thread rule: one thread at a time; each transaction may be another's. Store::close() and the
// store's destructor must not overlap its calls; afterwards they answer kFailed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"

namespace kvstore {

class TransactionState;

class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();  // rolls back what was not committed

  // What it reads, but for its own writes.
  const Snapshot& snapshot() const;
  bool is_read_only() const;
  // commit() would have something to write.
  bool has_writes() const;
  // Rises with each of its writes that can add or take away a key.
  std::uint64_t changes() const;
  // Bytes of memory that its writes and the record of its reads take, about.
  std::uint64_t memory() const;

  // --- Reads: results and errors as Store's members of these names; all of them also
  // kAborted (past a limit) and kUsage (it is over). Versions that are asked for with `at`, and
  // history, are those of the snapshot. KeyInfo::seq is 0 for a key that the transaction has
  // written: it has no version yet.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {});
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {});
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at = {});
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {});
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);
  // Only the keys up to where it stops are read.
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit);
  // The same between bounds, or backwards. The version of the options is not looked at.
  Status walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit);
  // Goes over all keys, and reads them: it costs more than Store::count().
  Result<std::uint64_t> count();

  // --- Writes: kept until commit(). Errors: kReadOnly (transaction or store), kTooBig,
  // kAborted, kUsage; kCorrupt as Store's. WriteOptions::wait is commit()'s.
  Status set(std::string_view key, std::string_view value, const WriteOptions& = {});
  // Returns the length of the value.
  Result<std::uint64_t> append(std::string_view key, std::string_view value,
                               const WriteOptions& = {});
  // Return whether the key was there.
  Result<bool> remove(std::string_view key);
  Result<bool> expire(std::string_view key, std::uint64_t expires_at_ms);
  // All keys, those that it has written itself so far, too. It reads nothing by that.
  Status clear();

  // As Update's.
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory = {});
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  Status set_sorted_set(std::string_view key, const SortedSet& set);

  // Store::undo() in the snapshot. A key that the transaction has written itself has no version
  // before that write which could be meant: kState, unless `to` says which.
  Result<Undone> undo(std::string_view key, const UndoOptions& options = {});

  // Writes everything with one seq, which it returns (with nothing to write: the snapshot's).
  // The transaction is over whatever it answers; unless it succeeds nothing is written, but
  // for kIo or kFailed of a sync that was waited for. kConflict: as said above. kAborted: it was
  // past a limit. Others as the writes of a Store. `wait` as in WriteOptions.
  Result<std::uint64_t> commit(bool wait = true);
  // Nothing was ever written. Does nothing if it is over.
  void rollback();

 private:
  friend class Store;
  explicit Transaction(std::unique_ptr<TransactionState> state);
  std::unique_ptr<TransactionState> state_;  // never null, unless it was moved from
};

}  // namespace kvstore
