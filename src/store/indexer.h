// Keeps the index small in memory and whole in the file: a thread beside the writer that
//
//   seals    what the memtable knows becomes a run of the file when it has had enough
//            records, the log has grown enough, or the clock was set back
//   merges   runs of like size become one, so that a look-up has few to ask
//   notes    a CHECKPOINT names the runs, once they are on the disk, and a slot names it:
//            the next open reads the log from there on
//   frees    what no checkpoint names any more, and nobody reads, goes back to the disk
//
// Writers never wait for it, unless it falls so far behind that the memtable would take
// more memory than the budget gives it: then they are slowed.
//
// What fails (the disk is full, there is no memory) is tried again later, ever more seldom, but
// soon after the disk has space; it is told once, and in warning(). The index is derived, and
// nothing is lost meanwhile but time at the next open. A run that cannot fit is not begun: it would
// take what space there is from the writers.
//
// Thread rule: note() under the writer lock; the rest as said.
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
  // Its records in the memtable, and bytes of the log, at which it seals.
  struct Limits {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    static Limits of(std::uint64_t memory);
  };
  // All must outlive it, or stop(). Throws std::system_error if there is no thread.
  // `after_checkpoint` is called on the thread, with no lock held; it may be empty.
  Indexer(Generation& generation, Writer& writer, Committer& committer, const Limits& limits,
          std::function<void()> after_checkpoint);
  ~Indexer() { stop(); }

  // After a write of so many records, under the writer lock. No system call, but where there
  // is work.
  void note(std::uint64_t records) noexcept {
    const std::uint64_t now = records_.load(std::memory_order_relaxed) + records;
    records_.store(now, std::memory_order_relaxed);
    const bool is_due = now >= limits_.records || generation_.log().end() >= bytes_due_;
    if (is_due || generation_.clock().owes_peak()) [[unlikely]]
      wake();
  }
  // Outside the lock: waits a moment if the thread has fallen behind.
  void slow_down() {
    if (records_.load(std::memory_order_relaxed) >= limits_.records * kBehind) [[unlikely]]
      slow_writer();
  }

  // Ends the thread; no call may be under way. Idempotent.
  void stop() KV_EXCLUDES(mutex_);
  // After stop(): seals what is left if reading it at the next open would take long, or if the
  // clock was set back and no record tells from when.
  void finish();
  // Now, whatever there is: for tests, and for who asks for it. Any thread. Errors: of writing.
  Status checkpoint_now() KV_EXCLUDES(working_);

  struct Counts {
    std::uint64_t seals = 0, merges = 0, checkpoints = 0;
    std::uint64_t written = 0;  // bytes of runs
    std::uint64_t slowed = 0;   // writes
    std::uint64_t punched = 0;  // bytes given back
  };
  Counts counts() const;
  // A sentence: what cannot be stored, and why. Empty: nothing.
  std::string warning() const KV_EXCLUDES(mutex_);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t kBehind = 4;

  // Of what has failed: when to try it again. Of working_'s holder.
  struct Retry {
    std::chrono::milliseconds wait{0};  // 0: it has not failed
    Clock::time_point next{};           // not before,
    std::uint64_t needed = 0;           // or there is as much space as this, in bytes,
    bool had_space = false;             // and was none
  };
  // Where the memtable that is sealing ends, and what was known then.
  struct SealPoint {
    log::Position position;
    log::ClockState clock;
    std::uint64_t steps = 0;  // of the clock: StoreClock::untold_steps()
  };
  // Runs next to each other, of all from the newest on.
  struct RunSpan {
    std::size_t begin = 0, count = 0;
    explicit operator bool() const { return count != 0; }
  };
  // An extent that was dropped; nobody reads it once the segment is gone.
  struct Dropped {
    std::uint64_t extent = 0;  // offset of its record
    std::weak_ptr<const index::Segment> segment;
    Clock::time_point since{};  // nothing names it
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
  // Into the index; a run that does not get there gives its space back. Throws std::bad_alloc.
  using Taking = void (index::KeyIndex::*)(std::shared_ptr<const index::Run>);
  void take(const std::shared_ptr<const index::Run>& run, Taking into) KV_REQUIRES(working_);
  void abandon(const std::vector<index::Run::Part>& parts) KV_REQUIRES(working_);
  Status copy(index::Cursor& from, index::RunWriter* to, bool is_merge) KV_REQUIRES(working_);
  Status look_up_from_merge() KV_REQUIRES(working_);
  Result<log::ExtentPlace> room(std::uint64_t size);
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

  std::atomic<std::uint64_t> records_;    // in the active memtable; the writer's
  std::atomic<std::uint64_t> bytes_due_;  // where the log's end makes a seal due

  Mutex working_;                             // of who seals, merges or notes
  SealPoint sealed_ KV_GUARDED_BY(working_);  // what the runs know ends here
  SealPoint sealing_ KV_GUARDED_BY(working_);
  bool is_changed_ KV_GUARDED_BY(working_) = false;       // since the last checkpoint
  std::vector<Dropped> dropped_ KV_GUARDED_BY(working_);  // since then
  const index::RunWriter* merging_ KV_GUARDED_BY(working_) = nullptr;
  std::vector<Dropped> unnamed_ KV_GUARDED_BY(working_);  // by it; to be freed
  Retry seal_retry_ KV_GUARDED_BY(working_), merge_retry_ KV_GUARDED_BY(working_),
      note_retry_ KV_GUARDED_BY(working_);
  std::uint64_t needed_ KV_GUARDED_BY(working_) = 0;  // what was tried last takes so many bytes

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
