// Commands that may answer later: BZPOPMIN, READ .. WAIT.
//
// Their handler looks, and if what it looks for is not there it says what it waits for:
//
//     if (there_is_something) { call.reply...; return {}; }
//     if (call.session.wait_for({.keys = {key}, .limit = milliseconds(ms)})) return {};
//     call.reply.missing();   // the time is over, or this session cannot wait now
//     return {};
//
// Where that is true the handler leaves the reply alone. It is run again, from its beginning and
// with the same words, whenever one of the keys was written, and a last time when the time is over;
// then wait_for() is false. Between MULTI and EXEC and between BEGIN and COMMIT it always is.
//
// A front end whose thread waits for more than this (Session::Info::wake) is told when to go on;
// for any other, execute() returns when the command is answered, or cancelled (base/cancel.h).
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

// What a command waits for.
struct Waiting {
  std::vector<std::string> keys = {};
  std::optional<std::string> prefix = {};
  std::optional<std::chrono::milliseconds> limit = {};  // none: however long it takes
  bool in_turn = false;  // for who takes away what it waits for: see Waiter::What
  // Looks again so often, too: for what no write tells of.
  std::optional<std::chrono::milliseconds> poll = {};
};

// Waits for news of the store, on a thread of its own or beside others.
//
// Thread rule: one thread's; what it calls to be woken is called by any.
class NewsWait {
 public:
  // `wake`: as Waiter::Wake; empty: wait_here() is used.
  NewsWait(Store& store, const Waiting& what, std::function<void()> wake);
  NewsWait(const NewsWait&) = delete;
  NewsWait& operator=(const NewsWait&) = delete;

  // Time to look; it may be for nothing.
  bool is_due() const;
  // When it will be, if nobody wakes us.
  std::optional<WaitClock::time_point> due_at() const;
  // Before a look, which then sees what other processes have written.
  void begin_look();
  // See Waiter's.
  std::vector<std::uint32_t> take_written_keys() { return waiter_.take_written_keys(); }
  // Its limit is `at`, if that comes before the one it has.
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
  // Of a file that other processes may write: not any more once this one does, for then the news
  // come in turn.
  std::optional<WaitClock::time_point> next_file_poll_;
  Mutex mutex_;
  CondVar woken_;
  bool is_woken_ KV_GUARDED_BY(mutex_) = false;
  Waiter waiter_;  // the last: it calls what uses the others
};

// Why a wait ends before something comes.
enum class WaitEnd : std::uint8_t {
  kTimeout,    // as if its time were over
  kUnblocked,  // with an error: CLIENT UNBLOCK id ERROR
};

// A command that waits. Not thread-safe.
class WaitingCommand {
 public:
  WaitingCommand(Store& store, const Waiting& what, std::function<void()> wake)
      : news(store, what, std::move(wake)) {}
  // Its words, once.
  void keep(Args argv) { words_.assign(argv.begin(), argv.end()); }
  bool has_words() const { return !words_.empty(); }
  std::vector<std::string_view> argv() const { return {words_.begin(), words_.end()}; }
  void end(WaitEnd how) { end_ = how; }
  std::optional<WaitEnd> end() const { return end_; }
  bool is_over() const { return end_.has_value() || news.is_late(); }

  NewsWait news;
  bool goes_on = true;  // its handler, when it was run last, has not answered

 private:
  std::vector<std::string> words_;
  std::optional<WaitEnd> end_;
};

}  // namespace kvstore::command
