// The damage known in a generation, and the keys and lists that it affects. A key
// whose newest record may have been lost answers CORRUPT, instead of an older version or nothing.
//
// Where one record was lost, its successor's `prev_key_hash` gives the hash of the lost key: only
// keys with that hash whose newest good record lies before the damage are possibly affected. Where
// several records were lost, every key that was not written since is.
//
// Lists (KEYS, SCAN, COUNT) may lack such a key, or show it although it was deleted, until a newer
// record of a key with its hash is written: then that key's newest state is known. A record that
// becomes unreadable while the file is open affects lists until the file is opened again.
//
// Past states may be affected by more damage: a CLEAR (FLUSHALL) makes damage before it irrelevant
// to the present, but not to the past. A lost CLEAR is in no key's chain, so a read of an old
// version must check whether one may have been lost after the record (lost_clear_after()). A scan
// up to the end of the log must check whether the end is missing (lost_end()).
//
// Thread rule: queries on any thread, concurrently with one thread that learns and explains.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/function_ref.h"
#include "src/base/mutex.h"
#include "src/log/recovery_scan.h"

namespace kvstore {

// Keys whose newest record may have been lost.
class PossiblyAffectedKeys {
 public:
  // may_have_cleared: the range may have held a CLEAR that is recorded nowhere else.
  void add(const log::CorruptRange& corrupt, bool may_have_cleared);
  bool empty() const { return by_hash_.empty() && all_before_ == 0; }
  // The begin of the damaged range that may hold a newer record than the one at
  // `newest_offset` (0: the key has none) of a key with this hash; 0 if none.
  std::uint64_t damage_after(std::uint32_t prev_key_hash, std::uint64_t newest_offset) const;

  // The last record that was lost there is a CLEAR.
  bool is_of_clear(std::uint64_t begin) const { return begin != 0 && begin == clear_; }
  // See Damage.
  std::uint64_t lost_clear_after(std::uint64_t offset, std::uint64_t seq) const;
  std::uint64_t lost_end() const { return lost_end_; }

  const std::map<std::uint32_t, std::uint64_t>& by_hash() const { return by_hash_; }
  std::uint64_t all_before() const { return all_before_; }  // 0 for none

 private:
  std::map<std::uint32_t, std::uint64_t> by_hash_;  // hash -> last damage
  std::uint64_t all_before_ = 0;                    // last damage with unknown affected keys
  std::uint64_t clear_ = 0;                         // last damage that destroyed a CLEAR
  std::uint64_t lost_end_ = 0;
  // Damage that may have destroyed a CLEAR: its begin, and the lowest version lost in it.
  std::map<std::uint64_t, std::uint64_t> lost_clears_;
};

class Damage {
 public:
  // The place where a newer record of the key than the one at `newest_offset` (0: the key has none)
  // may have been lost; 0 if there is no such place.
  std::uint64_t may_be_newer(std::string_view key, std::uint64_t newest_offset) const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys == nullptr ? 0 : damage_after(*keys, key, newest_offset);
  }
  // Whether a CLEAR was lost at this place.
  bool is_of_clear(std::uint64_t offset) const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys != nullptr && keys->is_of_clear(offset);
  }
  // The place after `offset` where a CLEAR that counts as of `seq` may have been lost, so that the
  // record at `offset` does not tell the key's state then. 0 if there is no such place.
  std::uint64_t lost_clear_after(std::uint64_t offset, std::uint64_t seq) const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys == nullptr ? 0 : keys->lost_clear_after(offset, seq);
  }
  // The place from which on the log's end is missing, with records of keys. 0 if it is complete.
  std::uint64_t lost_end() const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys == nullptr ? 0 : keys->lost_end();
  }
  // The damage that affects lists; 0 for none.
  std::uint64_t of_lists() const { return of_lists_.load(std::memory_order_acquire); }
  // The same for lists as of a seq.
  std::uint64_t of_lists_at(std::uint64_t seq) const {
    if (const std::uint64_t damage = of_lists(); damage != 0) return damage;
    return seq < past_seq_.load(std::memory_order_acquire)
               ? 0
               : past_damage_.load(std::memory_order_acquire);
  }
  // Notes that a record, which was readable when it was indexed, cannot be read.
  void saw(std::uint64_t offset) const { seen_.store(offset, std::memory_order_relaxed); }
  std::uint64_t seen() const { return seen_.load(std::memory_order_relaxed); }
  // Notes that a part of the index, the EXTENT or CHECKPOINT at `offset`, was damaged and was
  // rebuilt.
  void saw_index(std::uint64_t offset) {
    index_seen_.store(offset, std::memory_order_relaxed);
    index_count_.fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t index_seen() const { return index_seen_.load(std::memory_order_relaxed); }
  std::uint64_t index_count() const { return index_count_.load(std::memory_order_relaxed); }

  using Records = FunctionRef<void(FunctionRef<bool(const log::Record&)>)>;
  // Takes over the findings of a recovery scan; readers may run concurrently. `newest` calls its
  // argument for each key's newest record, until that returns false. Damage before the CLEAR at
  // `cleared` (0: there is none) does not affect lists. `has_clears`: the file may have CLEARs.
  // Throws std::bad_alloc, and is then unchanged.
  void learn(const std::vector<log::CorruptRange>& corrupt, std::uint64_t cleared, bool has_clears,
             Records newest);
  // Takes damaged ranges found by a later scan of a part of the log. The open had skipped that part
  // because a checkpoint covers it; the checkpoint names the CLEARs. Any thread. Throws as learn()
  // does.
  void learn_more(const std::vector<log::CorruptRange>& corrupt) KV_EXCLUDES(learning_);
  bool has_learned_more() const { return is_part_.load(std::memory_order_acquire); }
  // Takes a newer record. settle(), called once the record is visible, makes it count for lists.
  void explain(const log::Record& record);
  void explain_all(std::uint64_t cleared);  // a CLEAR at that offset
  void settle();

 private:
  static std::uint64_t damage_after(const PossiblyAffectedKeys& keys, std::string_view key,
                                    std::uint64_t newest_offset);

  // Null for none. It is replaced, never changed; the former ones live on, because other threads
  // may still read them.
  void replace(std::unique_ptr<PossiblyAffectedKeys> keys) KV_REQUIRES(learning_);

  std::atomic<const PossiblyAffectedKeys*> keys_{nullptr};
  Mutex learning_;
  std::vector<std::unique_ptr<const PossiblyAffectedKeys>> all_keys_ KV_GUARDED_BY(learning_);
  std::vector<log::CorruptRange> more_ KV_GUARDED_BY(learning_);  // passed to learn_more()
  // Hashes of lost records' keys without a known newer record, and the place of the damage.
  std::map<std::uint32_t, std::uint64_t> unexplained_;
  std::uint64_t unexplained_all_ = 0;  // the last damage that may affect any key
  // The same regardless of later deletions: the place of the damage, and the lowest version lost in
  // it.
  struct Loss {
    std::uint64_t begin = 0;
    std::uint64_t first_seq = 0;
  };
  struct Past {
    void add(const log::CorruptRange& corrupt);
    std::map<std::uint32_t, Loss> by_hash;
    std::optional<Loss> all;
  };
  void settle_past();
  Past past_;
  std::atomic<std::uint64_t> of_lists_{0};
  std::atomic<std::uint64_t> past_seq_{UINT64_MAX};  // lists as of it or later are affected by
  std::atomic<std::uint64_t> past_damage_{0};        // this damage
  std::atomic<bool> is_part_{false};                 // learn_more() was called
  mutable std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::uint64_t> index_seen_{0}, index_count_{0};
};

}  // namespace kvstore
