#include "src/store/committer.h"

#include <algorithm>
#include <utility>

#include "src/store/compaction.h"
#include "src/store/planted.h"
#include "src/store/writer.h"

namespace kvstore {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdle{100};                   // time without a sync after which a slot notes
                                                     // D
constexpr milliseconds kSlotAge{100};                // age of the newest slot at which it is
                                                     // replaced, while syncs go on
constexpr std::chrono::microseconds kPatience{500};  // longest wait for others that may share a
                                                     // sync
constexpr milliseconds kLazySync{1000};              // policy none
constexpr std::uint64_t kLazyBytes = 64u << 20;      // policy none

std::uint64_t microseconds_since(std::chrono::steady_clock::time_point then) {
  const auto passed = std::chrono::steady_clock::now() - then;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

}  // namespace

Committer::Committer(Generation& generation, Writer& writer, SyncPolicy policy)
    : log_(generation.log()),
      writer_(writer),
      policy_(policy),
      durable_seq_(generation.visible_seq()) {
  noted_end_ = log_.durable_end();
  durable_ = log_.position();  // all of it is
  thread_ = std::thread([this] { run(); });
}

Committer::~Committer() { stop(); }

void Committer::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Committer::retire(const Status& named) noexcept {
  {
    MutexLock lock(mutex_);
    is_retired_ = true;
    if (named) {
      durable_seq_.store(UINT64_MAX, std::memory_order_release);
    } else if (!failed_) {
      failure_ = copy_of(named.error());
      failed_ = true;
    }
    wake_background();  // notifies the remaining waiters
  }
  end_turn();
}

Error Committer::failure() const {
  MutexLock lock(mutex_);
  return failure_;
}

Error Committer::full_error() const {
  MutexLock lock(mutex_);
  return copy_of(full_error_);
}

log::Position Committer::durable_position() const {
  MutexLock lock(mutex_);
  return durable_;
}

Status Committer::wait(std::uint64_t seq) {
  if (durable_seq() >= seq) return {};
  // A killed process must lose nothing under any policy, so bytes that are in no page of the file
  // must not be acknowledged. The sync returns the reason.
  const bool lost = log_.has_lost_stores(log_.durable_end(), log_.end());
  if (policy_.mode == SyncPolicy::Mode::kAlways || lost) return wait_durable(seq);
  if (has_failed() && durable_seq() < seq) return fail(failure());
  return {};
}

std::optional<Status> Committer::wait(std::uint64_t seq, CommitWaiter& waiter) {
  if (policy_.mode == SyncPolicy::Mode::kAlways) {
    MutexLock lock(mutex_);
    if (syncing_ && !is_over() && durable_seq() < seq) {
      arrived_.fetch_add(1, std::memory_order_relaxed);
      waiters_.add(waiter, seq);
      return std::nullopt;
    }
  }
  return wait(seq);
}

Status Committer::wait_durable(std::uint64_t seq) {
  if (durable_seq() >= seq) return {};
  arrived_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t refusals = refusals_.load(std::memory_order_acquire);
  while (!has_failed() && durable_seq() < seq) {
    const bool is_refused = refusals_.load(std::memory_order_acquire) != refusals &&
                            refused_seq_.load(std::memory_order_acquire) >= seq;
    if (is_refused) return fail(full_error());
    const std::uint32_t turn = turn_.load(std::memory_order_acquire);
    // Check again: a sync that was sufficient may have ended just before.
    if (durable_seq() < seq && !try_sync_turn()) turn_.wait(turn, std::memory_order_acquire);
  }
  if (durable_seq() < seq) return fail(failure());
  return {};
}

Status Committer::sync_now() {
  std::uint64_t needed = 0;
  {
    MutexLock lock(mutex_);
    needed = begun_ + 1;
  }
  return wait_for_sync(needed);
}

// The slot is on the disk after a sync that begins once it was stored. Its D is at or after the
// checkpoint, because note_checkpoint() has synced.
Status Committer::name_checkpoint(std::uint64_t offset) {
  KV_TRY(sync_now());
  std::uint64_t needed = 0;
  {
    MutexLock lock(mutex_);
    if (failed_) return fail(failure_);  // the checkpoint may not be on the disk
    log_.name_checkpoint(offset);
    KV_TRY(log_.store_slot(durable_, false));
    noted_end_ = durable_.end;
    noted_at_ = Clock::now();
    needed = begun_ + 1;
  }
  return wait_for_sync(needed);
}

// Waits until the sync with that number, or a later one, has succeeded.
Status Committer::wait_for_sync(std::uint64_t number) {
  while (!has_failed()) {
    const std::uint32_t turn = turn_.load(std::memory_order_acquire);
    {
      MutexLock lock(mutex_);
      if (done_ >= number) return {};
      if (refused_turn_ >= number) return fail(copy_of(full_error_));
    }
    if (!try_sync_turn()) turn_.wait(turn, std::memory_order_acquire);
  }
  return fail(failure());
}

bool Committer::try_sync_turn() {
  MutexLock lock(mutex_);
  if (syncing_ || failed_) return failed_;
  sync_turn();
  return true;
}

// Wakes the threads that wait for the sync.
void Committer::end_turn() {
  turn_.fetch_add(1, std::memory_order_release);
  turn_.notify_all();
}

void Committer::wake_background() {
  asleep_ = false;
  wake_.notify_one();
}

// Releases the lock during the calls, which may take long.
void Committer::tell_waiters() {
  CommitWaiters done = waiters_.take_until(durable_seq());
  CommitWaiters refused;
  if (failed_) {
    std::swap(refused, waiters_);
  } else {
    refused = waiters_.take_until(refused_seq_);
  }
  if (!waiters_.is_empty() || stopping_) wake_background();
  if (done.is_empty() && refused.is_empty()) return;
  const Error failure = copy_of(failed_ ? failure_ : full_error_);
  MutexUnlock others_may_join(mutex_);
  while (CommitWaiter* const waiter = done.pop()) waiter->committed({});
  while (CommitWaiter* const waiter = refused.pop()) waiter->committed(fail(copy_of(failure)));
}

// Threads that the last sync has just woken are about to write again: wait for them, so that they
// share this sync, which costs nearly the same for all as for one. A single writer does not wait.
void Committer::gather(unsigned expected, Clock::duration patience) {
  if (expected <= 1) return;
  const Clock::time_point deadline = Clock::now() + patience;
  while (arrived_.load(std::memory_order_relaxed) < expected && Clock::now() < deadline) {
    std::this_thread::yield();
  }
}

log::Position Committer::tail() {
  const WriterLock lock(writer_);
  writer_.assert_held();
  return log_.position();
}

// This thread syncs for all whose records are in the log by now; those that write meanwhile share
// the next sync.
void Committer::sync_turn() {
  syncing_ = true;
  ++begun_;
  note_durable();
  const unsigned expected = writers_;
  const Clock::duration patience = std::min<Clock::duration>(sync_time_ / 2, kPatience);
  const log::Position durable = durable_;
  log::Position position;
  Status status;
  unsigned shared_by = 0;
  const Clock::time_point began = Clock::now();
  {
    MutexUnlock others_may_join(mutex_);
    gather(expected, patience);
    shared_by = arrived_.exchange(0, std::memory_order_relaxed);
    position = tail();
    const Clock::time_point before = Clock::now();
    status = sync_log(position, durable);
    sync_us_.add(microseconds_since(before));
    syncs_.fetch_add(1, std::memory_order_relaxed);
  }
  syncing_ = false;
  last_sync_ = Clock::now();
  sync_time_ = last_sync_ - began;
  writers_ = shared_by + arrived_.load(std::memory_order_relaxed);
  if (is_retired_) {
    done_ = begun_;
  } else if (status) {
    done_ = begun_;
    if (position.seq > durable_.seq) sync_writes_.add(position.seq - durable_.seq);
    durable_ = position;
    durable_seq_.store(position.seq, std::memory_order_release);
    full_.store(false, std::memory_order_release);
  } else if (status.error().code == Code::kFull) {
    refuse(position.seq, std::move(status.error()));
  } else {
    failure_ = std::move(status.error());
    failed_ = !planted::retried_sync;  // never sync again, whatever follows
  }
  end_turn();
  tell_waiters();
}

void Committer::refuse(std::uint64_t seq, Error error) {
  full_error_ = std::move(error);
  refused_turn_ = begun_;
  refused_seq_.store(seq, std::memory_order_release);
  refusals_.fetch_add(1, std::memory_order_release);
  full_.store(true, std::memory_order_release);
}

// Stores the end that the last sync made durable in a slot, which reaches the disk with the next
// sync, also under load: D distinguishes a torn tail from damage.
void Committer::note_durable() {
  const Clock::time_point now = Clock::now();
  if (noted_end_ == durable_.end || now - noted_at_ < kSlotAge) return;
  noted_at_ = now;
  if (log_.store_slot(durable_, false)) {
    noted_end_ = durable_.end;
  } else {
    refused_at_ = now;  // the disk is full: it is only a note
  }
}

// If there is no memory for the message of a failure, it fails with a short one that needs none.
Status Committer::sync_log(const log::Position& position, const log::Position& durable) noexcept {
  try {
    Status status;
    if (log_.must_store_again()) {
      const WriterLock lock(writer_);
      writer_.assert_held();
      status = log_.store_again(durable);
    }
    if (status) status = log_.sync(position);
    if (status || !status.error().hint.empty()) return status;
    status.error().hint = status.error().code == Code::kFull
                              ? "free some: what was written shows, but is not on the disk, and "
                                "other writes are refused until it is"
                              : "writes are refused until the file is opened again; what was "
                                "acknowledged before is safe";
    return status;
  } catch (const std::exception&) {
    return tl::unexpected<Error>(Error{Code::kIo, "sync failed", {}});
  }
}

void Committer::note_write() {
  if (!asleep_.load(std::memory_order_relaxed)) return;
  {
    MutexLock lock(mutex_);
    asleep_ = false;
  }
  wake_.notify_one();
}

bool Committer::sync_is_due() const {
  const std::uint64_t unsynced = log_.end() - log_.durable_end();
  if (unsynced == 0 || policy_.mode == SyncPolicy::Mode::kAlways) return false;
  if (policy_.mode == SyncPolicy::Mode::kInterval) {
    return Clock::now() - last_sync_ >= milliseconds(policy_.interval_ms);
  }
  return unsynced >= kLazyBytes || Clock::now() - last_sync_ >= kLazySync;
}

void Committer::run() {
  MutexLock lock(mutex_);
  const auto tick = policy_.mode == SyncPolicy::Mode::kInterval
                        ? std::clamp(milliseconds(policy_.interval_ms), milliseconds(1), kIdle)
                        : kIdle;
  while (!is_over()) {
    background_step();
    if (!waiters_.is_empty() && !syncing_ && !full_) continue;
    if (!full_ && waiters_.is_empty() && log_.end() == log_.durable_end() &&
        noted_end_ == durable_.end) {
      sleep(tick);
    } else {
      wake_.wait_until(mutex_, Clock::now() + tick);
    }
  }
  end_waits();
}

// Serves the remaining waiters until none is left; no new ones arrive.
void Committer::end_waits() {
  while (!waiters_.is_empty() && !failed_ && !is_retired_) {
    if (syncing_) {
      wake_.wait(mutex_);
    } else {
      sync_turn();
    }
  }
  tell_waiters();
}

void Committer::sleep(Clock::duration tick) {
  asleep_ = true;
  // A write just before this saw asleep_ unset and did not wake this thread. The write is visible a
  // tick later at the latest; only then may the sleep be long.
  const bool nothing = !woken_by(Clock::now() + tick) && log_.end() == log_.durable_end();
  if (nothing) woken_by(Clock::now() + kLazySync);
  // An interval begins with the write that ended the sleep.
  if (!asleep_) last_sync_ = Clock::now();
  asleep_ = false;
}

bool Committer::woken_by(Clock::time_point deadline) {
  while (!stopping_ && asleep_) {
    if (!wake_.wait_until(mutex_, deadline)) break;
  }
  return stopping_ || !asleep_;
}

// Checks the file's path also while nothing is written, so that the next write is refused at once,
// and monitoring reports the problem before a write is lost.
void Committer::look_at_place() {
  last_look_ = Clock::now();
  if (is_retired_) return;
  Error why{Code::kFailed, "file removed", {}};  // short: needs no memory
  try {
    Status there = log_.file().check_place();
    if (there) return;
    why = std::move(there.error());
  } catch (const std::exception&) {
  }
  failure_ = std::move(why);
  failed_ = true;
  end_turn();
}

void Committer::background_step() {
  if (syncing_) return;
  if (full_) {
    if (Clock::now() - last_sync_ >= kLazySync) sync_turn();
    return;
  }
  if (sync_is_due()) {
    sync_turn();
    return;
  }
  if (Clock::now() - last_look_ >= kLazySync) {
    look_at_place();
    // Count out expired keys, also when no client writes or counts.
    MutexUnlock others(mutex_);
    (void)writer_.generation().clock().live_keys();
  }
  if (syncing_ || is_over()) return;  // in the meantime
  if (!waiters_.is_empty()) {
    sync_turn();
    return;
  }
  const bool quiet = log_.end() == log_.durable_end() && Clock::now() - last_sync_ >= kIdle;
  if (!quiet || noted_end_ == durable_.end || Clock::now() - refused_at_ < kLazySync) return;
  // No sync follows soon: store the durable end in a slot.
  noted_at_ = {};
  sync_turn();
}

}  // namespace kvstore
