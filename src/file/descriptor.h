// A file descriptor that is closed automatically, and is never one of the standard three.
#pragma once

#include <unistd.h>

#include <utility>

namespace kvstore::file {

// `fd`, or a duplicate with a number from 3 on if it is lower. A process may run with a closed
// standard output or error; a database with such a number would be overwritten by output. -1 with
// errno if there is none.
int above_standard(int fd);

// For a program, before anything else: opens each of the descriptors 0 to 2 that is closed, such
// that reading or writing it fails (EBADF) and no later file gets its number.
void open_standard_descriptors();

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(above_standard(fd)) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }  // the caller must close it
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace kvstore::file
