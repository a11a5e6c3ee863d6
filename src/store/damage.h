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
// Thread rule: may_be_newer(), of_lists(), saw() and seen() from any thread, beside one
// thread that learns and explains.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "src/base/function_ref.h"
#include "src/base/mutex.h"
#include "src/log/recovery_scan.h"

namespace kvstore {

// Keys whose newest record may have been lost.
class PossiblyAffectedKeys {
 public:
  void add(const log::CorruptRange& corrupt);
  bool empty() const { return by_hash_.empty() && all_before_ == 0; }
  // The begin of the damaged range that may hold a newer record than the one at
  // `newest_offset` (0: the key has none) of a key with this hash; 0 if none.
  std::uint64_t damage_after(std::uint32_t prev_key_hash, std::uint64_t newest_offset) const;

  // The last record that was lost there is a CLEAR.
  bool is_of_clear(std::uint64_t begin) const { return begin != 0 && begin == clear_; }

  const std::map<std::uint32_t, std::uint64_t>& by_hash() const { return by_hash_; }
  std::uint64_t all_before() const { return all_before_; }  // 0 for none

 private:
  std::map<std::uint32_t, std::uint64_t> by_hash_;  // hash -> last damage
  std::uint64_t all_before_ = 0;                    // last damage whose affected keys are unknown
  std::uint64_t clear_ = 0;                         // last damage that has cost a CLEAR
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
  // The damage that lists suffer from; 0 for none.
  std::uint64_t of_lists() const { return of_lists_.load(std::memory_order_acquire); }
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
  // is before the CLEAR at `cleared` (0: there is none). Throws std::bad_alloc, and then knows what
  // it knew.
  void learn(const std::vector<log::CorruptRange>& corrupt, std::uint64_t cleared, Records newest);
  // Ranges that a reading of a part of the log has found behind an open that did not read it.
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
  std::atomic<std::uint64_t> of_lists_{0};
  std::atomic<bool> is_part_{false};  // learn_more() was told something
  mutable std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::uint64_t> index_seen_{0}, index_count_{0};
};

}  // namespace kvstore
