// A file descriptor that closes itself, and is never one of the standard three.
#pragma once

#include <unistd.h>

#include <utility>

namespace kvstore::file {

// `fd`, or a duplicate of it from 3 on in its place. A process may run with its
// standard output or error closed; a database that got such a number would be
// written over by whatever is printed. -1 with errno if there is none.
int above_standard(int fd);

// For a program, before anything else: each of the descriptors 0 to 2 that is
// closed is opened, such that reading or writing it the usual way is an error
// (EBADF) and nothing opened later gets its number.
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
  int release() { return std::exchange(fd_, -1); }  // the caller's to close
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace kvstore::file
