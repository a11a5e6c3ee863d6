// Who waits for writes of a store (waiter.h).
//
// Thread rule: any thread. note() under the writer lock, after the writes show.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/hash.h"
#include "src/base/mutex.h"

namespace kvstore {

class Waiter;

class Waiters {
 public:
  // For note(): of a write that another was told of, or other processes' ones.
  static constexpr std::uint64_t kUnknownSeq = 1;

  bool are_there() const { return count_.load(std::memory_order_relaxed) != 0; }
  // A write of this key shows, of that seq.
  void note(std::string_view key, std::uint64_t seq) KV_EXCLUDES(mutex_);
  // A write that may be of any key.
  void note_all(std::uint64_t seq) KV_EXCLUDES(mutex_);

  // The caller then waits for the write that is under way: who writes after that sees the count.
  void add(Waiter& waiter) KV_EXCLUDES(mutex_);
  void remove(Waiter& waiter) KV_EXCLUDES(mutex_);
  // As Waiter's.
  std::vector<std::uint32_t> take_written_keys(Waiter& waiter) KV_EXCLUDES(mutex_);

 private:
  friend class Waiter;
  // Who waits for a key, and which of the waiter's keys that is.
  struct Place {
    Waiter* waiter;
    std::uint32_t key;
    void tell(std::uint64_t seq) const;
  };
  using InOrder = std::list<Place>;  // of their coming
  struct OfKey {
    InOrder in_turn;  // of whom only the first is told
    InOrder others;
    InOrder& of(const Waiter& waiter);
    void tell(std::uint64_t seq) const;
    bool is_empty() const { return in_turn.empty() && others.empty(); }
  };
  // So many keys at a time, so that writers, who wait for the lock, do not wait for all of a
  // waiter's.
  static constexpr std::size_t kKeysAtOnce = 256;

  void let_others_write() KV_REQUIRES(mutex_);
  void add_key(Waiter& waiter, const std::string& key) KV_REQUIRES(mutex_);
  void remove_key(const std::string& key, Waiter& waiter, InOrder::iterator place)
      KV_REQUIRES(mutex_);

  std::atomic<std::size_t> count_{0};
  Mutex mutex_;
  std::unordered_map<std::string, OfKey, SeededHash, std::equal_to<>> by_key_ KV_GUARDED_BY(mutex_);
  std::list<Waiter*> by_prefix_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore
