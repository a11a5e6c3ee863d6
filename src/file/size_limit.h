// A process may limit how long its files get (RLIMIT_FSIZE, `ulimit -f`). A call that would pass the
// limit is EFBIG, and besides a signal that ends the process: of a program that embeds the library,
// too, which may not have thought of it. While one of these lives, the calls of its thread are EFBIG
// and nothing else.
#pragma once

#include <csignal>

#include <cerrno>
#include <ctime>

namespace kvstore::file {

class NoSizeSignal {
 public:
  NoSizeSignal() {
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGXFSZ);
    is_set_ = ::pthread_sigmask(SIG_BLOCK, &signal_, &before_) == 0;
  }
  // errno stays.
  ~NoSizeSignal() {
    if (!is_set_ || ::sigismember(&before_, SIGXFSZ) == 1) return;
    const int error = errno;
    const timespec at_once{};
    while (::sigtimedwait(&signal_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  NoSizeSignal(const NoSizeSignal&) = delete;
  NoSizeSignal& operator=(const NoSizeSignal&) = delete;

 private:
  sigset_t signal_, before_;
  bool is_set_ = false;
};

}  // namespace kvstore::file
