// The clients that wait for writes of a store (waiter.h).
//
// Thread rule: any thread. note() under the writer lock, after the writes are visible.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/function_ref.h"
#include "src/base/hash.h"
#include "src/base/mutex.h"

namespace kvstore {

class Waiter;

class Waiters {
 public:
  // The seq to pass to note() if it is not known: for a write already notified elsewhere, or one of
  // another process.
  static constexpr std::uint64_t kUnknownSeq = 1;

  bool are_there() const { return count_.load(std::memory_order_relaxed) != 0; }
  // A write of this key with this seq is visible. Those who wait in turn wait for sorted sets, and
  // are told only if the key is one now.
  void note(std::string_view key, std::uint64_t seq, bool is_sorted_set) KV_EXCLUDES(mutex_);
  // A CLEAR with this seq is visible.
  void note_clear(std::uint64_t seq) KV_EXCLUDES(mutex_);
  // A write that may concern any key.
  void note_all(std::uint64_t seq) KV_EXCLUDES(mutex_);

  // Afterwards the caller must wait for the write that is under way; later writers see the new
  // count.
  void add(Waiter& waiter) KV_EXCLUDES(mutex_);
  void remove(Waiter& waiter) KV_EXCLUDES(mutex_);
  // See Waiter.
  std::vector<std::uint32_t> take_written_keys(Waiter& waiter) KV_EXCLUDES(mutex_);
  void end_look(Waiter& waiter) KV_EXCLUDES(mutex_);
  bool are_owing() const { return owing_count_.load(std::memory_order_relaxed) != 0; }
  void await_looks(std::uint64_t seq) KV_EXCLUDES(mutex_);
  void await_look_at(std::string_view key) KV_EXCLUDES(mutex_);
  bool owes_look(std::string_view key, const Waiter* self) KV_EXCLUDES(mutex_);

 private:
  friend class Waiter;
  // A waiter for a key, and the index of the key in its list.
  struct Place {
    Waiter* waiter;
    std::uint32_t key;
    void tell(std::uint64_t seq) const;
  };
  using InOrder = std::list<Place>;  // order of arrival
  struct OfKey {
    InOrder in_turn;  // only the first of these is notified
    InOrder others;
    InOrder& of(const Waiter& waiter);
    bool is_empty() const { return in_turn.empty() && others.empty(); }
  };
  // Keys added at a time, so that a writer does not wait until all keys of a waiter are added.
  static constexpr std::size_t kKeysAtOnce = 256;

  void let_others_write() KV_REQUIRES(mutex_);
  void tell_in_turn(const InOrder& waiters, std::uint64_t seq) KV_REQUIRES(mutex_);
  void stop_owing(Waiter& waiter) KV_REQUIRES(mutex_);
  // Waits until `owing` answers null; gives up the waiters that it still answers after a while.
  void await(FunctionRef<Waiter*()> owing) KV_REQUIRES(mutex_);
  Waiter* find_owing(std::uint64_t seq) KV_REQUIRES(mutex_);
  Waiter* find_owing(std::string_view key) KV_REQUIRES(mutex_);
  void add_key(Waiter& waiter, const std::string& key) KV_REQUIRES(mutex_);
  void remove_key(const std::string& key, Waiter& waiter, InOrder::iterator place)
      KV_REQUIRES(mutex_);

  std::atomic<std::size_t> count_{0};
  Mutex mutex_;
  std::unordered_map<std::string, OfKey, SeededHash, std::equal_to<>> by_key_ KV_GUARDED_BY(mutex_);
  std::list<Waiter*> by_prefix_ KV_GUARDED_BY(mutex_);
  // Who waits in turn, was told, and has not looked yet.
  std::list<Waiter*> owing_ KV_GUARDED_BY(mutex_);
  std::atomic<std::size_t> owing_count_{0};
  CondVar looked_;
};

}  // namespace kvstore
