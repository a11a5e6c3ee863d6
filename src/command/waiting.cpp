#include "src/command/waiting.h"

#include <algorithm>
#include <utility>

#include "src/base/cancel.h"

namespace kvstore::command {
namespace {

using std::chrono::milliseconds;

// Interval for a file that another process may write.
constexpr milliseconds kPollFile{50};
// Interval at which a blocking wait checks for cancellation.
constexpr milliseconds kAskCancel{50};
// Longer waits count as unlimited, and would overflow the nanoseconds.
constexpr milliseconds kLongest = std::chrono::hours(24 * 365 * 10);

std::optional<WaitClock::time_point> from_now(std::optional<milliseconds> time) {
  if (!time || *time > kLongest) return std::nullopt;
  return WaitClock::now() + *time;
}

std::optional<WaitClock::time_point> sooner(std::optional<WaitClock::time_point> a,
                                            std::optional<WaitClock::time_point> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

NewsWait::NewsWait(Store& store, const Waiting& what, std::function<void()> wake)
    : store_(store),
      limit_(from_now(what.limit)),
      poll_(what.poll),
      waiter_(
          store, {what.keys, what.prefix, what.in_turn},
          wake ? std::move(wake) : [this] { wake_here(); }) {
  set_polls();
}

void NewsWait::set_polls() {
  next_poll_ = from_now(poll_);
  next_file_poll_ = waiter_.needs_polling() ? from_now(kPollFile) : std::nullopt;
}

bool NewsWait::is_due() const {
  if (waiter_.has_news()) return true;
  const auto at = due_at();
  return at && WaitClock::now() >= *at;
}

std::optional<WaitClock::time_point> NewsWait::due_at() const {
  const bool polls_file = next_file_poll_ && waiter_.needs_polling();
  const auto poll = polls_file ? sooner(next_poll_, next_file_poll_) : next_poll_;
  return sooner(limit_, poll);
}

void NewsWait::limit_to(WaitClock::time_point at) { limit_ = sooner(limit_, at); }

void NewsWait::begin_look() {
  waiter_.take_news();
  if (waiter_.needs_polling()) store_.refresh();
  set_polls();
}

void NewsWait::wake_here() {
  const MutexLock lock(mutex_);
  is_woken_ = true;
  woken_.notify_one();
}

bool NewsWait::wait_here() {
  while (!is_due()) {
    if (is_cancelled()) return false;
    const auto ask = WaitClock::now() + kAskCancel;
    const auto until = std::min(due_at().value_or(ask), ask);
    MutexLock lock(mutex_);
    while (!is_woken_ && woken_.wait_until(mutex_, until)) {
    }
    is_woken_ = false;
  }
  return true;
}

}  // namespace kvstore::command
