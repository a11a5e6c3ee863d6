// The calls that a server is made of, before the C library's: tests/faults/system_calls.h.

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>

#include "tests/faults/system_calls.h"

using kvstore::test::interposed::Fate;
using kvstore::test::interposed::fate_of;
using kvstore::test::interposed::real;

#define KV_INTERPOSE(name, parameters, arguments)                                \
  int name parameters {                                                          \
    static const auto next = reinterpret_cast<int(*) parameters>(real(#name));   \
    return fate_of(#name) == Fate::kFail ? -1 : next arguments;                  \
  }
#define KV_INTERPOSE_TRANSFER(name, parameters, arguments)                       \
  ssize_t name parameters {                                                      \
    static const auto next = reinterpret_cast<ssize_t(*) parameters>(real(#name)); \
    const Fate fate = fate_of(#name);                                            \
    if (fate == Fate::kFail) return -1;                                          \
    if (fate == Fate::kShort && size > 1) size /= 2;                             \
    return next arguments;                                                       \
  }

extern "C" {

KV_INTERPOSE(socket, (int domain, int type, int protocol) noexcept, (domain, type, protocol))
KV_INTERPOSE(bind, (int fd, const sockaddr* address, socklen_t size) noexcept, (fd, address, size))
KV_INTERPOSE(listen, (int fd, int backlog) noexcept, (fd, backlog))
KV_INTERPOSE(accept4, (int fd, sockaddr* address, socklen_t* size, int flags),
             (fd, address, size, flags))
KV_INTERPOSE(getsockname, (int fd, sockaddr* address, socklen_t* size) noexcept,
             (fd, address, size))
KV_INTERPOSE(getpeername, (int fd, sockaddr* address, socklen_t* size) noexcept,
             (fd, address, size))
KV_INTERPOSE(setsockopt, (int fd, int level, int name, const void* value, socklen_t size) noexcept,
             (fd, level, name, value, size))
KV_INTERPOSE(shutdown, (int fd, int how) noexcept, (fd, how))
KV_INTERPOSE(eventfd, (unsigned count, int flags) noexcept, (count, flags))
KV_INTERPOSE(poll, (pollfd* entries, nfds_t count, int timeout), (entries, count, timeout))
KV_INTERPOSE(ppoll,
             (pollfd* entries, nfds_t count, const timespec* timeout, const sigset_t* mask),
             (entries, count, timeout, mask))
KV_INTERPOSE_TRANSFER(recv, (int fd, void* bytes, size_t size, int flags),
                      (fd, bytes, size, flags))
KV_INTERPOSE_TRANSFER(send, (int fd, const void* bytes, size_t size, int flags),
                      (fd, bytes, size, flags))

// It returns its error.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*function)(void*),
                   void* argument) noexcept {
  static const auto next =
      reinterpret_cast<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
          real("pthread_create"));
  if (fate_of("pthread_create") == Fate::kFail) return EAGAIN;
  return next(thread, attributes, function, argument);
}

}  // extern "C"
