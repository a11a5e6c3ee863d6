// Commands that may reply later: BZPOPMIN, READ .. WAIT.
//
// The handler looks, and if it does not find what it looks for, it tells what it waits for:
//
//     if (there_is_something) { call.reply...; return {}; }
//     if (call.session.wait_for({.keys = {key}, .limit = milliseconds(ms)})) return {};
//     call.reply.missing();   // the time is over, or this session cannot wait now
//     return {};
//
// If wait_for() returns true, the handler must not reply. It is run again from its beginning, with
// the same words, whenever one of the keys was written, and a last time when the time is over; then
// wait_for() returns false. It always does between MULTI and EXEC and between BEGIN and COMMIT.
//
// A front end whose thread waits for several things at once (Session::Info::wake) is notified when
// to continue; otherwise execute() returns when the command is answered or cancelled
// (base/cancel.h).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/command/failure.h"
#include "src/command/table.h"
#include "src/store/waiter.h"

namespace kvstore::command {

using WaitClock = std::chrono::steady_clock;

// The condition for which a command waits.
struct Waiting {
  std::vector<std::string> keys = {};
  std::optional<std::string> prefix = {};
  std::optional<std::chrono::milliseconds> limit = {};  // none: no limit
  bool in_turn = false;  // for a command that removes what it waits for: see Waiter::What
  // Looks again at this interval, too: for changes that no write notifies.
  std::optional<std::chrono::milliseconds> poll = {};
};

// Waits for news of the store, on a thread of its own or among other events.
//
// Thread rule: one thread; its `wake` is called on any thread.
class NewsWait {
 public:
  // `wake`: see Waiter::Wake; empty: wait_here() is used.
  NewsWait(Store& store, const Waiting& what, std::function<void()> wake);
  NewsWait(const NewsWait&) = delete;
  NewsWait& operator=(const NewsWait&) = delete;

  // Whether to look now; possibly in vain.
  bool is_due() const;
  // When to look at the latest, without a wake().
  std::optional<WaitClock::time_point> due_at() const;
  // Call it before a look, which then sees what other processes have written.
  void begin_look();
  // See Waiter.
  void end_look() { waiter_.end_look(); }
  const Waiter& waiter() const { return waiter_; }
  std::vector<std::uint32_t> take_written_keys() { return waiter_.take_written_keys(); }
  // Limits the wait to `at`, if that is before the present limit.
  void limit_to(WaitClock::time_point at);
  // The limit has passed.
  bool is_late() const { return limit_ && WaitClock::now() >= *limit_; }
  // Blocks until it is due. False: cancelled.
  bool wait_here() KV_EXCLUDES(mutex_);

 private:
  void wake_here() KV_EXCLUDES(mutex_);
  void set_polls();

  Store& store_;
  std::optional<WaitClock::time_point> limit_;
  const std::optional<std::chrono::milliseconds> poll_;
  std::optional<WaitClock::time_point> next_poll_;
  // Set for a file that other processes may write; not once this process writes it, because then
  // writes are notified.
  std::optional<WaitClock::time_point> next_file_poll_;
  Mutex mutex_;
  CondVar woken_;
  bool is_woken_ KV_GUARDED_BY(mutex_) = false;
  Waiter waiter_;  // declared last: it calls what uses the others
};

// Why a wait ends early.
enum class WaitEnd : std::uint8_t {
  kTimeout,    // as if its time were over
  kUnblocked,  // with an error: CLIENT UNBLOCK id ERROR
};

// A command that waits. Not thread-safe.
class WaitingCommand {
 public:
  WaitingCommand(Store& store, const Waiting& what, std::function<void()> wake)
      : news(store, what, std::move(wake)) {}
  // Stores its words, once.
  void keep(Args argv) { words_.assign(argv.begin(), argv.end()); }
  bool has_words() const { return !words_.empty(); }
  std::vector<std::string_view> argv() const { return {words_.begin(), words_.end()}; }
  void end(WaitEnd how) { end_ = how; }
  std::optional<WaitEnd> end() const { return end_; }
  bool is_over() const { return end_.has_value() || news.is_late(); }

  NewsWait news;
  bool goes_on = true;  // the handler has not replied at its last run

 private:
  std::vector<std::string> words_;
  std::optional<WaitEnd> end_;
};

}  // namespace kvstore::command
