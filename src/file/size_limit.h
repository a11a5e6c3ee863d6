// A process may limit the size of its files (RLIMIT_FSIZE, `ulimit -f`). A call beyond the limit
// fails with EFBIG, and also sends a signal that ends the process, even a program that embeds the
// library and does not expect it. During the lifetime of this object, calls of its thread only fail
// with EFBIG.
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
  // Keeps errno.
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
