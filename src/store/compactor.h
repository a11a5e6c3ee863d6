// A store's compactions: one at a time, asked for or begun by itself, and how they went.
//
// By itself one begins in the background when at least the share `at` of the file is no longer
// needed (Options::compact_at). How much that is is estimated from a sample of keys at a
// checkpoint, when the file has grown by a quarter since the last look; before anything is
// written it is measured.
//
// Thread rule: all from any thread; stop() and the destructor without another call.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "src/base/mutex.h"
#include "src/store/compaction_run.h"

namespace kvstore {

class Core;

class Compactor {
 public:
  explicit Compactor(Core& core) : core_(core) {}
  ~Compactor() { stop(); }

  // Compacts, on this thread, and into another file if `out` is one. kConflict: another compaction
  // is under way; errors of CompactionRun.
  Status run(const CompactionOptions& options, const std::string& out) KV_EXCLUDES(mutex_);
  // The same on a thread of its own. kLimit: there is none.
  Status start(const CompactionOptions& options) KV_EXCLUDES(mutex_);
  // After a checkpoint: begins one if so much of the file is not needed. Cheap but where it has
  // grown much.
  void consider() noexcept KV_EXCLUDES(mutex_);
  // Ends the one that is under way, soon; it has come to nothing then.
  void cancel() { progress_.stop = true; }
  // The same, waits for it, and none begins any more. Idempotent.
  void stop() KV_EXCLUDES(mutex_);

  CompactionStatus status() const KV_EXCLUDES(mutex_);
  // What the live keys would take, as it was estimated in the last minute; nullopt: not known.
  std::optional<std::uint64_t> live_bytes() KV_EXCLUDES(estimate_mutex_);

 private:
  Status take_turn() KV_EXCLUDES(mutex_);
  Status carry_out(const CompactionOptions& options, const std::string& out) KV_EXCLUDES(mutex_);
  Status begin_thread(const CompactionOptions& options) KV_EXCLUDES(mutex_);
  bool seems_worth_it();

  Core& core_;
  CompactionRun::Progress progress_;
  std::atomic<std::uint64_t> next_look_{0};  // the file's size from which on to consider it

  using Clock = std::chrono::steady_clock;
  Mutex estimate_mutex_;
  std::optional<std::uint64_t> live_ KV_GUARDED_BY(estimate_mutex_);
  Clock::time_point estimated_ KV_GUARDED_BY(estimate_mutex_){};

  mutable Mutex mutex_;
  CondVar ended_;
  bool running_ KV_GUARDED_BY(mutex_) = false;
  bool stopped_ KV_GUARDED_BY(mutex_) = false;
  std::thread thread_ KV_GUARDED_BY(mutex_);
  CompactionStatus last_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore
