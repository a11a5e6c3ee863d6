// A thread beside the writer that keeps the index small in memory and complete in the file. It
//
//   seals    what the memtable knows becomes a run of the file when it has had enough
//            records, the log has grown enough, or the clock was set back
//   merges   runs of like size become one, so that a look-up has few to ask
//   notes    a CHECKPOINT names the runs, once they are on the disk, and a slot names it:
//            the next open reads the log from there on
//   frees    what no checkpoint names any more, and nobody reads, goes back to the disk
//
// Writers do not wait for it, unless it falls so far behind that the memtable would exceed its
// memory budget: then they are slowed.
//
// After an error (the disk is full, there is no memory) it retries at growing intervals, but soon
// after the disk has space again. The error is reported once, and by warning(). The index is
// derived data, so nothing is lost but time at the next open. A run that cannot fit is not begun:
// it would take the remaining space from the writers.
//
// Thread rule: note() under the writer lock; the rest as documented.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "src/base/mutex.h"
#include "src/index/run_writer.h"
#include "src/store/committer.h"
#include "src/store/generation.h"

namespace kvstore {

class Writer;

class Indexer {
 public:
  // Records in the memtable, and bytes of the log, at which it seals.
  struct Limits {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    static Limits of(std::uint64_t memory);
  };
  // All arguments must outlive this, or stop(). Throws std::system_error if no thread can be
  // started. `after_checkpoint` is called on the indexer's thread, while no lock is held; it may be
  // empty.
  Indexer(Generation& generation, Writer& writer, Committer& committer, const Limits& limits,
          std::function<void()> after_checkpoint);
  ~Indexer() { stop(); }

  // Call it after a write of `records` records, under the writer lock. Makes no system call unless
  // there is work.
  void note(std::uint64_t records) noexcept {
    const std::uint64_t now = records_.load(std::memory_order_relaxed) + records;
    records_.store(now, std::memory_order_relaxed);
    const bool is_due = now >= limits_.records || generation_.log().end() >= bytes_due_;
    if (is_due || generation_.clock().owes_peak()) [[unlikely]]
      wake();
  }
  // Call it outside the lock: waits briefly if the thread has fallen behind.
  void slow_down() {
    if (records_.load(std::memory_order_relaxed) >= limits_.records * kBehind) [[unlikely]]
      slow_writer();
  }

  // Stops the thread; no call may be under way. Idempotent.
  void stop() KV_EXCLUDES(mutex_);
  // After stop(): seals what is left if reading it at the next open would take long, or if the
  // clock was set back and no record tells from when.
  void finish();
  // Seals and writes a checkpoint at once, whatever the amount. Any thread. Errors: those of
  // writing.
  Status checkpoint_now() KV_EXCLUDES(working_);

  struct Counts {
    std::uint64_t seals = 0, merges = 0, checkpoints = 0;
    std::uint64_t written = 0;  // bytes of runs
    std::uint64_t slowed = 0;   // writes that were slowed
    std::uint64_t punched = 0;  // bytes returned to the disk
  };
  Counts counts() const;
  // A sentence that says what cannot be stored, and why; empty if there is nothing.
  std::string warning() const KV_EXCLUDES(mutex_);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t kBehind = 4;

  // When to retry work that failed. Used by the holder of working_.
  struct Retry {
    std::chrono::milliseconds wait{0};  // earliest time of the next attempt,
    Clock::time_point next{};           // unless this many bytes are free
    std::uint64_t needed = 0;           // at the last attempt
    bool had_space = false;             // and was none
  };
  // The end of the memtable that is being sealed, and the state known there.
  struct SealPoint {
    log::Position position;
    log::ClockState clock;
    std::uint64_t steps = 0;  // of the clock: StoreClock::untold_steps()
  };
  // A sequence of adjacent runs, among all runs from the newest on.
  struct RunSpan {
    std::size_t begin = 0, count = 0;
    explicit operator bool() const { return count != 0; }
  };
  // A dropped extent; no reader uses it once the segment is destroyed.
  struct Dropped {
    std::uint64_t extent = 0;  // offset of its record
    std::weak_ptr<const index::Segment> segment;
    Clock::time_point since{};  // since when nothing names it
  };

  void wake() noexcept KV_EXCLUDES(mutex_);
  void slow_writer();
  void run() KV_EXCLUDES(mutex_, working_);
  bool is_due() const;
  Status work(bool idle) KV_REQUIRES(working_);
  Status try_work(bool idle) KV_REQUIRES(working_);
  Status merge_due(bool idle) KV_REQUIRES(working_);
  template <class Action>
  Status attempt(Retry* retry, Action action) KV_REQUIRES(working_) KV_EXCLUDES(mutex_);
  bool is_too_early(const Retry& retry) const;
  void note_failure(Retry* retry, const Error& error) KV_REQUIRES(working_) KV_EXCLUDES(mutex_);
  void tell(const std::string& warning) KV_EXCLUDES(mutex_);
  void note_success(Retry* retry) KV_REQUIRES(working_) KV_EXCLUDES(mutex_);
  std::uint64_t free_space() const;
  Status check_fits(std::uint64_t size) KV_REQUIRES(working_);
  Status seal() KV_REQUIRES(working_);
  void begin_seal() KV_REQUIRES(working_);
  bool note_clock() KV_REQUIRES(working_);
  std::unique_ptr<index::Cursor> in_order(const index::Memtable& memtable) const;
  Result<std::shared_ptr<const index::Run>> write_run(index::Cursor& from, std::uint64_t begin,
                                                      std::uint64_t end, std::uint64_t last_seq,
                                                      bool is_merge) KV_REQUIRES(working_);
  // Adds a run to the index; if that fails the run's space is freed. Throws std::bad_alloc.
  using Taking = void (index::KeyIndex::*)(std::shared_ptr<const index::Run>);
  void take(const std::shared_ptr<const index::Run>& run, Taking into) KV_REQUIRES(working_);
  void abandon(const std::vector<index::Run::Part>& parts) KV_REQUIRES(working_);
  Status copy(index::Cursor& from, index::RunWriter* to, bool is_merge) KV_REQUIRES(working_);
  Status look_up_from_merge() KV_REQUIRES(working_);
  Result<log::ExtentPlace> append_extent(std::uint64_t size);
  RunSpan runs_to_merge(bool idle) const;
  Status merge(RunSpan which) KV_REQUIRES(working_);
  bool heal(std::span<const std::shared_ptr<const index::Run>> runs);
  Status note_checkpoint() KV_REQUIRES(working_);
  log::Checkpoint checkpoint() const KV_REQUIRES(working_);
  void drop(const std::vector<index::Run::Part>& parts) KV_REQUIRES(working_);
  bool punch(std::uint64_t extent);
  void punch_unused(Clock::time_point before) KV_REQUIRES(working_);

  Generation& generation_;
  Writer& writer_;
  Committer& committer_;
  const Limits limits_;
  const std::function<void()> after_checkpoint_;

  std::atomic<std::uint64_t> records_;    // in the active memtable; used by the writer
  std::atomic<std::uint64_t> bytes_due_;  // end of the log at which a seal is due

  Mutex working_;                             // held to seal, merge or note
  SealPoint sealed_ KV_GUARDED_BY(working_);  // the end of what the runs cover
  SealPoint sealing_ KV_GUARDED_BY(working_);
  bool is_changed_ KV_GUARDED_BY(working_) = false;       // since the last checkpoint
  std::vector<Dropped> dropped_ KV_GUARDED_BY(working_);  // since the last checkpoint
  const index::RunWriter* merging_ KV_GUARDED_BY(working_) = nullptr;
  std::vector<Dropped> unnamed_ KV_GUARDED_BY(working_);  // not named by the last checkpoint; to be
                                                          // freed
  Retry seal_retry_ KV_GUARDED_BY(working_), merge_retry_ KV_GUARDED_BY(working_),
      note_retry_ KV_GUARDED_BY(working_);
  std::uint64_t needed_ KV_GUARDED_BY(working_) = 0;  // bytes that the last attempt needs

  mutable Mutex mutex_;
  std::string warning_ KV_GUARDED_BY(mutex_);
  CondVar wake_;
  std::atomic<bool> stopping_{false};  // set under mutex_
  std::atomic<bool> awake_{false};     // set under mutex_

  std::atomic<std::uint64_t> seals_{0}, merges_{0}, checkpoints_{0}, written_{0}, slowed_{0},
      punched_{0};
  std::thread thread_;
};

}  // namespace kvstore
