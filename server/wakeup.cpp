#include "server/wakeup.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace kvstore::server {
namespace {

constexpr int kSignal = SIGURG;

// State of the thread for the signal handler.
thread_local int attached_descriptor = -1;
thread_local volatile sig_atomic_t timeout_is_short = 0;

void set_receive_timeout(int descriptor, suseconds_t microseconds) {
  const timeval timeout{.tv_sec = 0, .tv_usec = microseconds};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

extern "C" void on_wakeup(int) {
  if (attached_descriptor < 0) return;
  const int error = errno;
  timeout_is_short = 1;
  set_receive_timeout(attached_descriptor, 1);
  errno = error;
}

void restore_timeout() {
  if (timeout_is_short == 0) return;
  timeout_is_short = 0;
  set_receive_timeout(attached_descriptor, 0);
}

// Blocks wake-up signals within a scope; `outside` is the mask that admits them.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t wakeups;
    sigemptyset(&wakeups);
    sigaddset(&wakeups, kSignal);
    ::pthread_sigmask(SIG_BLOCK, &wakeups, &outside_);
  }
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &outside_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  const sigset_t& outside() const { return outside_; }

 private:
  sigset_t outside_;
};

timespec time_left(Clock::time_point deadline) {
  const auto left = std::max(deadline - Clock::now(), Clock::duration::zero());
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
  return {static_cast<time_t>(count / 1'000'000'000), static_cast<long>(count % 1'000'000'000)};
}

}  // namespace

void install_wakeup_signal() {
  struct sigaction action {};
  action.sa_handler = on_wakeup;
  action.sa_flags = 0;  // not SA_RESTART: the read must return
  sigemptyset(&action.sa_mask);
  ::sigaction(kSignal, &action, nullptr);
}

void Wakeup::attach(int descriptor) {
  attached_descriptor = descriptor;
  MutexLock lock(mutex_);
  waiter_ = ::pthread_self();
}

void Wakeup::detach() {
  {
    MutexLock lock(mutex_);
    waiter_.reset();
  }
  attached_descriptor = -1;
}

Wakeup::Event Wakeup::wait(short events, std::optional<Clock::time_point> deadline) {
  const SignalsHeld held;
  is_waiting_.store(true);
  pollfd entry{attached_descriptor, events, 0};
  int ready = -1;
  errno = EINTR;
  if (!is_wanted_.load()) {
    const timespec left = deadline ? time_left(*deadline) : timespec{};
    ready = ::ppoll(&entry, 1, deadline ? &left : nullptr, &held.outside());
  }
  const int error = errno;
  is_waiting_.store(false);
  if (ready > 0) return Event::kReady;
  if (ready == 0) return Event::kTimeout;
  is_wanted_.store(false);
  return error == EINTR ? Event::kWoken : Event::kFailed;
}

Transfer Wakeup::read(Transport& transport, char* bytes, std::size_t size) {
  is_waiting_.store(true);
  Transfer got{Transfer::Result::kBlocked, 0};
  if (!is_wanted_.load()) got = transport.read_waiting(bytes, size);
  is_waiting_.store(false);
  if (got.is_blocked()) {
    is_wanted_.store(false);
    restore_timeout();
  }
  return got;
}

void Wakeup::wake() {
  is_wanted_.store(true);
  if (!is_waiting_.load()) return;
  MutexLock lock(mutex_);
  if (waiter_) ::pthread_kill(*waiter_, kSignal);
}

}  // namespace kvstore::server
