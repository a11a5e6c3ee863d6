// Runs a store's compactions, one at a time, on request or automatically, and reports on them.
//
// An automatic compaction begins in the background when at least the share `at` of the file is no
// longer needed (Options::compact_at). That share is estimated from a sample of keys at a
// checkpoint, once the file has grown by a quarter since the last estimate. Before anything is
// written it is measured exactly.
//
// Thread rule: any thread; stop() and the destructor must not overlap another call.
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

  // Compacts on the calling thread; into another file if `out` is not empty. kConflict: another
  // compaction is under way. Also the errors of CompactionRun.
  Status run(const CompactionOptions& options, const std::string& out) KV_EXCLUDES(mutex_);
  // The same on a new thread. kLimit: no thread can be started.
  Status start(const CompactionOptions& options) KV_EXCLUDES(mutex_);
  // Call it after a checkpoint: starts a compaction if enough of the file is garbage. Cheap unless
  // the file has grown much.
  void consider() noexcept KV_EXCLUDES(mutex_);
  // Makes the compaction that is under way stop soon, without a result.
  void cancel() { progress_.stop = true; }
  // The same, but waits for its end, and prevents further compactions. Idempotent.
  void stop() KV_EXCLUDES(mutex_);

  CompactionStatus status() const KV_EXCLUDES(mutex_);
  // Estimated bytes that the live keys need, at most a minute old; nullopt: not known.
  std::optional<std::uint64_t> live_bytes() KV_EXCLUDES(estimate_mutex_);

 private:
  Status take_turn() KV_EXCLUDES(mutex_);
  Status carry_out(const CompactionOptions& options, const std::string& out) KV_EXCLUDES(mutex_);
  Status begin_thread(const CompactionOptions& options) KV_EXCLUDES(mutex_);
  bool seems_worth_it();

  Core& core_;
  CompactionRun::Progress progress_;
  std::atomic<std::uint64_t> next_look_{0};  // file size from which on consider() estimates

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
