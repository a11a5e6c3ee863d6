// FileSystem on Linux.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <fmt/core.h>

#include "src/base/hex.h"
#include "src/file/descriptor.h"
#include "src/file/file_system.h"
#include "src/file/names.h"
#include "src/file/owner.h"
#include "src/file/size_limit.h"
#include "src/file/system_file.h"
#include "src/file/unfinished.h"

namespace kvstore::file {
namespace {

// Unreadable bytes of a mapping make a system call fail without a reason; reading them here first
// turns them into zeros (bus_guard.h).
void touch(std::string_view content) {
  for (std::size_t at = 0; at < content.size(); at += 4096) {
    [[maybe_unused]] const char byte = *static_cast<const volatile char*>(content.data() + at);
  }
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  touch(content);
  const NoSizeSignal no_signal;
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail_errno(n < 0 ? errno : ENOSPC, "write", path);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status write_and_sync(int fd, std::string_view content, const std::string& path) {
  KV_TRY(write_all(fd, content, path));
  if (::fsync(fd) != 0) return fail_errno(errno, "sync", path);
  return {};
}

// The device failed, or is full; or the path does not lead to a file that can be opened.
tl::unexpected<Error> cannot_open(int error_number, std::string_view operation,
                                  const std::string& path) {
  Error error = fail_errno(error_number, operation, path).value();
  // A loop of symbolic links, a name that is too long, a socket.
  if (error.code == Code::kIo && error_number != EIO) error.code = Code::kFormat;
  return fail(std::move(error));
}

// The name of an unfinished file would say nothing to the user.
Status check_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == path.npos ? "." : path.substr(0, slash + 1);
  struct stat info {};
  if (::stat(directory.c_str(), &info) == 0 || errno != ENOENT) return {};
  return fail(Code::kNotFound, fmt::format("cannot create {}: there is no directory {}", path,
                                           path.substr(0, slash)));
}

Error locked_error(const std::string& path, int fd) {
  struct stat info {};
  if (::fstat(fd, &info) == 0) {
    if (const auto owner = find_lock_owner(info.st_dev, info.st_ino)) {
      return describe_lock(path, *owner);
    }
  }
  return Error{Code::kLocked, path + " is being written by another process",
               "open it beside that one with --read-only"};
}

// Takes the writer lock; returns 0 or an errno.
int lock(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

Status lock_existing(int fd, const std::string& path) {
  const int error = lock(fd);
  if (error == 0) return {};
  return error == EWOULDBLOCK ? Status(fail(locked_error(path, fd)))
                              : Status(fail_errno(error, "lock", path));
}

// Locked before others see it, because otherwise two processes could write it.
Status lock_write_and_sync(int fd, std::string_view content, const std::string& path) {
  if (const int error = lock(fd)) return fail_errno(error, "lock", path);
  return write_and_sync(fd, content, path);
}

class SystemFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<LogFile>> open(const std::string& path, Mode mode) override {
    if (path.empty()) return fail(Code::kNotFound, "cannot open a file without a name");
    while (true) {
      const bool writes = mode == Mode::kReadWrite;
      // O_NONBLOCK: a named pipe must be refused instead of waited for.
      Descriptor fd(::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK));
      if (!fd) {
        if (errno == EISDIR) return not_a_file(path, "a directory");
        return cannot_open(errno, "open", path);
      }
      struct stat info {};
      if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "look at", path);
      if (S_ISDIR(info.st_mode)) return not_a_file(path, "a directory");
      if (!S_ISREG(info.st_mode)) return not_a_file(path, "a device, pipe or socket");
      if (writes) KV_TRY(lock_existing(fd.get(), path));
      KV_ASSIGN(auto file, adopt(std::move(fd), path, mode));
      // Between open and lock the file may have been replaced: then the lock is on a file that has
      // no name any more.
      if (!writes || file->still_at(path)) return file;
    }
  }

  Result<std::unique_ptr<LogFile>> create(const std::string& name,
                                          std::string_view content) override {
    const std::string path = follow_links(name);
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) {
      if (there.st_size != 0 || !S_ISREG(there.st_mode)) {
        return fail(Code::kExists, path + " exists");
      }
      return replace_empty(path, content);
    }
    Descriptor fd(::open(directory_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (!fd) {
      const bool unknown =
          errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOSYS;
      return unknown ? create_named(path, content) : cannot_open(errno, "create", path);
    }
    KV_TRY(lock_write_and_sync(fd.get(), content, path));
    const std::string self = fmt::format("/proc/self/fd/{}", fd.get());
    ProvisionalName given(*this, path);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return finish_new(fd, path, &given);
    }
    if (errno == EEXIST) return fail(Code::kExists, path + " exists");
    // ENOENT: /proc is not mounted.
    if (errno == ENOENT || has_no_links(errno)) return create_named(path, content);
    return cannot_open(errno, "create", path);
  }

  Status save(const std::string& path, std::string_view content, const std::string& like) override {
    struct stat owner {};
    if (::stat(like.c_str(), &owner) != 0) return fail_errno(errno, "look at", like);
    const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) {
      if (errno == EEXIST) return fail(Code::kExists, path + " exists");
      return cannot_open(errno, "create", path);
    }
    take_owner_and_mode(fd.get(), owner);
    if (Status written = write_and_sync(fd.get(), content, path); !written) {
      ::unlink(path.c_str());
      return written;
    }
    return sync_directory_of(path, fd.get());
  }

  Result<UnfinishedFile> create_unfinished(const std::string& path,
                                           std::string_view content) override {
    KV_TRY(check_directory_of(path));
    file::remove_unfinished(path);
    ProvisionalName name(*this, unfinished_name(path));
    note_unfinished(name.path());
    KV_ASSIGN(auto file, create(name.path(), content));
    name.given();
    // It may become the copy of a file that only its owner may read.
    ::chmod(name.path().c_str(), 0600);
    return UnfinishedFile{std::move(file), std::move(name)};
  }

  Status sync_name(const std::string& path) override { return sync_directory_of(path); }

  void remove_unfinished(const std::string& path) override { file::remove_unfinished(path); }

  Status replace(const std::string& from, const std::string& to, const std::string& like) override {
    copy_owner_and_mode(like, from);
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return fail_errno(errno, "rename " + from + " to", to);
    }
    return sync_directory_of(to);
  }

  Status rename(const std::string& from, const std::string& to, const std::string& like) override {
    copy_owner_and_mode(like, from);
    KV_TRY(rename_to_free_name(from, to));
    return sync_directory_of(to);
  }

  Status link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return sync_directory_of(to);
    if (errno == EEXIST) return fail(Code::kExists, to + " exists");
    if (!has_no_links(errno)) return fail_errno(errno, "link " + from + " to", to);
    return rename(from, to, from);
  }

  void remove(const std::string& path) override { ::unlink(path.c_str()); }

  std::uint64_t free_bytes(const std::string& path) const override {
    struct statvfs disk {};
    if (::statvfs(directory_of(path).c_str(), &disk) != 0) return UINT64_MAX;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
  }

  bool exists(const std::string& path) const override {
    struct stat there {};
    return ::lstat(path.c_str(), &there) == 0 || (errno != ENOENT && errno != ENOTDIR);
  }

  std::string resolve(const std::string& path) override {
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    return error ? follow_links(path) : resolved.string();
  }

  std::string boot_id() override {
    std::string text(64, '\0');
    const Descriptor fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    const ssize_t n = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
    std::string bytes;
    int high = -1;
    for (ssize_t i = 0; i < n && bytes.size() < 16; ++i) {
      const int digit = hex_digit(text[static_cast<std::size_t>(i)]);
      if (digit < 0) continue;
      if (high >= 0) bytes.push_back(static_cast<char>(high << 4 | digit));
      high = high >= 0 ? -1 : digit;
    }
    bytes.resize(16);
    return bytes;
  }

 private:
  static tl::unexpected<Error> not_a_file(const std::string& path, std::string_view what) {
    return fail(Code::kFormat, fmt::format("{} is {}, not a database file", path, what));
  }

  // Called after the link. If this fails the file is removed again: it is locked, and still empty
  // of data. The caller's descriptor holds the lock until the name is removed.
  static Result<std::unique_ptr<LogFile>> finish_new(Descriptor& fd, const std::string& path,
                                                     ProvisionalName* name) {
    name->given();
    KV_TRY(sync_directory_of(path, fd.get()));
    KV_ASSIGN(auto file, adopt(std::move(fd), path, Mode::kReadWrite));
    name->keep();
    return file;
  }

  // An empty file keeps its owner and mode, and is never visible half written. It is locked
  // meanwhile: of two processes that found it empty, the second must not replace what the first has
  // made of it.
  static Result<std::unique_ptr<LogFile>> replace_empty(const std::string& path,
                                                        std::string_view content) {
    const Descriptor empty(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!empty) return cannot_open(errno, "open", path);
    KV_TRY(lock_existing(empty.get(), path));
    struct stat old {
    }, there{};
    if (::fstat(empty.get(), &old) != 0 || ::stat(path.c_str(), &there) != 0) {
      return fail_errno(errno, "look at", path);
    }
    if (old.st_size != 0 || old.st_ino != there.st_ino || old.st_dev != there.st_dev) {
      return fail(Code::kExists, path + " exists");
    }
    file::remove_unfinished(path);  // no other process uses it: we hold the lock
    const std::string temporary = unfinished_name(path);
    Descriptor fd(
        ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, old.st_mode & 07777));
    if (!fd) return cannot_open(errno, "create", temporary);
    take_owner_and_mode(fd.get(), old);
    Status done = lock_write_and_sync(fd.get(), content, temporary);
    if (done && ::rename(temporary.c_str(), path.c_str()) != 0) {
      done = fail_errno(errno, "create", path);
    }
    if (!done) {
      ::unlink(temporary.c_str());
      return fail(done.error());
    }
    KV_TRY(sync_directory_of(path, fd.get()));
    KV_ASSIGN(auto file, adopt(std::move(fd), path, Mode::kReadWrite));
    return file;
  }

  // For file systems without O_TMPFILE, and if the name cannot be linked.
  static Result<std::unique_ptr<LogFile>> create_named(const std::string& path,
                                                       std::string_view content) {
    const std::string temporary = unfinished_name(path);
    ProvisionalName given(system_files(), path);
    Descriptor fd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd) return cannot_open(errno, "create", temporary);
    Status done = lock_write_and_sync(fd.get(), content, temporary);
    bool no_way = false;
    if (done) done = give_name(temporary, path, &no_way);
    ::unlink(temporary.c_str());
    if (no_way) return create_in_place(path, content);
    if (!done) return fail(done.error());
    return finish_new(fd, path, &given);
  }

  // Names the file by a link, or by a rename that does not replace. *no_way: this file system
  // supports neither.
  static Status give_name(const std::string& temporary, const std::string& path, bool* no_way) {
    if (::link(temporary.c_str(), path.c_str()) == 0) return {};
    if (has_no_links(errno)) {
      if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
        return {};
      }
      *no_way = has_no_links(errno);
    }
    if (errno == EEXIST) return fail(Code::kExists, path + " exists");
    return cannot_open(errno, "create", path);
  }

  // Reserves the name by an empty file, which then is replaced like any empty file. A process
  // killed in between leaves it empty, which is a new database, too.
  static Result<std::unique_ptr<LogFile>> create_in_place(const std::string& path,
                                                          std::string_view content) {
    {
      const Descriptor empty(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (!empty) {
        if (errno == EEXIST) return fail(Code::kExists, path + " exists");
        return cannot_open(errno, "create", path);
      }
    }
    auto made = replace_empty(path, content);
    struct stat there {};
    if (!made && ::stat(path.c_str(), &there) == 0 && there.st_size == 0) ::unlink(path.c_str());
    return made;
  }
};

}  // namespace

FileSystem& system_files() {
  static SystemFiles files;
  return files;
}

}  // namespace kvstore::file
