// A write transaction: reads and writes under the writer lock, and sees its own writes. Then all
// writes get one seq, or none is written. Every write of a store is a write transaction.
//
// Of several writes of one key only the outcome is written: they share a seq, so the states in
// between can never be seen. Expiry is judged as of one moment throughout: a key cannot expire
// between a look at it and the change that depends on that look.
//
// Thread rule: one thread, which holds the writer lock from the first to the last call. The keys
// and values passed must live until commit(); keep() makes a copy that does.
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
  // The same for a write of one key, which is prefetched while the lock is waited for.
  WriteTransaction(Core& core, std::string_view key)
      : core_(core), guard_(core.epochs()), key_(key), knows_hash_(true) {}
  ~WriteTransaction() { end(); }  // discards what was not committed
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  // kTooBig: the key or the value exceeds the limits.
  static Status check(std::string_view key, std::string_view value,
                      std::uint64_t expires_at_ms = 0);
  // The same, and kUsage.
  static Status check(std::string_view key, std::string_view value, const WriteOptions& options);
  static Status check_size(std::size_t value_size);
  // kNumber: a score is NaN. kTooBig: a member's name is too long.
  static Status check_changes(std::span<const MemberChange> changes);
  // Call it first: opens the file for writing if necessary, and takes the writer lock, unless this
  // thread holds it. Not ok: nothing can be written, or this thread is within another transaction,
  // which uses the lock and the list of changes.
  Status begin();
  // The generation that is written to; after begin().
  const Generation& generation() const { return writer_->generation(); }

  Result<bool> get(std::string_view key, std::string* value);
  Result<std::optional<KeyInfo>> stat(std::string_view key);
  // Errors and results as in Store, except that nothing is written yet.
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& options);
  Result<Written> append(std::string_view key, std::string_view value,
                         ValueType type = ValueType::kString);
  Result<Written> remove(std::string_view key);
  Result<Written> expire(std::string_view key, std::uint64_t expires_at_ms);
  // Deletes all keys, including those written in this transaction.
  void clear();
  // See Update.
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory);
  // Sets the key to the value as it was after `record`, a record of generation()'s log.
  Result<Written> set_from(std::string_view key, const log::Record& record,
                           std::uint64_t expires_at_ms, const TakeMemory& take_memory);
  // The same with the value that `from` had at version `seq`, of `total` bytes. kConflict: a
  // compaction has dropped that value.
  Status set_from(std::string_view key, std::string_view from, std::uint64_t seq,
                  std::uint64_t total, std::uint64_t expires_at_ms);
  // False for small values, which are written again.
  static bool is_to_be_referred(std::uint64_t size);

  // Sorted sets: as the members of Update with these names.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key);
  bool has_set_to_read(std::string_view key);
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  Status set_sorted_set(std::string_view key, const SortedSet& set);
  // Notes that the value written to the key encodes this set.
  void know_set(std::string_view key, const SortedSet& set);

  // Writes, releases the lock, and waits if requested, unless this thread holds the lock for more
  // writes. Returns the seq of its writes, or of the newest write if nothing was written.
  Result<std::uint64_t> commit(bool wait);

  // A copy of the bytes that lives as long as the transaction.
  std::string_view keep(std::string_view bytes) {
    char* const copy = keep_room(bytes.size());
    std::memcpy(copy, bytes.data(), bytes.size());
    return {copy, bytes.size()};
  }
  std::string_view keep(std::string&& bytes) { return more().kept.emplace_back(std::move(bytes)); }
  // Number of written keys that existed before.
  std::uint64_t existed() const { return existed_; }

 private:
  Status lock_writer();
  std::uint64_t hash_of(std::string_view key) const;
  PendingChange* find_pending(std::string_view key);
  // `hash` is the key's hash_of().
  PendingChange* find_pending(std::string_view key, std::uint64_t hash);
  PendingChange& look_up(std::string_view key, std::uint64_t hash);
  bool was_read_last(std::string_view key) const {
    return found_ && found_->record.at && found_->record.key() == key;
  }
  Found find(std::string_view key, std::uint64_t hash) const;
  // The record that counts for the key; record->at is null if the key is missing.
  Status resolve(std::string_view key, log::Record* record);
  static void begin_anew(log::Kind kind, ValueType type, std::string_view value,
                         std::uint64_t expires_ms, PendingChange* pending);
  void count(const PendingChange& added);
  void forget_last();
  std::uint64_t next_seq() const;
  bool is_there(const PendingChange& pending) const;
  const StoreClock::Instant& moment() const;
  // As StoreClock::is_expired(), as of the transaction's moment.
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

  // Sets *total to the length of the value.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, std::uint64_t* total);
  Result<std::optional<SortedSet>> set_to_change(std::string_view key, std::uint64_t* total);
  Result<std::optional<SortedSet>> written_set(std::string_view key, std::uint64_t* total);
  // The present state of a set that the transaction has written.
  Result<const SortedSet*> own_set(const PendingChange& pending);
  const SortedSet& cache_set(std::string_view key, SortedSet set);
  void forget_set(std::string_view key) {
    if (more_ && !more_->sets.empty()) more_->sets.erase(key);
  }
  // The set that the transaction has written to the key; null if there is none or it is not known.
  SortedSet* known_set(std::string_view key);
  std::string_view keep_changes(std::span<const MemberChange> changes);
  Status append_changes(std::string_view key, std::string_view bytes, bool existed);
  Status rebase_sets();
  void cache_visible_sets(std::uint64_t seq);
  void add_clear();
  void end();
  char* keep_room(std::size_t size) { return static_cast<char*>(memory_.allocate(size, 1)); }

  // A key with its hash.
  struct Named {
    std::uint64_t hash;
    std::string_view key;
    bool operator==(const Named&) const = default;
  };
  struct HashOfNamed {
    std::size_t operator()(const Named& one) const { return one.hash; }
  };
  // Members that few transactions need.
  struct More {
    std::list<std::string> kept;
    // The sorted sets that the transaction has written.
    std::unordered_map<std::string_view, SortedSet, SeededHash> sets;
    std::uint64_t sets_memory = 0;  // memory of all sets added since it was empty
    // If there are many changes: the index of each key's change.
    std::unordered_map<Named, std::size_t, HashOfNamed> by_key;
  };
  More& more();

  // Holds small copies without an allocation.
  std::byte first_memory_[1024];
  std::pmr::monotonic_buffer_resource memory_{first_memory_, sizeof first_memory_};
  Core& core_;
  const ReclamationEpochs::Guard guard_;  // protects the writer, and the parts of the index
  Writer* writer_ = nullptr;              // set by begin()
  std::string_view key_;
  std::uint64_t hash_ = 0;  // hash of key_
  bool knows_hash_ = false;
  // The record that was read last, for the change of its key that usually follows. It stays valid:
  // no other thread writes meanwhile, and this transaction's writes reach the log only at its end.
  std::optional<Found> found_;
  std::uint64_t found_hash_ = 0;
  mutable std::optional<StoreClock::Instant> moment_;  // set when the expiry of a key is first
                                                       // checked
  std::optional<WriterLock> lock_;
  bool begun_ = false;
  bool wrote_sets_ = false;
  // The set that was read last, for the change that usually follows. It belongs to found_'s record,
  // at this offset.
  struct LastRead {
    std::uint64_t offset;
    SortedSet set;
  };
  std::optional<LastRead> last_read_;
  SortedSetCache::Handle last_slot_;  // slot of that set in the cache
  bool cleared_ = false;
  bool has_tails_ = false;  // PendingChange::tail
  std::uint64_t existed_ = 0;
  std::unique_ptr<More> more_;
};

}  // namespace kvstore
