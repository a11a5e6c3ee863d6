// The calls that files are made of, before the C library's: tests/faults/system_calls.h.

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "tests/faults/allocations.h"
#include "tests/faults/system_calls.h"

using kvstore::test::interposed::Fate;
using kvstore::test::interposed::fate_of;
using kvstore::test::interposed::real;

namespace {

// A short transfer is of half the bytes.
std::size_t shortened(Fate fate, std::size_t size) {
  return fate == Fate::kShort && size > 1 ? size / 2 : size;
}

}  // namespace

// `return_type name(parameters)` fails, or is the C library's with `arguments`.
#define KV_INTERPOSE(return_type, name, failure, parameters, arguments)          \
  return_type name parameters {                                                  \
    static const auto next = reinterpret_cast<return_type(*) parameters>(real(#name)); \
    return fate_of(#name) == Fate::kFail ? (failure) : next arguments;           \
  }
// The same for one that moves `size` bytes.
#define KV_INTERPOSE_TRANSFER(name, parameters, arguments)                       \
  ssize_t name parameters {                                                      \
    static const auto next = reinterpret_cast<ssize_t(*) parameters>(real(#name)); \
    const Fate fate = fate_of(#name);                                            \
    if (fate == Fate::kFail) return -1;                                          \
    size = shortened(fate, size);                                                \
    return next arguments;                                                       \
  }

#pragma GCC diagnostic ignored "-Wnonnull-compare"

extern "C" {

int open(const char* path, int flags, ...) {
  static const auto next = reinterpret_cast<int (*)(const char*, int, ...)>(real("open"));
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return fate_of("open") == Fate::kFail ? -1 : next(path, flags, mode);
}

KV_INTERPOSE_TRANSFER(read, (int fd, void* bytes, size_t size), (fd, bytes, size))
KV_INTERPOSE_TRANSFER(write, (int fd, const void* bytes, size_t size), (fd, bytes, size))
ssize_t pread(int fd, void* bytes, size_t size, off_t at) {
  static const auto next = reinterpret_cast<ssize_t (*)(int, void*, size_t, off_t)>(real("pread"));
  const Fate fate = fate_of("pread");
  if (fate == Fate::kFail) return -1;
  if (kvstore::test::interposed::is_unreadable(static_cast<std::uint64_t>(at), size)) {
    errno = EIO;
    return -1;
  }
  return next(fd, bytes, shortened(fate, size), at);
}
KV_INTERPOSE_TRANSFER(pwrite, (int fd, const void* bytes, size_t size, off_t at),
                      (fd, bytes, size, at))

KV_INTERPOSE_TRANSFER(copy_file_range,
                      (int from, loff_t* at, int to, loff_t* to_at, size_t size, unsigned flags),
                      (from, at, to, to_at, size, flags))
// Of files, with one argument.
int ioctl(int fd, unsigned long request, ...) noexcept {
  static const auto next = reinterpret_cast<int (*)(int, unsigned long, ...)>(real("ioctl"));
  va_list rest;
  va_start(rest, request);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return fate_of("ioctl") == Fate::kFail ? -1 : next(fd, request, argument);
}
KV_INTERPOSE(off_t, lseek, -1, (int fd, off_t offset, int from) noexcept, (fd, offset, from))
KV_INTERPOSE(int, fallocate, -1, (int fd, int mode, off_t offset, off_t size),
             (fd, mode, offset, size))
KV_INTERPOSE(int, ftruncate, -1, (int fd, off_t size) noexcept, (fd, size))
KV_INTERPOSE(int, fdatasync, -1, (int fd), (fd))
// A directory's counts by a name of its own.
int fsync(int fd) {
  static const auto next = reinterpret_cast<int (*)(int)>(real("fsync"));
  static const auto look = reinterpret_cast<int (*)(int, struct stat*)>(real("fstat"));
  struct stat info {};
  const bool directory = look(fd, &info) == 0 && S_ISDIR(info.st_mode);
  return fate_of(directory ? "fsync_directory" : "fsync") == Fate::kFail ? -1 : next(fd);
}
KV_INTERPOSE(int, flock, -1, (int fd, int operation) noexcept, (fd, operation))
KV_INTERPOSE(int, fstat, -1, (int fd, struct stat* info) noexcept, (fd, info))
KV_INTERPOSE(int, stat, -1, (const char* path, struct stat* info) noexcept, (path, info))
KV_INTERPOSE(int, lstat, -1, (const char* path, struct stat* info) noexcept, (path, info))
KV_INTERPOSE(int, statvfs, -1, (const char* path, struct statvfs* info) noexcept, (path, info))
KV_INTERPOSE(int, link, -1, (const char* from, const char* to) noexcept, (from, to))
KV_INTERPOSE(int, linkat, -1,
             (int from, const char* old_path, int to, const char* new_path, int flags) noexcept,
             (from, old_path, to, new_path, flags))
KV_INTERPOSE(int, unlink, -1, (const char* path) noexcept, (path))
KV_INTERPOSE(int, rename, -1, (const char* from, const char* to) noexcept, (from, to))
KV_INTERPOSE(int, renameat2, -1,
             (int from, const char* old_path, int to, const char* new_path, unsigned flags) noexcept,
             (from, old_path, to, new_path, flags))
KV_INTERPOSE(int, chmod, -1, (const char* path, mode_t mode) noexcept, (path, mode))
KV_INTERPOSE(int, chown, -1, (const char* path, uid_t user, gid_t group) noexcept,
             (path, user, group))
KV_INTERPOSE(int, fchmod, -1, (int fd, mode_t mode) noexcept, (fd, mode))
KV_INTERPOSE(int, fchown, -1, (int fd, uid_t user, gid_t group) noexcept, (fd, user, group))
KV_INTERPOSE(ssize_t, readlink, -1, (const char* path, char* target, size_t size) noexcept,
             (path, target, size))
KV_INTERPOSE(DIR*, opendir, nullptr, (const char* path), (path))
KV_INTERPOSE(int, madvise, -1, (void* base, size_t size, int advice) noexcept,
             (base, size, advice))
KV_INTERPOSE(int, syncfs, -1, (int fd) noexcept, (fd))

void* mmap(void* wish, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  static const auto next =
      reinterpret_cast<void* (*)(void*, size_t, int, int, int, off_t)>(real("mmap"));
  const bool is_memory = (flags & MAP_ANONYMOUS) != 0 && (flags & MAP_FIXED) == 0;
  if (is_memory && kvstore::test::allocation_fails()) return MAP_FAILED;
  if (!is_memory && fate_of("mmap") == Fate::kFail) return MAP_FAILED;
  void* base = next(wish, size, protection, flags, fd, offset);
  const bool whole_file = fd >= 0 && base != MAP_FAILED && (flags & MAP_FIXED) == 0;
  if (whole_file) kvstore::test::interposed::break_pages(base);
  return base;
}

}  // extern "C"
