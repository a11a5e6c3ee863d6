// The data that a session's commands read and write: the present store or, between BEGIN and
// COMMIT, a transaction. Handlers access keys and values only through it, so a command is written
// once for both.
//
// In a transaction, commands see its snapshot and its own writes; versions (AT, HISTORY) are those
// of the store up to the snapshot.
//
// Thread rule: one thread at a time, as the session. The store must outlive this.
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
#include "src/command/key_events.h"
#include "src/command/notices.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/diff.h"
#include "src/store/iterator.h"
#include "src/store/store.h"
#include "src/store/transaction.h"

namespace kvstore::command {

// The data as seen by a command that reads, decides and writes: no other write comes in between.
// Results and errors as the members of Store with these names.
class Edit {
 public:
  virtual ~Edit() = default;
  virtual Result<bool> get(std::string_view key, std::string* value) = 0;
  virtual Result<std::optional<KeyInfo>> stat(std::string_view key) = 0;
  virtual Status set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) = 0;
  // The same for a value that was modified, for which keyspace events report `event`; the key keeps
  // its expiry.
  virtual Status change(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                        KeyEvent event) {
    (void)event;
    return set(key, value, expires_at_ms);
  }
  // The value must live until Data::update() returns: outside a transaction it is not copied.
  virtual Status change_held(std::string_view key, std::string_view value,
                             std::uint64_t expires_at_ms, KeyEvent event) = 0;
  virtual Status remove(std::string_view key) = 0;
  virtual Status expire(std::string_view key, std::uint64_t expires_at_ms) = 0;
  virtual Result<bool> copy(std::string_view from, std::string_view to,
                            const TakeMemory& take_memory) = 0;
  // copy(), and then removes the old key.
  virtual Result<bool> rename(std::string_view from, std::string_view to,
                              const TakeMemory& take_memory) {
    KV_ASSIGN(const bool is_there, copy(from, to, take_memory));
    if (is_there) KV_TRY(remove(from));
    return is_there;
  }
  virtual Result<std::optional<SortedSet>> sorted_set(std::string_view key) = 0;
  // See Update; false in a transaction, which holds no lock.
  virtual bool has_set_to_read(std::string_view key) = 0;
  virtual Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes,
                                   KeyEvent event) = 0;
  virtual Status set_sorted_set(std::string_view key, const SortedSet& set, KeyEvent event) = 0;
};

class Moment;

class Data {
 public:
  // `notices` receives the session's keyspace events and look-ups; it must outlive this.
  Data(Store& store, Notices& notices) : store_(store), notices_(notices) {}

  // For a command that reads more than once (src/command/moment.h).
  Result<Moment> moment();

  // --- Results and errors as the members of Store, or of Transaction, with these names.
  Result<bool> get(std::string_view key, std::string* value, const At& at) {
    return notices_.looked(
        key, transaction_ ? transaction_->get(key, value, at) : store_.get(key, value, at));
  }
  // For a command that writes and whose reply tells whether the key existed.
  void answers(std::string_view key, bool is_there) { notices_.answers(key, is_there); }
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at);
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {});
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at = {}) {
    return notices_.looked(
        key, transaction_ ? transaction_->sorted_set(key, at) : store_.sorted_set(key, at));
  }
  Status stat_each(std::span<const std::string_view> keys,
                   const std::function<bool(const std::optional<KeyInfo>&)>& visit);
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);
  Status scan(std::string_view prefix, const std::function<bool(std::string_view key)>& visit);
  // --- Not in a transaction.
  // Iterates over one version as of one moment: keys that expire later remain visible.
  Result<std::unique_ptr<Iterator>> iterator(const IteratorOptions& options);
  Result<std::uint64_t> scan_step(std::uint64_t cursor, std::uint64_t count,
                                  const std::function<void(std::string_view key)>& visit);
  // The changes up to now.
  Result<Diff> diff(const At& from, const At& to, std::string_view prefix);
  // --- Also in a transaction.
  Result<std::uint64_t> count();
  // The newest visible version; 0: there is none.
  Result<std::uint64_t> last_seq();

  // --- Writes return without waiting: Session::commit() makes them durable.
  Status set(std::string_view key, std::string_view value, WriteOptions options);
  // Returns the length of the value.
  Result<std::uint64_t> append(std::string_view key, std::string_view value);
  // Returns whether the key existed.
  Result<bool> remove(std::string_view key);
  Result<Undone> undo(std::string_view key, UndoOptions options);
  Status clear();
  // Calls `change` with the present data. If it returns an error, nothing is written, except in a
  // transaction, where its earlier writes remain.
  Status update(FunctionRef<Status(Edit&)> change);
  // Removes all keys at once; a key named twice counts once. Returns how many existed.
  Result<std::uint64_t> remove_all(std::span<const std::string_view> keys);

  // The newest set(), append(), remove(), update() or commit() that has written something. `seq` is
  // 0 if it was in a transaction; `existed` and `total` are 0 after update() and commit().
  const Written& last_write() const { return last_write_; }

  // --- The transaction. At most one is open; the last three calls need one.
  bool in_transaction() const { return transaction_.has_value(); }
  Status begin(const TransactionOptions& options);
  bool has_writes() const { return transaction_->has_writes(); }
  // Ends the transaction, whatever the result.
  Status commit();
  void rollback() {
    transaction_.reset();
    notices_.roll_back();
  }

 private:
  bool is_new(const std::optional<WriteNotice>& notice, std::string_view key);
  void note_undone(std::string_view key, bool made, WriteNotice& notice);

  Store& store_;
  Notices& notices_;
  std::optional<Transaction> transaction_;
  Written last_write_;
};

}  // namespace kvstore::command
