#include "src/file/descriptor.h"

#include <fcntl.h>

#include <cerrno>

namespace kvstore::file {

int above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int flags = ::fcntl(fd, F_GETFD);
  const bool close_on_exec = flags >= 0 && (flags & FD_CLOEXEC) != 0;
  // The lock of an open file belongs to all its descriptors, so it is kept.
  const int higher = ::fcntl(fd, close_on_exec ? F_DUPFD_CLOEXEC : F_DUPFD, STDERR_FILENO + 1);
  const int error = errno;
  ::close(fd);
  errno = error;
  return higher;
}

void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // This uses the lowest free number. The direction is wrong on purpose: output to a closed
    // descriptor must fail, and reading a closed input must not look like an empty one.
    const int direction = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", direction) >= 0) continue;
    // A bare chroot has no devices; a directory can neither be read nor written.
    if (::open("/", O_RDONLY | O_DIRECTORY) < 0) ::_exit(7);
  }
}

}  // namespace kvstore::file
