// What is known to be damaged in a generation, and which keys and lists it concerns
// (DESIGN 1.3): a key whose newest record may have been lost answers CORRUPT instead of an
// older version or nothing.
//
// Where one record was lost, its successor's `prev_key_hash` gives the hash of its key:
// only keys of that hash whose newest good record lies before the damage are possibly
// affected. Where several were, every key not written since is.
//
// Lists (KEYS, SCAN, COUNT) may lack such a key, or have it back, until a newer record of
// a key with its hash explains it: whatever was lost, that key's newest state is known. A
// record that breaks while the file is open stays in the lists' way until it is opened anew.
//
// What was before now may lack more: a CLEAR (FLUSHALL) explains what is now, and not what was.
// A CLEAR that was lost stands in no key's chain, so whoever goes back to a version asks whether
// one may have stood behind it (lost_clear_after()). And whoever goes over the log up to its end
// asks whether that is missing (lost_end()).
//
// Thread rule: what asks from any thread, beside one thread that learns and explains.
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
  // may_have_cleared: a CLEAR may have stood there that nothing else knows.
  void add(const log::CorruptRange& corrupt, bool may_have_cleared);
  bool empty() const { return by_hash_.empty() && all_before_ == 0; }
  // The begin of the damaged range that may hold a newer record than the one at
  // `newest_offset` (0: the key has none) of a key with this hash; 0 if none.
  std::uint64_t damage_after(std::uint32_t prev_key_hash, std::uint64_t newest_offset) const;

  // The last record that was lost there is a CLEAR.
  bool is_of_clear(std::uint64_t begin) const { return begin != 0 && begin == clear_; }
  // As Damage's.
  std::uint64_t lost_clear_after(std::uint64_t offset, std::uint64_t seq) const;
  std::uint64_t lost_end() const { return lost_end_; }

  const std::map<std::uint32_t, std::uint64_t>& by_hash() const { return by_hash_; }
  std::uint64_t all_before() const { return all_before_; }  // 0 for none

 private:
  std::map<std::uint32_t, std::uint64_t> by_hash_;  // hash -> last damage
  std::uint64_t all_before_ = 0;                    // last damage whose affected keys are unknown
  std::uint64_t clear_ = 0;                         // last damage that has cost a CLEAR
  std::uint64_t lost_end_ = 0;
  // Damage that may have cost a CLEAR: where it begins, and the lowest version that it has cost.
  std::map<std::uint64_t, std::uint64_t> lost_clears_;
};

class Damage {
 public:
  // Where a newer record of the key than the one at `newest_offset` (0: it has none) may
  // have been lost; 0 for nowhere.
  std::uint64_t may_be_newer(std::string_view key, std::uint64_t newest_offset) const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys == nullptr ? 0 : damage_after(*keys, key, newest_offset);
  }
  // Whether a CLEAR was lost there.
  bool is_of_clear(std::uint64_t offset) const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys != nullptr && keys->is_of_clear(offset);
  }
  // Where a CLEAR that counts as of the seq may have been lost behind the offset: a record there
  // says nothing of its key then. 0 for nowhere.
  std::uint64_t lost_clear_after(std::uint64_t offset, std::uint64_t seq) const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys == nullptr ? 0 : keys->lost_clear_after(offset, seq);
  }
  // Where the log's end is missing: keys had records there. 0: it has all of it.
  std::uint64_t lost_end() const {
    const PossiblyAffectedKeys* const keys = keys_.load(std::memory_order_acquire);
    return keys == nullptr ? 0 : keys->lost_end();
  }
  // The damage that lists suffer from; 0 for none.
  std::uint64_t of_lists() const { return of_lists_.load(std::memory_order_acquire); }
  // The same of lists of what was there as of a seq.
  std::uint64_t of_lists_at(std::uint64_t seq) const {
    if (const std::uint64_t damage = of_lists(); damage != 0) return damage;
    return seq < past_seq_.load(std::memory_order_acquire)
               ? 0
               : past_damage_.load(std::memory_order_acquire);
  }
  // A record that was good when it was indexed cannot be read.
  void saw(std::uint64_t offset) const { seen_.store(offset, std::memory_order_relaxed); }
  std::uint64_t seen() const { return seen_.load(std::memory_order_relaxed); }
  // A part of the index, the EXTENT or CHECKPOINT there, did not check out and was built anew.
  void saw_index(std::uint64_t offset) {
    index_seen_.store(offset, std::memory_order_relaxed);
    index_count_.fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t index_seen() const { return index_seen_.load(std::memory_order_relaxed); }
  std::uint64_t index_count() const { return index_count_.load(std::memory_order_relaxed); }

  using Records = FunctionRef<void(FunctionRef<bool(const log::Record&)>)>;
  // Takes what a recovery scan has found, also while others are reading. `newest` calls its
  // argument for each key's newest record, until that returns false. Lists do not suffer from what
  // is before the CLEAR at `cleared` (0: there is none). `has_clears`: the file may have CLEARs.
  // Throws std::bad_alloc, and then knows what it knew.
  void learn(const std::vector<log::CorruptRange>& corrupt, std::uint64_t cleared, bool has_clears,
             Records newest);
  // Ranges that a reading of a part of the log has found behind an open that did not read it, for
  // a checkpoint covers it, which knows its CLEARs.
  // Any thread. Throws as learn() does.
  void learn_more(const std::vector<log::CorruptRange>& corrupt) KV_EXCLUDES(learning_);
  bool has_learned_more() const { return is_part_.load(std::memory_order_acquire); }
  // A record that was found after that; it counts for lists with settle(), when it shows.
  void explain(const log::Record& record);
  void explain_all(std::uint64_t cleared);  // a CLEAR there
  void settle();

 private:
  static std::uint64_t damage_after(const PossiblyAffectedKeys& keys, std::string_view key,
                                    std::uint64_t newest_offset);

  // Null for none. Replaced, never changed; the ones before live on, for other threads
  // may be looking.
  void replace(std::unique_ptr<PossiblyAffectedKeys> keys) KV_REQUIRES(learning_);

  std::atomic<const PossiblyAffectedKeys*> keys_{nullptr};
  Mutex learning_;
  std::vector<std::unique_ptr<const PossiblyAffectedKeys>> all_keys_ KV_GUARDED_BY(learning_);
  std::vector<log::CorruptRange> more_ KV_GUARDED_BY(learning_);  // what learn_more() was told
  // Hashes of lost records' keys of which no newer record is known, with where the damage is.
  std::map<std::uint32_t, std::uint64_t> unexplained_;
  std::uint64_t unexplained_all_ = 0;  // the last damage that any key may have suffered from
  // The same, whatever was deleted since: where the damage is, and the lowest version it has cost.
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
  std::atomic<std::uint64_t> past_seq_{UINT64_MAX};  // lists as of it or later suffer from
  std::atomic<std::uint64_t> past_damage_{0};        // this
  std::atomic<bool> is_part_{false};                 // learn_more() was told something
  mutable std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::uint64_t> index_seen_{0}, index_count_{0};
};

}  // namespace kvstore
