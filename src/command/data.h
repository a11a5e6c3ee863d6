// The data that a session's commands read and write: the store as it is now or, between BEGIN
// and COMMIT, a transaction. Handlers know keys and values only through it, so a command is
// written once, whatever is behind its session.
//
// In a transaction commands answer of its one moment, with what it has written itself; versions
// (AT, HISTORY) are those of the store up to that moment.
//
// Thread rule: one thread at a time, as the session's. The store must outlive it.
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

// What a command that reads, decides and writes sees of the data: no other write comes in
// between. Results and errors as Store's members of these names.
class Edit {
 public:
  virtual ~Edit() = default;
  virtual Result<bool> get(std::string_view key, std::string* value) = 0;
  virtual Result<std::optional<KeyInfo>> stat(std::string_view key) = 0;
  virtual Status set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) = 0;
  // The same of a value that was changed, which is what those are told who listen for keyspace
  // events; the expiry is the one that was there.
  virtual Status change(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                        KeyEvent event) {
    (void)event;
    return set(key, value, expires_at_ms);
  }
  // That value lives until Data::update() returns: outside a transaction it is not copied.
  virtual Status change_held(std::string_view key, std::string_view value,
                             std::uint64_t expires_at_ms, KeyEvent event) = 0;
  virtual Status remove(std::string_view key) = 0;
  virtual Status expire(std::string_view key, std::uint64_t expires_at_ms) = 0;
  virtual Result<bool> copy(std::string_view from, std::string_view to,
                            const TakeMemory& take_memory) = 0;
  // copy(), and the old key is gone.
  virtual Result<bool> rename(std::string_view from, std::string_view to,
                              const TakeMemory& take_memory) {
    KV_ASSIGN(const bool is_there, copy(from, to, take_memory));
    if (is_there) KV_TRY(remove(from));
    return is_there;
  }
  virtual Result<std::optional<SortedSet>> sorted_set(std::string_view key) = 0;
  virtual Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes,
                                   KeyEvent event) = 0;
  virtual Status set_sorted_set(std::string_view key, const SortedSet& set, KeyEvent event) = 0;
};

class Moment;

class Data {
 public:
  // `notices`: what of it others hear; it must outlive this.
  Data(Store& store, Notices& notices) : store_(store), notices_(notices) {}

  // For a command that reads more than once (src/command/moment.h).
  Result<Moment> moment();

  // --- Results and errors as Store's members of these names, or Transaction's.
  Result<bool> get(std::string_view key, std::string* value, const At& at) {
    return notices_.looked(
        key, transaction_ ? transaction_->get(key, value, at) : store_.get(key, value, at));
  }
  // Of a command that writes, whose answer is what was there.
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
  // Of one version and one moment: keys that expire later stay in it.
  Result<std::unique_ptr<Iterator>> iterator(const IteratorOptions& options);
  Result<std::uint64_t> scan_step(std::uint64_t cursor, std::uint64_t count,
                                  const std::function<void(std::string_view key)>& visit);
  // What was written up to now.
  Result<Diff> diff(const At& from, const At& to, std::string_view prefix);
  // --- In one, too.
  Result<std::uint64_t> count();
  // The newest version that shows; 0: there is none.
  Result<std::uint64_t> last_seq();

  // --- Writes return without waiting: Session::commit() makes them durable.
  Status set(std::string_view key, std::string_view value, WriteOptions options);
  // The length of the value.
  Result<std::uint64_t> append(std::string_view key, std::string_view value);
  // Whether the key was there.
  Result<bool> remove(std::string_view key);
  Result<Undone> undo(std::string_view key, UndoOptions options);
  Status clear();
  // Calls `change` with what is there now. If it answers an error it has written nothing, but in a
  // transaction, where what it wrote before stays.
  Status update(FunctionRef<Status(Edit&)> change);
  // All at once, and a key that is named twice once; how many were there.
  Result<std::uint64_t> remove_all(std::span<const std::string_view> keys);

  // Of the newest set(), append(), remove(), update() or commit() that has written something. `seq`
  // is 0 where it was in a transaction; `existed` and `total` are 0 after update() and commit().
  const Written& last_write() const { return last_write_; }

  // --- The transaction. One at most is open; the last three need one.
  bool in_transaction() const { return transaction_.has_value(); }
  Status begin(const TransactionOptions& options);
  bool has_writes() const { return transaction_->has_writes(); }
  // Whatever it answers, the transaction is over.
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
