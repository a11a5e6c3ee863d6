// The writing half of a store whose file is open for writing: the writer lock, the writes under it,
// and the syncs that make them durable.
//
// A write is a list of changes, one for each key, that becomes visible entirely or not at all. It
// goes to the log, the index and the clock's counts, and then becomes visible (generation.h).
// Everything that can fail is done before the log is changed.
//
// Lock order: the writer lock, then a mutex of the clock or the committer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "src/base/spinning_mutex.h"
#include "src/store/committer.h"
#include "src/store/generation.h"
#include "src/store/indexer.h"
#include "src/store/tail_filler.h"
#include "src/store/waiters.h"

namespace kvstore {

// A change of one key, with the state of the key before it. Or a CLEAR, of which only the kind is
// set: it must come first. Two changes may concern the same key only if they are pieces of one
// value, or what a repair has put into one version (`behind`).
struct PendingChange {
  log::Change change;
  std::uint64_t hash = 0;    // the index's hash of the key
  std::uint64_t offset = 0;  // of the record, once it is written
  log::ChainTail written;    // the tail of the chain after this record; the next piece continues
                             // from it
  StoreClock::State old;
  std::uint64_t ttl_ms = 0;     // 0: none; else the expiry is counted from the write's time
  std::string* kept = nullptr;  // buffer with the value's bytes, if it may be appended to
  std::string_view tail;        // REF: bytes appended to it by a separate record
  bool was_live = false;
  bool was_unreadable = false;  // the key's newest record is unreadable, so its former state is
                                // unknown
  bool was_lost = false;        // the value was lost to damage: the key's newest record is a HOLE
  // Not 0: this change follows another one of the same key, that many places before it.
  std::size_t behind = 0;

  ValueType type() const { return static_cast<ValueType>(change.type); }
  // Length of the value after the change.
  std::uint64_t total() const {
    return (change.starts ? 0 : change.previous.total) + change.length() + tail.size();
  }
};

class Writer {
 public:
  // kLimit: no thread can be started for syncs. A generation that refuses writes gets none.
  // `after_checkpoint` is called on the indexer's thread; it may be empty.
  static Result<std::shared_ptr<Writer>> start(std::shared_ptr<Generation> generation,
                                               const Options& options,
                                               std::function<void()> after_checkpoint = {});
  // Stops the syncing thread, and marks the file as closed cleanly if no sync has failed.
  Status close();

  // The writer lock, and whether this thread holds it: a thread may hold it for several writes.
  void lock() KV_ACQUIRE(mutex_);
  void unlock() KV_RELEASE(mutex_);
  bool is_held_here() const { return holder_.load(std::memory_order_relaxed) == this_thread(); }
  void assert_held() const KV_ASSERT_HELD(mutex_);
  // Another writer has replaced this one: a thread that gets the lock must ask for the current
  // writer.
  bool is_retired() const KV_REQUIRES(mutex_) { return is_retired_; }
  // Releases the waiters: all of its writes are on the disk in the file of its successor, and so is
  // that file's name if `named` is ok. Call stop() afterwards, without the lock.
  void retire(const Status& named) KV_REQUIRES(mutex_);
  // Stops the threads, and leaves the file as it is.
  void stop();
  // Call it outside the lock, before an acknowledgement: waits briefly if the index has fallen
  // behind.
  void slow_down() {
    if (indexer_) indexer_->slow_down();
  }
  // Null if writes are refused.
  Indexer* indexer() const { return indexer_.get(); }
  // Marks the begin and end of a transaction of the lock's holder. False: one is open already.
  bool begin_transaction() KV_REQUIRES(mutex_) { return !std::exchange(in_transaction_, true); }
  void end_transaction() KV_REQUIRES(mutex_) { in_transaction_ = false; }

  // Prefetches what a look-up of the key needs, and returns the index's hash of it. Needs a Guard
  // and no lock.
  std::uint64_t prefetch(std::string_view key) const {
    const std::uint64_t hash = generation_->index().hash(key);
    generation_->index().prefetch(key, hash);
    return hash;
  }
  // Not ok if nothing can be written; says why.
  Status writable() const;
  // Writes the changes with one seq, makes them visible, and returns the seq. kFull, kIo, kMemory:
  // nothing has changed.
  Result<std::uint64_t> write(std::span<PendingChange> changes) KV_REQUIRES(mutex_);
  // The same with the given seq and time, for records of another file; seqs must rise. If the
  // source of a change fails, the file becomes unusable.
  Status write_as(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time)
      KV_REQUIRES(mutex_);

  // Waits until what is visible at `seq` is as durable as the policy requires. The caller must not
  // hold the lock.
  Status wait(std::uint64_t seq) { return committer_ ? committer_->wait(seq) : Status{}; }
  // See Committer.
  std::optional<Status> wait(std::uint64_t seq, CommitWaiter& waiter) {
    return committer_ ? committer_->wait(seq, waiter) : Status{};
  }
  Status wait_durable(std::uint64_t seq) {
    return committer_ ? committer_->wait_durable(seq) : Status{};
  }
  // Waits until all that is written is on the disk.
  Status sync() { return committer_ ? committer_->sync_now() : Status{}; }
  // Call it after each write.
  void note_write() { committer_->note_write(); }

  Generation& generation() { return *generation_; }
  std::uint64_t writes() const { return writes_.load(std::memory_order_relaxed); }
  std::uint64_t syncs() const { return syncs_before_ + (committer_ ? committer_->syncs() : 0); }
  // Continues the statistics of `old`. Call it before other threads use this writer.
  void count_on(const Writer& old) {
    writes_.store(old.writes(), std::memory_order_relaxed);
    syncs_before_ = old.syncs();
    if (committer_ && old.committer_) committer_->count_on(*old.committer_);
  }
  void add_sync_times(StoreFigures* figures) const {
    if (committer_) committer_->add_sync_times(figures);
  }
  // Sets the waiters to notify of writes; null: none. Call it before other threads use this writer,
  // or under the lock.
  void tell(Waiters* waiters) { waiters_ = waiters; }
  // The newest seq up to which everything is on the disk.
  std::uint64_t durable_seq() const { return committer_ ? committer_->durable_seq() : 0; }
  // Reused by all transactions, so that a write allocates nothing.
  std::vector<PendingChange>& pending() KV_REQUIRES(mutex_) { return pending_; }

 private:
  explicit Writer(std::shared_ptr<Generation> generation)
      : generation_(std::move(generation)), filler_(generation_->log()) {}
  static const void* this_thread();
  void reserve(std::span<PendingChange> changes) KV_REQUIRES(mutex_);
  Status append(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time)
      KV_REQUIRES(mutex_);
  void publish(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time)
      KV_REQUIRES(mutex_);
  void show(std::span<PendingChange> changes, std::uint64_t seq) KV_REQUIRES(mutex_);
  void count(std::span<PendingChange> changes, std::uint64_t seq) KV_REQUIRES(mutex_);
  void tell_waiters(std::span<PendingChange> changes, std::uint64_t seq) KV_REQUIRES(mutex_);

  const std::shared_ptr<Generation> generation_;
  SpinningMutex mutex_;
  std::atomic<const void*> holder_{nullptr};
  std::atomic<std::uint64_t> writes_{0};
  std::uint64_t syncs_before_ = 0;
  Waiters* waiters_ = nullptr;
  bool in_transaction_ KV_GUARDED_BY(mutex_) = false;
  bool is_retired_ KV_GUARDED_BY(mutex_) = false;
  std::vector<PendingChange> pending_ KV_GUARDED_BY(mutex_);
  std::vector<StoreClock::Replaced> counted_ KV_GUARDED_BY(mutex_);
  TailFiller filler_;
  std::unique_ptr<Committer> committer_;  // null if writes are refused
  std::unique_ptr<Indexer> indexer_;      // null if writes are refused
};

// Holds the writer lock within a scope, unless this thread holds it already.
class WriterLock {
 public:
  explicit WriterLock(Writer& writer) KV_NO_THREAD_SAFETY_ANALYSIS  // which cannot see "unless"
      : writer_(writer),
        owns_(!writer.is_held_here()) {
    if (owns_) writer_.lock();
  }
  ~WriterLock() { release(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  // False: an outer scope holds the lock and keeps it.
  bool owns() const { return owns_; }
  void release() KV_NO_THREAD_SAFETY_ANALYSIS {
    if (std::exchange(owns_, false)) writer_.unlock();
  }

 private:
  Writer& writer_;
  bool owns_;
};

// A writer that is replaced, with the objects that release it and its generation. They are
// allocated in advance, because the replacement itself must not run out of memory.
struct FormerWriter {
  std::shared_ptr<Writer> writer;
  ReclamationEpochs::Retired let_go_of_generation, let_go_of_writer;
};

}  // namespace kvstore
