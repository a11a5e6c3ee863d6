// Reads all that a store's file holds, slowly and again and again, so that what has rotted
// is heard of before somebody asks for it. Opening reads only the end of the log, so nothing
// else comes by most of the records for years.
//
// A pass goes over the log, every head and every body, from its first record to where it ended
// when the pass began, then over the segments of the index. It does a piece at a time, of about
// kPiece bytes, or one segment, and rests so long in between that it reads no more than the rate
// says. The next pass begins kBetween after the last one did, at the earliest.
//
// A damaged value of a key that is known is named: key, seq, offset. A place that holds no
// record is, by its offset. A damaged segment is healed (Generation::heal). What is found is kept,
// the first kKept of a pass and of the one before, and each told once, to Options::on_warning.
//
// It holds its generation only during a piece, and neither a Pin nor a lock. Reads and writes
// never wait for it; stop() waits for a piece at most.
//
// Thread rule: all from any thread; stop() and the destructor without another call.
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

  // The generation to look at now, or null.
  using Current = std::function<std::shared_ptr<Generation>()>;
  // `rate`: bytes a second; 0: only when it is asked for.
  Scrub(Current current, std::uint64_t rate, std::function<void(const std::string&)> warn)
      : current_(std::move(current)), rate_(rate), warn_(std::move(warn)) {}
  ~Scrub() { stop(); }

  // Starts the thread, if there is a rate. Without a thread to be had there is no scrub.
  void start() KV_EXCLUDES(mutex_);
  // A whole pass at once, as fast as it goes. kLimit: there is no thread for it.
  Status begin_now() KV_EXCLUDES(mutex_);
  // Ends the thread. Idempotent.
  void stop() KV_EXCLUDES(mutex_);

  ScrubStatus status() const KV_EXCLUDES(mutex_);
  // A sentence for each thing that was found.
  std::vector<std::string> findings() const KV_EXCLUDES(mutex_);

 private:
  using Clock = std::chrono::steady_clock;
  struct Finding {
    std::uint64_t offset = 0;
    std::string sentence;
  };
  // Where a pass is. It goes on in another generation of the same file.
  struct Pass {
    std::uint64_t end = 0;       // of the log, when it began; 0: no pass
    std::uint64_t at = 0;        // in the log
    std::uint64_t value_at = 0;  // in the value of the record there
    std::uint64_t bad_end = 0;   // of the last bad place
    std::uint64_t body = 0;      // of the last segment that was looked at
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

  Pass pass_;  // the thread's

  mutable Mutex mutex_;
  CondVar wake_;
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool started_ KV_GUARDED_BY(mutex_) = false;
  bool at_once_ KV_GUARDED_BY(mutex_) = false;  // a pass was asked for
  ScrubStatus status_ KV_GUARDED_BY(mutex_);
  std::vector<Finding> found_ KV_GUARDED_BY(mutex_);   // of the last pass, and of this one
  std::vector<Finding> before_ KV_GUARDED_BY(mutex_);  // of the last one only, during this one
  std::thread thread_;
};

}  // namespace kvstore
