// Reads the whole file of a store, slowly and repeatedly, so that corruption is found before a
// client reads it. An open reads only the end of the log, so most records might otherwise not be
// read for years.
//
// A pass reads the log, every header and body, from the first record to the end at the time when
// the pass began, and then the segments of the index. It reads about kPiece bytes, or one segment,
// at a time, and sleeps in between to keep to the rate. The next pass begins at the earliest
// kBetween after the last one began.
//
// A damaged value of a known key is reported with key, seq and offset; a place that holds no valid
// record by its offset. A damaged segment is rebuilt (Generation::heal). The first kKept findings
// of this pass and of the one before are kept. Each is reported once, through Options::on_warning.
//
// It keeps its generation alive only during a piece, and holds neither a Pin nor a lock. Reads and
// writes never wait for it; stop() waits for one piece at most.
//
// Thread rule: any thread; stop() and the destructor must not overlap another call.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "src/base/mutex.h"
#include "src/store/generation.h"
#include "src/store/store.h"

namespace kvstore {

class Scrub {
 public:
  static constexpr std::uint64_t kPiece = std::uint64_t{256} << 10;
  static constexpr std::size_t kKept = 16;  // findings

  // Returns the generation to read now, or null.
  using Current = std::function<std::shared_ptr<Generation>()>;
  // `rate` in bytes per second; 0: runs only on request.
  Scrub(Current current, std::uint64_t rate, std::function<void(const std::string&)> warn)
      : current_(std::move(current)), rate_(rate), warn_(std::move(warn)) {}
  ~Scrub() { stop(); }

  // Starts the thread, if there is a rate. If no thread can be started, there is no scrub.
  void start() KV_EXCLUDES(mutex_);
  // Starts a whole pass at once, without a rate limit. kLimit: no thread can be started.
  Status begin_now() KV_EXCLUDES(mutex_);
  // Stops the thread. Idempotent.
  void stop() KV_EXCLUDES(mutex_);

  ScrubStatus status() const KV_EXCLUDES(mutex_);
  // One sentence for each finding.
  std::vector<std::string> findings() const KV_EXCLUDES(mutex_);

 private:
  using Clock = std::chrono::steady_clock;
  struct Finding {
    std::uint64_t offset = 0;
    std::string sentence;
  };
  // The position of a pass. It can continue in another generation of the same file.
  struct Pass {
    std::uint64_t end = 0;       // end of the log when the pass began; 0: no pass
    std::uint64_t at = 0;        // offset in the log
    std::uint64_t value_at = 0;  // offset in the value of the record there
    std::uint64_t bad_end = 0;   // end of the last bad place
    std::uint64_t body = 0;      // of the last segment read
    log::Id file{};
    Clock::time_point began{};
  };

  bool start_thread() KV_REQUIRES(mutex_);
  void run() KV_EXCLUDES(mutex_);
  Clock::time_point do_piece() KV_EXCLUDES(mutex_);
  void begin_pass(const Generation& generation) KV_EXCLUDES(mutex_);
  void end_pass() KV_EXCLUDES(mutex_);
  std::uint64_t look_at_log(const Generation& generation);
  std::uint64_t look_at_value(const Generation& generation, const log::Record& record);
  bool is_good(const Generation& generation, const log::Record& record, std::uint64_t end) const;
  std::uint64_t pass_over(const Generation& generation);
  std::uint64_t look_at_segment(const Generation& generation);
  void check(const Generation& generation, const std::shared_ptr<const index::Run>& run,
             std::size_t number);
  void note(std::uint64_t offset, const std::string& sentence) KV_EXCLUDES(mutex_);

  const Current current_;
  const std::uint64_t rate_;
  const std::function<void(const std::string&)> warn_;

  Pass pass_;  // used by the thread only

  mutable Mutex mutex_;
  CondVar wake_;
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool started_ KV_GUARDED_BY(mutex_) = false;
  bool at_once_ KV_GUARDED_BY(mutex_) = false;  // a pass was requested
  ScrubStatus status_ KV_GUARDED_BY(mutex_);
  std::vector<Finding> found_ KV_GUARDED_BY(mutex_);   // of the last pass, and of this one
  std::vector<Finding> before_ KV_GUARDED_BY(mutex_);  // of the last pass only, during this one
  std::thread thread_;
};

}  // namespace kvstore
