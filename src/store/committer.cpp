#include "src/store/committer.h"

#include <algorithm>

#include "src/store/writer.h"

namespace kvstore {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdle{100};               // without a sync, then a slot notes D
constexpr milliseconds kSlotAge{100};            // of the newest slot, while syncs go on
constexpr milliseconds kLazySync{1000};          // policy none
constexpr std::uint64_t kLazyBytes = 64u << 20;  // policy none

}  // namespace

Committer::Committer(Generation& generation, Writer& writer, SyncPolicy policy)
    : log_(generation.log()),
      writer_(writer),
      policy_(policy),
      durable_seq_(generation.visible_seq()) {
  noted_end_ = log_.durable_end();
  durable_.end = log_.durable_end();
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

Status Committer::wait(std::uint64_t seq) {
  if (durable_seq() >= seq) return {};
  // A killed process loses nothing under any policy; so what is in no page of the file
  // is not acknowledged. The sync will say why.
  const bool lost = log_.has_lost_stores(log_.durable_end(), log_.end());
  if (policy_.mode == SyncPolicy::Mode::kAlways || lost) return wait_durable(seq);
  if (has_failed() && durable_seq() < seq) return fail(failure());
  return {};
}

Status Committer::wait_durable(std::uint64_t seq) {
  if (durable_seq() >= seq) return {};
  MutexLock lock(mutex_);
  ++waiting_;
  while (!failed_ && durable_seq() < seq) {
    if (syncing_) {
      synced_.wait(mutex_);
    } else {
      sync_turn();
    }
  }
  --waiting_;
  if (durable_seq() < seq) return fail(failure_);
  return {};
}

log::Position Committer::tail() {
  const WriterLock lock(writer_);
  writer_.assert_held();
  return log_.position();
}

// One thread syncs for all whose records are in the log by now; those that
// write meanwhile share the next one.
void Committer::sync_turn() {
  syncing_ = true;
  note_durable();
  const bool alone = waiting_ <= 1;
  log::Position position;
  Status status;
  {
    MutexUnlock others_may_join(mutex_);
    // Threads that the last sync has just woken are about to write again: let
    // them, so that they share this one.
    if (!alone) std::this_thread::yield();
    position = tail();
    status = sync_log(position);
    syncs_.fetch_add(1, std::memory_order_relaxed);
  }
  syncing_ = false;
  last_sync_ = Clock::now();
  if (status) {
    durable_ = position;
    durable_seq_.store(position.seq, std::memory_order_release);
  } else {
    failed_ = true;  // whatever follows: never a second sync
    failure_ = std::move(status.error());
  }
  synced_.notify_all();
}

// What the last sync made durable goes into a slot, and to the disk with the next one,
// under load too: D tells what is torn from what is damaged.
void Committer::note_durable() {
  const Clock::time_point now = Clock::now();
  if (noted_end_ == durable_.end || now - noted_at_ < kSlotAge) return;
  log_.store_slot(durable_, false);
  noted_end_ = durable_.end;
  noted_at_ = now;
}

// Out of memory for the words of a failure, it fails with short ones, which need none.
Status Committer::sync_log(const log::Position& position) noexcept {
  try {
    Status status = log_.sync(position);
    if (!status && status.error().hint.empty()) {
      status.error().hint = "writes are refused until the file is opened again; what was "
                            "acknowledged before is safe";
    }
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

// Also when nothing is written: the next write is then refused at once, and who
// watches the store hears of it before one is lost.
void Committer::look_at_place() {
  last_look_ = Clock::now();
  Error why{Code::kFailed, "file removed", {}};  // short: needs no memory
  try {
    Status there = log_.file().check_place();
    if (there) return;
    why = std::move(there.error());
  } catch (const std::exception&) {
  }
  failure_ = std::move(why);
  failed_ = true;
  synced_.notify_all();
}

void Committer::background_step() {
  if (syncing_) return;
  if (sync_is_due()) {
    sync_turn();
    return;
  }
  if (Clock::now() - last_look_ >= kLazySync) look_at_place();
  const bool quiet = log_.end() == log_.durable_end() && Clock::now() - last_sync_ >= kIdle;
  if (!quiet || noted_end_ == durable_.end) return;
  // Nothing more is coming: let the slot say how far the log is durable.
  noted_at_ = {};
  sync_turn();
}

}  // namespace kvstore
