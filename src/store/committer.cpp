#include "src/store/committer.h"

#include <algorithm>

namespace kvstore {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdle{100};               // without a sync, then a slot notes D
constexpr milliseconds kLazySync{1000};          // policy none
constexpr std::uint64_t kLazyBytes = 64u << 20;  // policy none

}  // namespace

Committer::Committer(log::Log& log, Mutex& writer_mutex, SyncPolicy policy)
    : log_(log), writer_mutex_(writer_mutex), policy_(policy) {
  noted_end_ = log.durable_end();
  durable_.end = log.durable_end();
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

Error Committer::failure() const {
  MutexLock lock(mutex_);
  return failure_;
}

Status Committer::wait(std::uint64_t end) {
  if (policy_.mode == SyncPolicy::Mode::kAlways) return wait_durable(end);
  if (has_failed() && log_.durable_end() < end) return fail(failure());
  return {};
}

Status Committer::wait_durable(std::uint64_t end) {
  if (log_.durable_end() >= end) return {};
  MutexLock lock(mutex_);
  ++waiting_;
  Status status;
  while (status && log_.durable_end() < end) {
    if (failed_) {
      status = fail(failure_);
    } else if (syncing_) {
      synced_.wait(mutex_);
    } else {
      status = sync_turn();
    }
  }
  --waiting_;
  return status;
}

log::Position Committer::tail() {
  MutexLock lock(writer_mutex_);
  return log_.position();
}

// One thread syncs for all whose records are in the log by now; those that
// write meanwhile share the next one.
Status Committer::sync_turn() {
  syncing_ = true;
  const bool alone = waiting_ <= 1;
  log::Position position;
  Status status;
  {
    MutexUnlock others_may_join(mutex_);
    // Threads that the last sync has just woken are about to write again: let
    // them, so that they share this one.
    if (!alone) std::this_thread::yield();
    position = tail();
    status = log_.sync(position);
    syncs_.fetch_add(1, std::memory_order_relaxed);
  }
  syncing_ = false;
  last_sync_ = Clock::now();
  if (status) {
    durable_ = position;
  } else {
    failure_ = status.error();
    failure_.hint = "writes are refused until the file is opened again; what was "
                    "acknowledged before is safe";
    failed_ = true;
  }
  synced_.notify_all();
  return status ? Status{} : Status(fail(failure_));
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
  while (!stopping_ && !failed_) {
    background_step();
    if (log_.end() == log_.durable_end() && noted_end_ == durable_.end) {
      sleep(tick);
    } else {
      wake_.wait_until(mutex_, Clock::now() + tick);
    }
  }
}

void Committer::sleep(Clock::duration tick) {
  asleep_ = true;
  // A write just before this found us awake and did not wake us. It shows a
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

void Committer::background_step() {
  if (syncing_) return;
  if (sync_is_due()) {
    [[maybe_unused]] const Status failure_is_kept = sync_turn();
    return;
  }
  const bool quiet = log_.end() == log_.durable_end() && Clock::now() - last_sync_ >= kIdle;
  if (!quiet || noted_end_ == durable_.end) return;
  // Nothing more is coming: let the slot say how far the log is durable.
  log_.store_slot(durable_, false);
  noted_end_ = durable_.end;
  [[maybe_unused]] const Status failure_is_kept = sync_turn();
}

}  // namespace kvstore
