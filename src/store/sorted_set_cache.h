// The sorted sets of a store that are kept in memory.
//
// A set is made by folding its key's records (src/sorted_set/changes.h), and kept for who asks
// next, of each key the newest version, and an older one if somebody reads that. A version is
// the seq and the length of the record that it is the state after: a set that is kept answers for
// that version alone, so it need not be told of anything that is written. A newer version is
// folded onto it, if the value goes on from there.
//
// What is kept stays within a budget; what was not asked for the longest goes first. A set that
// needs more alone is refused.
//
// Generations of one store that a compaction has made of each other share it: their versions
// are the same ones.
//
// Readers take a copy and look at that without a lock. A writer changes the newest version in
// place while nobody holds a copy, a few changes at a time; else readers have the one before.
//
// Thread rule: from any thread. get() with the generation of the view kept; advance() and put()
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

// Of a key, the state after a write.
struct SetVersion {
  std::uint64_t seq = 0;
  std::uint64_t total = 0;
  bool operator==(const SetVersion&) const = default;
};

class SortedSetCache {
  struct Slot;

 public:
  // The part of Options::memory that sets may take.
  static std::uint64_t limit_of(std::uint64_t memory) { return std::max(memory, kLeastMemory) / 2; }
  explicit SortedSetCache(std::uint64_t limit) : limit_(limit) {}
  SortedSetCache(const SortedSetCache&) = delete;
  SortedSetCache& operator=(const SortedSetCache&) = delete;

  // Where a key's sets are kept.
  using Handle = std::shared_ptr<Slot>;

  // The set that the record says the state of. Folds it if it is not kept; of several that need
  // it at once, one folds. kCorrupt: a record of the value cannot be read, or it is no set's;
  // kTooBig; throws std::bad_alloc. `handle`, if not null, is set for advance().
  Result<SortedSet> get(const log::View& view, const log::Record& newest, Handle* handle = nullptr);
  // The same if it is kept.
  std::optional<SortedSet> find_kept(const log::Record& newest);
  // kTooBig: a set of so much memory is too large to be written. What was written can be read: for
  // that a set may take twice as much, as one that is folded anew may lie less densely.
  Status check_size(std::string_view key, std::size_t memory) const;
  std::uint64_t limit() const { return limit_; }

  // So many bytes of changes are made in place, while a reader may wait for it. More are to be
  // made before the write shows, and put().
  static constexpr std::size_t kFewChanges = 4096;
  // After a write shows that has appended changes to a value. If it is kept as of `before`, it is
  // kept as of `after`. `known`, if not null, is of a key that was asked for lately.
  void advance(std::string_view key, const Handle& known, const SetVersion& before,
               const SetVersion& after, std::string_view changes) noexcept;
  // After a write shows whose set is at hand.
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
  // What is kept of a key.
  struct Slot {
    explicit Slot(std::string_view the_key) : key(the_key) {}
    const std::string key;
    Mutex folding;  // of who folds; taken before `mutex`
    Mutex mutex;    // held for a look, or a few changes
    std::optional<Kept> newest KV_GUARDED_BY(mutex), older KV_GUARDED_BY(mutex);
    std::size_t grown KV_GUARDED_BY(mutex) = 0;  // since it was charged
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
  Mutex large_;  // of who folds a large one: one at a time, so that memory for them is bounded
  std::atomic<std::uint64_t> folds_{0};

  mutable Mutex mutex_;                           // taken after a slot's
  std::list<Handle> used_ KV_GUARDED_BY(mutex_);  // the last one longest ago
  std::unordered_map<std::string_view, Slot*, SeededHash> slots_ KV_GUARDED_BY(mutex_);
  std::uint64_t bytes_ KV_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvstore
