// Group commit: all threads that wait for durability share one sync. A background thread syncs for
// the policies that do not wait for each write.
//
// A thread that finds no sync under way syncs itself, so a single writer depends on no other
// thread. A thread that arrives during a sync blocks, or leaves a CommitWaiter and continues; the
// syncing thread notifies that waiter. If the sync was too early for some, the blocked threads sync
// for themselves. The background thread syncs for the remaining CommitWaiters, because it has no
// client that would wait meanwhile.
//
// A failed sync is never retried: a second fsync that succeeds proves nothing about the pages that
// the first one lost. Every waiter gets the error, and failure() stays set until the file is opened
// again.
//
// If a sync finds the disk full, its waiters get that error, and no further write is accepted. Once
// a second everything since the last successful sync is checked and stored again
// (Log::store_again), and synced; when that succeeds, writes are accepted again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/store/commit_waiter.h"
#include "src/store/figures.h"
#include "src/store/generation.h"
#include "src/store/store.h"

namespace kvstore {

class Writer;

// A queue of waiters, in order of arrival. It does not own them. Not thread-safe.
class CommitWaiters {
 public:
  bool is_empty() const { return first_ == nullptr; }
  void add(CommitWaiter& waiter, std::uint64_t seq) {
    waiter.seq_ = seq;
    waiter.next_ = nullptr;
    *(last_ == nullptr ? &first_ : &last_->next_) = &waiter;
    last_ = &waiter;
  }
  // Removes and returns the waiters whose seq is at most `seq`.
  CommitWaiters take_until(std::uint64_t seq) {
    CommitWaiters taken, rest;
    while (CommitWaiter* const waiter = pop()) {
      CommitWaiters& to = waiter->seq_ <= seq ? taken : rest;
      to.add(*waiter, waiter->seq_);
    }
    *this = rest;
    return taken;
  }
  CommitWaiter* pop() {
    CommitWaiter* const waiter = first_;
    if (waiter != nullptr) first_ = waiter->next_;
    if (first_ == nullptr) last_ = nullptr;
    return waiter;
  }

 private:
  CommitWaiter *first_ = nullptr, *last_ = nullptr;
};

class Committer {
 public:
  // `generation` must be entirely on the disk. `writer` has the lock that guards the log's tail.
  // Both must outlive this. Throws std::system_error if no thread can be started.
  Committer(Generation& generation, Writer& writer, SyncPolicy policy);
  ~Committer();  // stop()

  // Waits as the policy requires before a write is acknowledged: with kAlways, until all that is
  // visible at `seq` is on the disk. The caller must not hold the writer lock.
  Status wait(std::uint64_t seq);
  // The same, but does not wait for another thread's sync: returns nullopt, and calls `waiter`
  // later.
  std::optional<Status> wait(std::uint64_t seq, CommitWaiter& waiter) KV_EXCLUDES(mutex_);
  // Waits until `seq` is on the disk, whatever the policy.
  Status wait_durable(std::uint64_t seq);
  // Begins a new sync, and returns when everything stored by now is on the disk, including bytes
  // stored after the end of the log that an earlier sync has covered.
  Status sync_now() KV_EXCLUDES(mutex_);
  // Makes the slots name a CHECKPOINT that is on the disk. On success the slot is on the disk, too.
  Status name_checkpoint(std::uint64_t offset) KV_EXCLUDES(mutex_);
  // Call it after each write, outside any lock: it informs the background thread. It makes no
  // system call while that thread is awake.
  void note_write();
  // Releases all waiters: another file holds all writes on the disk and has taken this file's name.
  // A later failure of this file does not matter. `named` is not ok if the name may not be on the
  // disk; waiters get that error.
  void retire(const Status& named) noexcept KV_EXCLUDES(mutex_);
  // Stops the background thread. Idempotent.
  void stop();

  // The newest seq whose versions are all on the disk.
  std::uint64_t durable_seq() const { return durable_seq_.load(std::memory_order_acquire); }
  bool has_failed() const { return failed_.load(std::memory_order_acquire); }
  // Whether the last sync found the disk full.
  bool is_full() const { return full_.load(std::memory_order_acquire); }
  Error full_error() const KV_EXCLUDES(mutex_);
  // The end of the log at the last sync that succeeded.
  log::Position durable_position() const KV_EXCLUDES(mutex_);
  Error failure() const;  // has_failed() must be true
  std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }
  void add_sync_times(StoreFigures* figures) const {
    sync_us_.add_to(&figures->sync_us);
    sync_writes_.add_to(&figures->sync_writes);
  }
  // Continues the statistics of `old`, which does not sync any more.
  void count_on(const Committer& old) {
    sync_us_.count_on(old.sync_us_);
    sync_writes_.count_on(old.sync_writes_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Status wait_for_sync(std::uint64_t number) KV_EXCLUDES(mutex_);
  bool try_sync_turn() KV_EXCLUDES(mutex_);
  void sync_turn() KV_REQUIRES(mutex_);
  void gather(unsigned expected, Clock::duration patience);
  void end_turn();
  void tell_waiters() KV_REQUIRES(mutex_);
  bool is_over() const KV_REQUIRES(mutex_) { return stopping_ || failed_ || is_retired_; }
  void wake_background() KV_REQUIRES(mutex_);
  void note_durable() KV_REQUIRES(mutex_);
  Status sync_log(const log::Position& position, const log::Position& durable) noexcept;
  void refuse(std::uint64_t seq, Error error) KV_REQUIRES(mutex_);
  log::Position tail();
  void run();
  void end_waits() KV_REQUIRES(mutex_);
  void background_step() KV_REQUIRES(mutex_);
  void look_at_place() KV_REQUIRES(mutex_);
  void sleep(Clock::duration tick) KV_REQUIRES(mutex_);
  bool woken_by(Clock::time_point deadline) KV_REQUIRES(mutex_);
  bool sync_is_due() const KV_REQUIRES(mutex_);

  log::Log& log_;
  Writer& writer_;
  const SyncPolicy policy_;

  mutable Mutex mutex_;
  CondVar wake_;  // for the background thread
  bool syncing_ KV_GUARDED_BY(mutex_) = false;
  unsigned writers_ KV_GUARDED_BY(mutex_) = 0;         // estimated number of threads that wait
                                                       // repeatedly
  Clock::duration sync_time_ KV_GUARDED_BY(mutex_){};  // duration of the last sync
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool is_retired_ KV_GUARDED_BY(mutex_) = false;
  // While there are any, a sync is under way or the background thread is awake.
  CommitWaiters waiters_ KV_GUARDED_BY(mutex_);
  Error failure_ KV_GUARDED_BY(mutex_);
  Error full_error_ KV_GUARDED_BY(mutex_);
  std::uint64_t refused_turn_ KV_GUARDED_BY(mutex_) = 0;  // number of the last sync that was full
  std::atomic<std::uint64_t> refused_seq_{0};             // the newest seq that it included
  std::atomic<std::uint64_t> refusals_{0};
  std::atomic<bool> full_{false};
  log::Position durable_ KV_GUARDED_BY(mutex_);        // the log's end at the last successful sync
  std::uint64_t noted_end_ KV_GUARDED_BY(mutex_) = 0;  // D in the newest slot
  Clock::time_point noted_at_ KV_GUARDED_BY(mutex_){};
  Clock::time_point refused_at_ KV_GUARDED_BY(mutex_){};  // a slot found no space
  Clock::time_point last_sync_ KV_GUARDED_BY(mutex_){};
  // last check of the file's path
  Clock::time_point last_look_ KV_GUARDED_BY(mutex_) = Clock::now();

  std::atomic<std::uint64_t> durable_seq_;
  std::atomic<std::uint32_t> turn_{0};             // counts finished syncs; waited on
  std::uint64_t begun_ KV_GUARDED_BY(mutex_) = 0;  // number of syncs begun
  std::uint64_t done_ KV_GUARDED_BY(mutex_) = 0;   // number of the last sync that succeeded
  std::atomic<unsigned> arrived_{0};               // threads that wait for the next sync
  std::atomic<bool> failed_{false};
  std::atomic<bool> asleep_{false};
  std::atomic<std::uint64_t> syncs_{0};
  Buckets<kTimeBounds_us> sync_us_;    // durations of syncs
  Buckets<kShareBounds> sync_writes_;  // versions that each sync made durable
  std::thread thread_;
};

}  // namespace kvstore
