// A write transaction: reads, and writes that it sees itself, under the writer lock; then
// all of them are written with one seq, or none. Every write of a store is one.
//
// Of several writes of one key only the outcome is written: they share a seq, so what
// happens in between can never be seen. What has expired is judged by one moment all through: a
// key does not go between the look at it and the change that was decided on by that.
//
// Thread rule: one thread's, which holds the writer lock from the first to the last call.
// Keys and values given must live until commit(); keep() makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/base/hash.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/core.h"

namespace kvstore {

class WriteTransaction {
 public:
  explicit WriteTransaction(Core& core) : core_(core), guard_(core.epochs()) {}
  // The same for a write of one key, which is looked for while the lock is waited for.
  WriteTransaction(Core& core, std::string_view key)
      : core_(core), guard_(core.epochs()), key_(key), knows_hash_(true) {}
  ~WriteTransaction() { end(); }  // what was not committed never happened
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  // kTooBig: no write can have this key and value.
  static Status check(std::string_view key, std::string_view value,
                      std::uint64_t expires_at_ms = 0);
  // kUsage, too.
  static Status check(std::string_view key, std::string_view value, const WriteOptions& options);
  static Status check_size(std::size_t value_size);
  // kNumber: a score is NaN; kTooBig: of a name.
  static Status check_changes(std::span<const MemberChange> changes);
  // First: opens the file for writing if it is not, and takes the writer lock, unless this
  // thread holds it. Not ok: why nothing can be written; or this thread is in another
  // transaction, whose lock and list of changes it would use.
  Status begin();
  // What is written; after begin().
  const Generation& generation() const { return writer_->generation(); }

  Result<bool> get(std::string_view key, std::string* value);
  Result<std::optional<KeyInfo>> stat(std::string_view key);
  // Errors and results as Store's, except that nothing is written yet.
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& options);
  Result<Written> append(std::string_view key, std::string_view value,
                         ValueType type = ValueType::kString);
  Result<Written> remove(std::string_view key);
  Result<Written> expire(std::string_view key, std::uint64_t expires_at_ms);
  // All keys are gone, those too that were written before in this transaction.
  void clear();
  // As Update's.
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory);
  // The value as it was after `record`, one of generation()'s log, becomes the key's.
  Result<Written> set_from(std::string_view key, const log::Record& record,
                           std::uint64_t expires_at_ms, const TakeMemory& take_memory);
  // The same of the value that `from` had at the version `seq`, of `total` bytes; kConflict: a
  // compaction has left nothing of it.
  Status set_from(std::string_view key, std::string_view from, std::uint64_t seq,
                  std::uint64_t total, std::uint64_t expires_at_ms);
  // Smaller values are written again.
  static bool is_to_be_referred(std::uint64_t size);

  // Sorted sets: as Update's members of these names.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key);
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  Status set_sorted_set(std::string_view key, const SortedSet& set);
  // What was written of the key is a sorted set's bytes, and makes this set.
  void know_set(std::string_view key, const SortedSet& set);

  // Writes, lets go of the lock, and waits as asked; not while the thread holds the lock for
  // more writes. Returns the seq of what was written, or of the newest write if nothing was.
  Result<std::uint64_t> commit(bool wait);

  // A copy of the bytes that lives as long as the transaction.
  std::string_view keep(std::string_view bytes) {
    char* const copy = keep_room(bytes.size());
    std::memcpy(copy, bytes.data(), bytes.size());
    return {copy, bytes.size()};
  }
  std::string_view keep(std::string&& bytes) { return more().kept.emplace_back(std::move(bytes)); }
  // How many of the keys that were written were there before.
  std::uint64_t existed() const { return existed_; }

 private:
  Status lock_writer();
  std::uint64_t hash_of(std::string_view key) const;
  PendingChange* find_pending(std::string_view key);
  // With the key's hash_of().
  PendingChange* find_pending(std::string_view key, std::uint64_t hash);
  PendingChange& look_up(std::string_view key, std::uint64_t hash);
  bool was_read_last(std::string_view key, std::uint64_t hash) const {
    return found_ && found_hash_ == hash && found_->record.at && found_->record.key() == key;
  }
  Found find(std::string_view key, std::uint64_t hash) const;
  // The record of the log that answers for the key; `at` is null if it is missing.
  Status resolve(std::string_view key, log::Record* record);
  static void begin_anew(log::Kind kind, ValueType type, std::string_view value,
                         std::uint64_t expires_ms, PendingChange* pending);
  void count(const PendingChange& added);
  void forget_last();
  std::uint64_t next_seq() const;
  bool is_there(const PendingChange& pending) const;
  const StoreClock::Instant& moment() const;
  // By the moment, as StoreClock::is_expired().
  bool has_expired(std::uint64_t seq, std::uint64_t expires_ms) const;
  Status append_base(const PendingChange& pending, std::string* value) const;
  // write_references.cpp
  Result<Written> refer(std::string_view key, ValueType type, std::string_view reference,
                        std::uint64_t total, std::uint64_t expires_ms);
  Result<Written> set_bytes_of(std::string_view key, const log::Record& record,
                               std::uint64_t expires_ms, const TakeMemory& take_memory);
  Result<bool> copy_pending(const PendingChange& from, std::string_view to,
                            const TakeMemory& take_memory);
  Status append_referred(const log::Change& change, std::uint64_t begin, std::uint64_t end,
                         std::string* out) const;
  Status extend_reference(PendingChange* pending, std::string_view value);
  void add_tails();
  Status extend(PendingChange* pending, std::string_view value, ValueType type);
  void drop_removals_of_nothing();

  // With the length of its value.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, std::uint64_t* total);
  Result<std::optional<SortedSet>> set_to_change(std::string_view key, std::uint64_t* total);
  Result<std::optional<SortedSet>> written_set(std::string_view key, std::uint64_t* total);
  // Of a set that the transaction has written: what it is now.
  Result<const SortedSet*> own_set(const PendingChange& pending);
  const SortedSet& hold_set(std::string_view key, SortedSet set);
  void forget_set(std::string_view key) {
    if (more_ && !more_->sets.empty()) more_->sets.erase(key);
  }
  // That the transaction has made of the key; null: none, or what it is is not known.
  SortedSet* known_set(std::string_view key);
  std::string_view keep_changes(std::span<const MemberChange> changes);
  Status append_changes(std::string_view key, std::string_view bytes, bool existed);
  Status rebase_sets();
  void keep_sets(std::uint64_t seq);
  void add_clear();
  void end();
  char* keep_room(std::size_t size) { return static_cast<char*>(memory_.allocate(size, 1)); }

  // Of a key, by the hash that is known.
  struct Named {
    std::uint64_t hash;
    std::string_view key;
    bool operator==(const Named&) const = default;
  };
  struct HashOfNamed {
    std::size_t operator()(const Named& one) const { return one.hash; }
  };
  // What few transactions need.
  struct More {
    std::list<std::string> kept;
    // Sorted sets, as the transaction has made them.
    std::unordered_map<std::string_view, SortedSet, SeededHash> sets;
    std::uint64_t sets_memory = 0;  // of all that were put there since it was empty
    // Of many changes, where each key's is.
    std::unordered_map<Named, std::size_t, HashOfNamed> by_key;
  };
  More& more();

  // What is kept of a few small writes, without an allocation.
  std::byte first_memory_[1024];
  std::pmr::monotonic_buffer_resource memory_{first_memory_, sizeof first_memory_};
  Core& core_;
  const ReclamationEpochs::Guard guard_;  // of the writer, and of the index's parts
  Writer* writer_ = nullptr;              // after begin()
  std::string_view key_;
  std::uint64_t hash_ = 0;  // of key_
  bool knows_hash_ = false;
  // Of the key of its record, which was read last: a change of it follows. Nobody else writes
  // meanwhile, and what this transaction writes is not in the log before its end.
  std::optional<Found> found_;
  std::uint64_t found_hash_ = 0;
  mutable std::optional<StoreClock::Instant> moment_;  // once a key with an expiry was looked at
  std::optional<WriterLock> lock_;
  bool begun_ = false;
  bool wrote_sets_ = false;
  // The set that was read last, of found_'s record at this offset, for the change of it that
  // usually follows.
  struct LastRead {
    std::uint64_t offset;
    SortedSet set;
  };
  std::optional<LastRead> last_read_;
  SortedSetCache::Handle last_slot_;  // and where it is kept
  bool cleared_ = false;
  bool has_tails_ = false;  // PendingChange::tail
  std::uint64_t existed_ = 0;
  std::unique_ptr<More> more_;
};

}  // namespace kvstore
