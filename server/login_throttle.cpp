#include "server/login_throttle.h"

#include <algorithm>

namespace kvstore::server {
namespace {

constexpr std::uint32_t kMostWaiting =
    64;  // only after a wrong password; otherwise a connection pool may log in at once
constexpr auto kForgetAfter = std::chrono::minutes(10);
constexpr auto kLongestWait = std::chrono::seconds(20);

tl::unexpected<Error> too_many() {
  return fail(Code::kLimit, "too many logins from this address at once, some with wrong passwords",
              "try again later");
}

}  // namespace

// The first wrong password may be a typing error, so it costs little.
std::chrono::milliseconds LoginThrottle::delay_after(std::uint32_t wrong) {
  constexpr std::chrono::milliseconds kFirst(100), kLongest(3200);
  if (wrong == 0) return std::chrono::milliseconds(0);
  return std::min(kFirst * (1 << std::min(wrong - 1, 6U)), kLongest);
}

LoginThrottle::Address& LoginThrottle::find(std::string_view address) {
  const auto known = all_.find(address);
  if (known != all_.end()) return known->second;
  if (all_.size() >= kMostAddresses) forget_one();
  return all_.try_emplace(std::string(address)).first->second;
}

void LoginThrottle::forget_one() {
  auto oldest = all_.end();
  for (auto one = all_.begin(); one != all_.end(); ++one) {
    const bool is_free = one->second.waiting == 0 && !one->second.is_trying;
    if (is_free && (oldest == all_.end() || one->second.last < oldest->second.last)) oldest = one;
  }
  if (oldest != all_.end()) all_.erase(oldest);
}

// An address with waiters is never evicted.
Status LoginThrottle::wait_for_turn(Address& one) {
  const auto given_up = Clock::now() + kLongestWait;
  while (!stops_) {
    const auto now = Clock::now();
    if (!one.is_trying && now >= one.may_try) return {};
    if (now >= given_up) break;
    changed_.wait_until(mutex_, one.is_trying ? given_up : std::min(given_up, one.may_try));
  }
  return too_many();
}

Status LoginThrottle::begin(std::string_view address) {
  MutexLock lock(mutex_);
  Address& one = find(address);
  const auto now = Clock::now();
  if (one.wrong > 0 && now - one.last > kForgetAfter) one.wrong = 0;
  one.last = now;
  if (one.wrong > 0 && one.waiting >= kMostWaiting) return too_many();
  ++one.waiting;
  Status turn = wait_for_turn(one);
  --one.waiting;
  if (turn) one.is_trying = true;
  return turn;
}

void LoginThrottle::end(std::string_view address, Try how) {
  MutexLock lock(mutex_);
  const auto known = all_.find(address);
  if (known == all_.end()) return;
  Address& one = known->second;
  one.is_trying = false;
  one.last = Clock::now();
  if (how == Try::kRight) one.wrong = 0;
  if (how == Try::kWrong) ++one.wrong;
  one.may_try = one.last + delay_after(one.wrong);
  if (one.wrong == 0 && one.waiting == 0) all_.erase(known);
  changed_.notify_all();
}

void LoginThrottle::stop() {
  MutexLock lock(mutex_);
  stops_ = true;
  changed_.notify_all();
}

std::size_t LoginThrottle::addresses() const {
  MutexLock lock(mutex_);
  return all_.size();
}

}  // namespace kvstore::server
