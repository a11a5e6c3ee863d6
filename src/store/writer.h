// The writing half of a store whose file is open for writing: the writer lock, what is
// written under it, and the syncs that make it durable.
//
// A write is a list of changes, one a key, that shows whole or not at all. It goes to the
// log, to the index, to the clock's counts, and then it shows (generation.h). What can fail
// is done before the log is touched.
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

// A change of one key, beside what was known of the key before it. Or a CLEAR, of which nothing but
// the kind is said: it comes first. Only pieces of one value are of the same key, and what a repair
// has put into one version (behind).
struct PendingChange {
  log::Change change;
  std::uint64_t hash = 0;    // the index's, of the key
  std::uint64_t offset = 0;  // of the record, once it is written
  log::ChainTail written;    // the same of one of several: what is behind it goes on from there
  StoreClock::State old;
  std::uint64_t ttl_ms = 0;     // 0: none; else its expiry is counted from the write's time
  std::string* kept = nullptr;  // where the value's bytes are, if they may be appended to
  std::string_view tail;        // of a REF: what is appended to it by a record of its own
  bool was_live = false;
  bool was_unreadable = false;  // the key's newest record is: what it was is not known
  bool was_lost = false;        // its value, to damage: the key's newest record is a HOLE
  // Not 0: so many places before it is one of the same key, which this one is behind.
  std::size_t behind = 0;

  ValueType type() const { return static_cast<ValueType>(change.type); }
  // How long the value is after the change.
  std::uint64_t total() const {
    return (change.starts ? 0 : change.previous.total) + change.length() + tail.size();
  }
};

class Writer {
 public:
  // kLimit: no thread to sync with. A generation that takes no writes gets none.
  // `after_checkpoint` is called on the indexer's thread; it may be empty.
  static Result<std::shared_ptr<Writer>> start(std::shared_ptr<Generation> generation,
                                               const Options& options,
                                               std::function<void()> after_checkpoint = {});
  // Stops the syncing thread, and closes the file properly if no sync has failed.
  Status close();

  // The lock, and that this thread has it: a thread may hold it for several writes.
  void lock() KV_ACQUIRE(mutex_);
  void unlock() KV_RELEASE(mutex_);
  bool is_held_here() const { return holder_.load(std::memory_order_relaxed) == this_thread(); }
  void assert_held() const KV_ASSERT_HELD(mutex_);
  // Another has taken its place: whoever gets the lock is to ask for the current one.
  bool is_retired() const KV_REQUIRES(mutex_) { return is_retired_; }
  // All that it has written is on the disk in the file of the one that takes its place, and so
  // is its name, if `named` is ok: who waits for it goes on. stop() must follow, without the lock.
  void retire(const Status& named) KV_REQUIRES(mutex_);
  // Ends the threads, and leaves the file as it is.
  void stop();
  // Outside the lock, before an acknowledgement: a moment, if the index has fallen behind.
  void slow_down() {
    if (indexer_) indexer_->slow_down();
  }
  // Null if writes are refused.
  Indexer* indexer() const { return indexer_.get(); }
  // For who holds it: no two at once.
  bool begin_transaction() KV_REQUIRES(mutex_) { return !std::exchange(in_transaction_, true); }
  void end_transaction() KV_REQUIRES(mutex_) { in_transaction_ = false; }

  // The index's hash of a key that is about to be looked up. Needs a Guard and no lock.
  std::uint64_t prefetch(std::string_view key) const {
    const std::uint64_t hash = generation_->index().hash(key);
    generation_->index().prefetch(key, hash);
    return hash;
  }
  // Not ok: why nothing can be written.
  Status writable() const;
  // Writes changes with one seq, and shows them. Errors: kFull, kIo, kMemory; then nothing has
  // changed. Returns the seq.
  Result<std::uint64_t> write(std::span<PendingChange> changes) KV_REQUIRES(mutex_);
  // The same with the seq and the time of records of another file: seqs must rise. After an error
  // of a change's source the file is of no use.
  Status write_as(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time)
      KV_REQUIRES(mutex_);

  // Waits until what shows at `seq` is as durable as the policy promises, or on the disk.
  // Without the lock.
  Status wait(std::uint64_t seq) { return committer_ ? committer_->wait(seq) : Status{}; }
  // See Committer.
  std::optional<Status> wait(std::uint64_t seq, CommitWaiter& waiter) {
    return committer_ ? committer_->wait(seq, waiter) : Status{};
  }
  Status wait_durable(std::uint64_t seq) {
    return committer_ ? committer_->wait_durable(seq) : Status{};
  }
  // All that is written is on the disk.
  Status sync() { return committer_ ? committer_->sync_now() : Status{}; }
  // After each write.
  void note_write() { committer_->note_write(); }

  Generation& generation() { return *generation_; }
  std::uint64_t writes() const { return writes_.load(std::memory_order_relaxed); }
  std::uint64_t syncs() const { return syncs_before_ + (committer_ ? committer_->syncs() : 0); }
  // It goes on for `old`, and counts from where that stands. Before other threads know it.
  void count_on(const Writer& old) {
    writes_.store(old.writes(), std::memory_order_relaxed);
    syncs_before_ = old.syncs();
    if (committer_ && old.committer_) committer_->count_on(*old.committer_);
  }
  void add_sync_times(StoreFigures* figures) const {
    if (committer_) committer_->add_sync_times(figures);
  }
  // Whom it tells of writes from now on; null: nobody. Before other threads know it, or under the
  // lock.
  void tell(Waiters* waiters) { waiters_ = waiters; }
  // What shows at it is on the disk.
  std::uint64_t durable_seq() const { return committer_ ? committer_->durable_seq() : 0; }
  // Kept from transaction to transaction, so that a write allocates nothing.
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
  std::unique_ptr<Indexer> indexer_;      // the same
};

// The writer lock for a scope, unless this thread holds it already.
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
  // False: it is held on for whoever took it.
  bool owns() const { return owns_; }
  void release() KV_NO_THREAD_SAFETY_ANALYSIS {
    if (std::exchange(owns_, false)) writer_.unlock();
  }

 private:
  Writer& writer_;
  bool owns_;
};

// A writer that another takes the place of, and what lets go of it and of its generation: made
// before, for then it is too late to be out of memory.
struct FormerWriter {
  std::shared_ptr<Writer> writer;
  ReclamationEpochs::Retired let_go_of_generation, let_go_of_writer;
};

}  // namespace kvstore
