#include "server/owed_replies.h"

#include <chrono>
#include <optional>
#include <utility>

namespace kvstore::server {
namespace {

std::uint64_t us_between(Clock::time_point began, Clock::time_point ended) {
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(ended - began);
  return static_cast<std::uint64_t>(passed.count());
}

}  // namespace

bool OwedReplies::hand_over() {
  began_ = Clock::now();
  whose_.store(Whose::kOthers, std::memory_order_relaxed);
  const std::optional<Status> done = protocol_.begin_commit(*this);
  if (!done) return true;
  whose_.store(Whose::kOwn, std::memory_order_relaxed);
  protocol_.end_commit(*done, us_between(began_, Clock::now()));
  return false;
}

Clock::time_point OwedReplies::take_back() {
  whose_.wait(Whose::kOthers, std::memory_order_acquire);
  protocol_.end_commit(status_, us_between(began_, ended_));
  return ended_;
}

void OwedReplies::committed(Status status) noexcept {
  ended_ = Clock::now();
  status_ = std::move(status);
  const bool is_usual = !protocol_.is_of_note(status_, us_between(began_, ended_));
  const bool is_all = is_usual && sender_.send_some() && sender_.unsent() == 0;
  if (!is_all) wakeup_.wake();
  // The connection may be destroyed from here on: notify_one() uses only the address.
  whose_.store(Whose::kOwn, std::memory_order_release);
  whose_.notify_one();
}

}  // namespace kvstore::server
