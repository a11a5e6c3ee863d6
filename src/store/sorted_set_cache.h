// A cache of a store's sorted sets.
//
// A set is built from its key's records (src/sorted_set/changes.h) and kept for later reads: for
// each key the newest version, and an older one if it is read. A version is the seq and the length
// of the record that it is the state after. A cached set answers for that version only, so writes
// need not invalidate it. A newer version is built from it by applying the changes since, if the
// value only grew by appends.
//
// The cache stays within a budget and evicts the least recently used sets. A set that exceeds the
// budget alone is refused.
//
// Generations of one store that compactions have made from each other share the cache: their
// versions are the same.
//
// Readers take a copy and read it without a lock. A writer changes the newest version in place
// while no reader holds a copy, a few changes at a time; otherwise readers keep the previous
// version.
//
// Thread rule: any thread. get() while the view's generation is kept alive; advance() and put()
// under the writer lock, in the order of the seqs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/base/hash.h"
#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/log/record.h"
#include "src/log/view.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/store.h"

namespace kvstore {

// The state of a key after a write.
struct SetVersion {
  std::uint64_t seq = 0;
  std::uint64_t total = 0;
  bool operator==(const SetVersion&) const = default;
};

class SortedSetCache {
  struct Slot;

 public:
  // The part of Options::memory that the sets may use.
  static std::uint64_t limit_of(std::uint64_t memory) { return std::max(memory, kLeastMemory) / 2; }
  explicit SortedSetCache(std::uint64_t limit) : limit_(limit) {}
  SortedSetCache(const SortedSetCache&) = delete;
  SortedSetCache& operator=(const SortedSetCache&) = delete;

  // The cache slot of a key.
  using Handle = std::shared_ptr<Slot>;

  // The set that is the key's state after the record. Builds it if it is not cached; if several
  // threads need it, only one builds it. kCorrupt: a record of the value cannot be read, or the
  // value is not a set. kTooBig. Throws std::bad_alloc. `handle`, if not null, is set for
  // advance().
  Result<SortedSet> get(const log::View& view, const log::Record& newest, Handle* handle = nullptr);
  // The same, but only from the cache.
  std::optional<SortedSet> find_kept(const log::Record& newest);
  // kTooBig: a set of this memory size is too large to be written. A set that was written can be
  // read: a rebuilt set may be less dense, so a read allows twice the size.
  Status check_size(std::string_view key, std::size_t memory) const;
  std::uint64_t limit() const { return limit_; }

  // At most this many bytes of changes are made in place, because a reader may wait for that. For
  // more, build a new set before the write becomes visible, and call put().
  static constexpr std::size_t kFewChanges = 4096;
  // Call it once a write that appended changes to a value is visible. If the set is cached as of
  // `before`, it is advanced to `after`. `known`, if not null, is the slot of the key, from get().
  void advance(std::string_view key, const Handle& known, const SetVersion& before,
               const SetVersion& after, std::string_view changes) noexcept;
  // Call it once a write whose resulting set is known is visible.
  void put(std::string_view key, const SetVersion& version, const SortedSet& set) noexcept;

  struct Counts {
    std::uint64_t sets = 0, bytes = 0, folds = 0;
  };
  Counts counts() const KV_EXCLUDES(mutex_);

 private:
  struct Kept {
    SetVersion version;
    SortedSet set;
  };
  // The cached sets of a key.
  struct Slot {
    explicit Slot(std::string_view the_key) : key(the_key) {}
    const std::string key;
    Mutex folding;  // held to build a set; taken before `mutex`
    Mutex mutex;    // held for a look-up or a few changes
    std::optional<Kept> newest KV_GUARDED_BY(mutex), older KV_GUARDED_BY(mutex);
    std::size_t grown KV_GUARDED_BY(mutex) = 0;  // since the last charge to the budget
    // Guarded by the cache's mutex_.
    std::list<Handle>::iterator place;
    std::size_t charged = 0;
    bool is_listed = true;
  };

  Handle find(std::string_view key) KV_EXCLUDES(mutex_);
  Handle find_or_make(std::string_view key) KV_EXCLUDES(mutex_);
  static std::optional<SortedSet> copy_of(Slot& slot, const SetVersion& version);
  static std::optional<Kept> base_of(Slot& slot, const SetVersion& version);
  Result<SortedSet> fold(const log::View& view, const log::Record& newest,
                         std::optional<Kept> base);
  void keep(Slot& slot, const SetVersion& version, const SortedSet& set);
  static bool change_in_place(Slot& slot, const SetVersion& after, std::string_view changes)
      KV_REQUIRES(slot.mutex);
  void charge(Slot& slot) KV_EXCLUDES(mutex_);

  const std::uint64_t limit_;
  Mutex large_;  // held to build a large set: one at a time, to bound their memory
  std::atomic<std::uint64_t> folds_{0};

  mutable Mutex mutex_;                           // taken after a slot's
  std::list<Handle> used_ KV_GUARDED_BY(mutex_);  // least recently used last
  std::unordered_map<std::string_view, Slot*, SeededHash> slots_ KV_GUARDED_BY(mutex_);
  std::uint64_t bytes_ KV_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvstore
