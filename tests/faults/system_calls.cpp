#include "tests/faults/system_calls.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <mutex>

namespace kvstore::test {
namespace {

std::atomic<bool> g_armed{false};
std::mutex g_mutex;
Fault g_fault;
std::uint64_t g_calls = 0;
std::string g_failed;

enum class Fate { kGoOn, kShort, kFail };

Fate fate_of(const char* name) {
  if (!g_armed) return Fate::kGoOn;
  std::lock_guard lock(g_mutex);
  ++g_calls;
  const bool hit = g_fault.for_ever ? g_calls >= g_fault.call : g_calls == g_fault.call;
  if (g_fault.call == 0 || !hit) return Fate::kGoOn;
  if (g_failed.empty()) g_failed = name;
  if (g_fault.error == 0) return Fate::kShort;
  errno = g_fault.error;
  return Fate::kFail;
}

long call_or_fail(const char* name, long number, long a, long b = 0, long c = 0, long d = 0,
                  long e = 0) {
  return fate_of(name) == Fate::kFail ? -1 : ::syscall(number, a, b, c, d, e);
}

// A short transfer is of half the bytes.
std::size_t shortened(Fate fate, std::size_t size) {
  return fate == Fate::kShort && size > 1 ? size / 2 : size;
}

}  // namespace

void arm(const Fault& fault) {
  g_fault = fault;
  g_calls = 0;
  g_failed.clear();
  g_armed = true;
}

void disarm() { g_armed = false; }
std::uint64_t calls() { return g_calls; }
const std::string& failed_call() { return g_failed; }

}  // namespace kvstore::test

using kvstore::test::call_or_fail;
using kvstore::test::Fate;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return static_cast<int>(call_or_fail("open", SYS_openat, AT_FDCWD,
                                       reinterpret_cast<long>(path), flags, mode));
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const Fate fate = kvstore::test::fate_of("write");
  if (fate == Fate::kFail) return -1;
  return ::syscall(SYS_write, fd, bytes, kvstore::test::shortened(fate, size));
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  return static_cast<int>(call_or_fail("fallocate", SYS_fallocate, fd, mode, offset, size));
}
int ftruncate(int fd, off_t size) noexcept {
  return static_cast<int>(call_or_fail("ftruncate", SYS_ftruncate, fd, size));
}
int fdatasync(int fd) { return static_cast<int>(call_or_fail("fdatasync", SYS_fdatasync, fd)); }
int fsync(int fd) { return static_cast<int>(call_or_fail("fsync", SYS_fsync, fd)); }
int flock(int fd, int operation) noexcept {
  return static_cast<int>(call_or_fail("flock", SYS_flock, fd, operation));
}
int linkat(int from, const char* old_path, int to, const char* new_path, int flags) noexcept {
  return static_cast<int>(call_or_fail("linkat", SYS_linkat, from, reinterpret_cast<long>(old_path),
                                       to, reinterpret_cast<long>(new_path), flags));
}
int fstat(int fd, struct stat* info) noexcept {
  return static_cast<int>(call_or_fail("fstat", SYS_fstat, fd, reinterpret_cast<long>(info)));
}

}  // extern "C"
