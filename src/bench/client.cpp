#include "src/bench/client.h"

#include <sys/prctl.h>

#include <algorithm>
#include <thread>

namespace kvstore::bench {
namespace {

// A client with this many errors gives up.
constexpr std::uint64_t kMaxErrors = 1000;

// A sleeping thread wakes up some time after its deadline, which would count as latency.
constexpr auto kWakeUp = std::chrono::microseconds(50);
// Limits how long a client takes to notice that it should stop.
constexpr auto kLongestSleep = std::chrono::milliseconds(50);

bool writes(Action action) {
  return action == Action::kUpdate || action == Action::kInsert || action == Action::kAppend;
}

// False: the client was told to stop first.
bool sleep_until(Clock::time_point when, const std::atomic<bool>& stop) {
  for (auto now = Clock::now(); now < when; now = Clock::now()) {
    if (stop.load(std::memory_order_relaxed)) return false;
    if (when - now > kWakeUp) {
      std::this_thread::sleep_until(std::min(when - kWakeUp, now + kLongestSleep));
    } else {
      std::this_thread::yield();
    }
  }
  return true;
}

}  // namespace

Together::Together(const Plan& the_plan, std::uint64_t there)
    : plan(the_plan),
      keys(there, the_plan.clients),
      left(the_plan.count == 0 ? INT64_MAX / 2 : static_cast<std::int64_t>(the_plan.count)) {}

void Client::run() {
  ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  while (!together_.stop.load(std::memory_order_relaxed) && begin() && finish()) {
  }
}

// How many of the remaining operations this client may do now.
std::int64_t Client::claim() {
  const auto wanted = static_cast<std::int64_t>(together_.plan.depth);
  if (together_.plan.count == 0) return wanted;
  const std::int64_t left = together_.left.fetch_sub(wanted);
  return std::clamp<std::int64_t>(left, 0, wanted);
}

bool Client::begin() {
  begun_.clear();
  const std::int64_t claimed = claim();
  if (together_.plan.rate > 0) return begin_on_schedule(claimed);
  for (std::int64_t i = 0; i < claimed; ++i) send(Clock::now());
  return claimed > 0;
}

// The clients take turns on one common schedule.
Clock::time_point Client::due(std::uint64_t number) const {
  const auto turn = static_cast<double>(number * together_.plan.clients + index_);
  const std::chrono::duration<double> after(turn / together_.plan.rate);
  return together_.began + std::chrono::duration_cast<Clock::duration>(after);
}

// Waits until the next operation is due, and sends every operation that is due by then.
bool Client::begin_on_schedule(std::int64_t claimed) {
  if (claimed == 0 || !sleep_until(due(sent_), together_.stop)) return false;
  const auto now = Clock::now();
  std::int64_t i = 0;
  for (; i < claimed && due(sent_) <= now; ++i) send(due(sent_++));
  if (together_.plan.count != 0) together_.left.fetch_add(claimed - i);
  return true;
}

void Client::send(Clock::time_point at) {
  Begun begun{chooser_.next(), at};
  if (begun.operation.action == Action::kReadUpdate) {
    begun.operation.action = Action::kRead;
    begun.then_update = true;
  }
  session_->send(begun.operation);
  begun_.push_back(begun);
}

bool Client::finish() {
  to_update_.clear();
  for (const Begun& begun : begun_) {
    const auto answer = session_->receive();
    if (!answer) {
      note_error(answer.error());
      together_.gave_up = true;
      together_.stop = true;
      return false;
    }
    if (begun.then_update && !answer->failure) {
      to_update_.push_back(begun);
      bytes_ += answer->bytes;
    } else {
      note(begun, *answer);
    }
  }
  together_.keys.settled(index_);
  return to_update_.empty() || update_what_was_read();
}

bool Client::update_what_was_read() {
  begun_.swap(to_update_);
  for (Begun& begun : begun_) {
    begun.operation.action = Action::kUpdate;
    begun.then_update = false;
    session_->send(begun.operation);
  }
  return finish();
}

void Client::note(const Begun& begun, const Answer& answer) {
  if (answer.failure) return note_error(*answer.failure);
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begun.at);
  latencies_.record(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  bytes_ += answer.bytes;
  if (writes(begun.operation.action)) written_ += answer.bytes;
  operations_.store(operations() + 1, std::memory_order_relaxed);
  const Plan& plan = together_.plan;
  if (plan.max_bytes == 0 || written_ <= plan.max_bytes / plan.clients) return;
  together_.filled = true;
  together_.stop = true;
}

void Client::note_error(const Error& error) {
  if (!first_error_) first_error_ = error;
  if (together_.errors.fetch_add(1) + 1 < kMaxErrors) return;
  together_.gave_up = true;
  together_.stop = true;
}

}  // namespace kvstore::bench
