// Group commit: all threads that wait for durability share one sync, and a
// background thread keeps the promises of the relaxed policies.
//
// The first that waits while nobody syncs does it, so who writes alone depends on no other thread.
// Whoever comes meanwhile blocks, or leaves a CommitWaiter and goes on: it is then told by the
// thread that syncs. Of those that this sync came too late for, the ones that block go on by
// themselves; for the others the background thread syncs next, as it has no client of its own that
// would wait.
//
// After a failed sync nothing is retried (a second fsync that succeeds proves
// nothing about the pages the first one lost): every waiter gets the error and
// failure() stays set until the file is opened again.
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

// Those that wait, first come first. Owns none. Not thread-safe.
class CommitWaiters {
 public:
  bool is_empty() const { return first_ == nullptr; }
  void add(CommitWaiter& waiter, std::uint64_t seq) {
    waiter.seq_ = seq;
    waiter.next_ = nullptr;
    *(last_ == nullptr ? &first_ : &last_->next_) = &waiter;
    last_ = &waiter;
  }
  // Takes out those for whom it is enough that `seq` is durable.
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
  // Of a generation all of which is on the disk. The writer has the lock that guards the
  // log's tail. Both must outlive this. Throws std::system_error if there is no thread.
  Committer(Generation& generation, Writer& writer, SyncPolicy policy);
  ~Committer();  // stop()

  // What an acknowledgement waits for, under the policy: for kAlways that
  // what shows at `seq` is on disk. Not while holding the writer lock.
  Status wait(std::uint64_t seq);
  // The same, but does not wait while another thread syncs: nullopt, and `waiter` is told.
  std::optional<Status> wait(std::uint64_t seq, CommitWaiter& waiter) KV_EXCLUDES(mutex_);
  // On disk, whatever the policy.
  Status wait_durable(std::uint64_t seq);
  // Everything stored by now is on disk, also what was stored behind the log's end as it was
  // synced before: a sync that begins now.
  Status sync_now() KV_EXCLUDES(mutex_);
  // Has the slots name a CHECKPOINT that is on the disk; on disk, too, when it returns success.
  Status name_checkpoint(std::uint64_t offset) KV_EXCLUDES(mutex_);
  // After each write, outside any lock: keeps the background thread informed.
  // No system call while that thread is awake.
  void note_write();
  // All that was written is on the disk in another file, which has taken this one's name: nobody
  // has to wait any more, and what becomes of this one is no failure. Not ok: the name may not
  // be on the disk, so who waits gets that error.
  void retire(const Status& named) noexcept KV_EXCLUDES(mutex_);
  // Ends the background thread. Idempotent.
  void stop();

  // What shows at it is on disk.
  std::uint64_t durable_seq() const { return durable_seq_.load(std::memory_order_acquire); }
  bool has_failed() const { return failed_.load(std::memory_order_acquire); }
  Error failure() const;  // has_failed() must be true
  std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }
  void add_sync_times(StoreFigures* figures) const {
    sync_us_.add_to(&figures->sync_us);
    sync_writes_.add_to(&figures->sync_writes);
  }
  // It goes on for `old`, which syncs no more.
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
  Status sync_log(const log::Position& position) noexcept;
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
  unsigned writers_ KV_GUARDED_BY(mutex_) = 0;         // that wait again and again, it seems
  Clock::duration sync_time_ KV_GUARDED_BY(mutex_){};  // the last one's
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool is_retired_ KV_GUARDED_BY(mutex_) = false;
  // Somebody syncs, or the background thread is awake, while there are any.
  CommitWaiters waiters_ KV_GUARDED_BY(mutex_);
  Error failure_ KV_GUARDED_BY(mutex_);
  log::Position durable_ KV_GUARDED_BY(mutex_);        // of the last successful sync
  std::uint64_t noted_end_ KV_GUARDED_BY(mutex_) = 0;  // D in the newest slot
  Clock::time_point noted_at_ KV_GUARDED_BY(mutex_){};
  Clock::time_point last_sync_ KV_GUARDED_BY(mutex_){};
  Clock::time_point last_look_ KV_GUARDED_BY(mutex_) = Clock::now();  // at the file's place

  std::atomic<std::uint64_t> durable_seq_;
  std::atomic<std::uint32_t> turn_{0};             // counts ended syncs; waited on
  std::uint64_t begun_ KV_GUARDED_BY(mutex_) = 0;  // syncs
  std::uint64_t done_ KV_GUARDED_BY(mutex_) = 0;   // the last one's number that succeeded
  std::atomic<unsigned> arrived_{0};               // threads that wait for the next sync
  std::atomic<bool> failed_{false};
  std::atomic<bool> asleep_{false};
  std::atomic<std::uint64_t> syncs_{0};
  Buckets<kTimeBounds_us> sync_us_;    // how long they took
  Buckets<kShareBounds> sync_writes_;  // how many versions each made durable
  std::thread thread_;
};

}  // namespace kvstore
