// FileSystem and LogFile on Linux.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "src/file/bus_guard.h"
#include "src/file/descriptor.h"
#include "src/file/file_system.h"
#include "src/file/names.h"
#include "src/file/owner.h"
#include "src/file/unfinished.h"

namespace kvstore::file {
namespace {

// One mapping for the life of the file, far larger than it: room to grow costs
// only addresses. Sanitizers keep shadow for it, so they get less.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kMaxMapping = std::uint64_t{64} << 30;
#else
constexpr std::uint64_t kMaxMapping = std::uint64_t{16} << 40;
#endif
constexpr std::uint64_t kMinMapping = std::uint64_t{1} << 30;

class SystemFile final : public LogFile {
 public:
  SystemFile(Descriptor fd, std::string path, const struct stat& info)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        size_(static_cast<std::uint64_t>(info.st_size)),
        seen_(info) {}

  ~SystemFile() override {
    if (!data_) return;
    unregister_mapping(data_);
    munmap(data_, capacity_);
  }

  Status map(Mode mode) {
    const int protection = mode == Mode::kReadWrite ? PROT_READ | PROT_WRITE : PROT_READ;
    void* base = MAP_FAILED;
    for (capacity_ = kMaxMapping; capacity_ >= kMinMapping; capacity_ /= 2) {
      base = mmap(nullptr, capacity_, protection, MAP_SHARED | MAP_NORESERVE, fd_.get(), 0);
      if (base != MAP_FAILED) break;
    }
    if (base == MAP_FAILED) return fail_errno(errno, "map", path_);
    data_ = static_cast<std::uint8_t*>(base);
    install_bus_guard_unless_handled();
    register_mapping({data_, capacity_, fd_.get(), mode == Mode::kReadWrite, path_});
    if (mode == Mode::kReadWrite) {
      directory_ =
          Descriptor(::open(directory_of(path_).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    if (size() > capacity_) return too_large();
    return {};
  }

  std::uint64_t size() const override { return size_.load(std::memory_order_acquire); }

  Status extend(std::uint64_t new_size) override {
    if (new_size > capacity_) return too_large();
    const std::uint64_t old_size = size();
    const int error = allocate(old_size, new_size - old_size);
    if (error != 0) {
      [[maybe_unused]] int ignored = ::ftruncate(fd_.get(), static_cast<off_t>(old_size));
      return fail_errno(error, "extend", path_);
    }
    size_.store(new_size, std::memory_order_release);
    return {};
  }

  Status truncate(std::uint64_t new_size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(new_size)) != 0) {
      return fail_errno(errno, "truncate", path_);
    }
    size_.store(new_size, std::memory_order_release);
    return {};
  }

  Status sync() override {
    // Interrupted, it has not said anything about the disk yet.
    while (::fdatasync(fd_.get()) != 0) {
      if (errno != EINTR) return fail_errno(errno, "sync", path_);
    }
    return check_place();
  }

  void make_dirty(std::uint64_t begin, std::uint64_t end) override {
    constexpr std::uint64_t kPage = 4096;
    for (std::uint64_t at = begin / kPage * kPage; at < end; at += kPage) {
      volatile std::uint8_t* byte = data_ + at;
      *byte = *byte;  // stored onto itself
    }
  }

  void before_large_sync(std::uint64_t begin, std::uint64_t end) override {
    constexpr std::uint64_t kPage = 4096;
    begin = begin / kPage * kPage;
    end = end / kPage * kPage;
    // On a shared file mapping this drops page table entries, never bytes.
    if (begin < end) ::madvise(data_ + begin, end - begin, MADV_DONTNEED);
  }

  bool is_zero(std::uint64_t begin, std::uint64_t end) const override {
    std::vector<char> bytes;
    int interrupted = 0;
    while (begin < end) {
      // Room that was only allocated is mostly passed over without being read.
      const off_t data = ::lseek(fd_.get(), static_cast<off_t>(begin), SEEK_DATA);
      if (data < 0 && errno == ENXIO) return true;
      if (data > 0) begin = std::max(begin, static_cast<std::uint64_t>(data));
      if (begin >= end) return true;
      bytes.resize(std::min<std::uint64_t>(end - begin, std::size_t{128} << 10));
      const ssize_t n =
          ::pread(fd_.get(), bytes.data(), std::min<std::uint64_t>(end - begin, bytes.size()),
                  static_cast<off_t>(begin));
      if (n < 0 && errno == EINTR && ++interrupted < 100) continue;
      if (n <= 0) return n == 0;
      if (!std::all_of(bytes.data(), bytes.data() + n, [](char byte) { return byte == 0; }))
        return false;
      begin += static_cast<std::uint64_t>(n);
    }
    return true;
  }

  Status refresh() override {
    struct stat now {};
    if (::fstat(fd_.get(), &now) != 0) return fail_errno(errno, "look at", path_);
    const auto new_size = static_cast<std::uint64_t>(now.st_size);
    // A writer that closed cut the file, and we looked after its end; now it goes on.
    if (data_) KV_TRY(map_grown_end(data_, new_size));
    size_.store(new_size, std::memory_order_release);
    return new_size > capacity_ ? too_large() : Status{};
  }

  void set_unnamed() { is_unnamed_ = true; }

  bool still_at(const std::string& path) const override {
    if (is_unnamed_) return true;
    struct stat mine {
    }, there{};
    return ::fstat(fd_.get(), &mine) == 0 && ::stat(path.c_str(), &there) == 0 &&
           same_file(mine, there) && mapping_is_current(there);
  }

  Status check_place() const override {
    if (is_unnamed_) return {};
    const std::uint64_t least = size();
    struct stat mine {
    }, there{};
    if (::fstat(fd_.get(), &mine) != 0) return {};  // nothing is known
    const bool found = ::stat(path_.c_str(), &there) == 0;
    const bool absent = !found && (errno == ENOENT || errno == ENOTDIR);
    if (found && !same_file(mine, there)) return lost_place("was replaced by another file");
    if (mine.st_nlink == 0) return lost_place("was removed");
    // A directory above it may have been renamed: then it still is what its name
    // in its own directory leads to.
    if (absent && !is_in_directory(mine)) return lost_place("was moved away");
    if (static_cast<std::uint64_t>(mine.st_size) < least) {
      return fail(Code::kFailed, path_ + " was cut short by another program while it was open",
                  "kvstore verify " + path_);
    }
    return {};
  }

 private:
  static bool same_file(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
  }

  bool is_in_directory(const struct stat& mine) const {
    const std::string name = std::filesystem::path(path_).filename().string();
    struct stat there {};
    return directory_ && ::fstatat(directory_.get(), name.c_str(), &there, 0) == 0 &&
           same_file(mine, there);
  }

  tl::unexpected<Error> lost_place(const char* how) const {
    return fail(
        Code::kFailed,
        fmt::format("{} {} while it was open: what is written to it would be lost", path_, how),
        fmt::format("while this process runs, save it: cp /proc/{}/fd/{} {}.saved", ::getpid(),
                    fd_.get(), path_));
  }

  // On an overlay (a container's file system) the first write makes a copy of the
  // file. Its number stays and reads of our descriptor see the copy, but a mapping
  // goes on showing the original. They differ in the slots, which every writer writes
  // first. Looked at only when the file has changed in size or time.
  bool mapping_is_current(const struct stat& now) const {
    const bool same = now.st_size == seen_.st_size && now.st_mtim.tv_sec == seen_.st_mtim.tv_sec &&
                      now.st_mtim.tv_nsec == seen_.st_mtim.tv_nsec;
    if (same || !data_) return true;
    constexpr std::size_t kLooked = 2048;  // both headers and both slots
    char bytes[kLooked];
    // A writer may be storing a slot between the two looks, but not every time.
    for (int tries = 0; tries < 8; ++tries) {
      const ssize_t n = ::pread(fd_.get(), bytes, sizeof bytes, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n != static_cast<ssize_t>(sizeof bytes)) return true;  // nothing is known
      if (std::memcmp(bytes, data_, sizeof bytes) != 0) continue;
      seen_ = now;
      return true;
    }
    return false;
  }

  Status too_large() const {
    return fail(Code::kFull, fmt::format("{} is larger than the {} GiB that can be mapped here",
                                         path_, capacity_ >> 30));
  }

  // 0 or an errno.
  int allocate(std::uint64_t offset, std::uint64_t size) {
    int result;
    do {
      result = ::fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    if (result == 0) return 0;
    return errno == EOPNOTSUPP ? write_zeros(offset, size) : errno;
  }

  // For file systems without fallocate: real zeros find a full disk as well.
  int write_zeros(std::uint64_t offset, std::uint64_t size) {
    const std::vector<char> zeros(std::min<std::uint64_t>(size, 128 << 10));
    while (size > 0) {
      const ssize_t n =
          ::pwrite(fd_.get(), zeros.data(), std::min<std::uint64_t>(size, zeros.size()),
                   static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return n < 0 ? errno : ENOSPC;
      offset += static_cast<std::uint64_t>(n);
      size -= static_cast<std::uint64_t>(n);
    }
    return 0;
  }

  Descriptor fd_;
  Descriptor directory_;  // kReadWrite: where the file was when it was opened
  const std::string path_;
  std::atomic<std::uint64_t> size_;
  mutable struct stat seen_;  // when the mapping was last known to be current
  bool is_unnamed_ = false;   // constant once it is open
};

Result<std::unique_ptr<SystemFile>> adopt(Descriptor fd, const std::string& path, Mode mode) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "look at", path);
  auto file = std::make_unique<SystemFile>(std::move(fd), path, info);
  if (info.st_size > 0) KV_TRY(file->map(mode));
  return file;
}

// Bytes of a mapping that cannot be read fail a system call without a word of why;
// read here first, they become zeros (bus_guard.h).
void touch(std::string_view content) {
  for (std::size_t at = 0; at < content.size(); at += 4096) {
    [[maybe_unused]] const char byte = *static_cast<const volatile char*>(content.data() + at);
  }
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  touch(content);
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

// The disk failed, or is full; or the path leads to nothing that can be opened.
tl::unexpected<Error> cannot_open(int error_number, std::string_view operation,
                                  const std::string& path) {
  Error error = fail_errno(error_number, operation, path).value();
  if (error_number == EMFILE || error_number == ENFILE) {
    error.code = Code::kLimit;
    error.hint = "allow more open files (ulimit -n), or end some programs";
  } else if (error.code == Code::kIo && error_number != EIO) {
    error.code = Code::kFormat;  // a loop of symbolic links, too long a name, a socket
  }
  return fail(std::move(error));
}

// That no hard link can be made here, rather than not this one.
bool has_no_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK ||
         error == EINVAL || error == EXDEV;
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

// Follows symbolic links, also one to a file that is not there yet.
std::string resolve(const std::string& path) {
  std::filesystem::path at(path);
  std::error_code error;
  for (int links = 0; links < 40; ++links) {
    const auto target = std::filesystem::read_symlink(at, error);
    if (error) return at.string();
    at = at.parent_path() / target;  // an absolute target replaces it all
  }
  return path;
}

// The writer's lock; 0 or an errno.
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

// Locked before anybody sees it: else two could come to write it.
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
      // O_NONBLOCK: a named pipe must be refused, not waited for.
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
      // Between open and lock the file may have been replaced: then we hold a
      // lock on something nobody can see any more.
      if (!writes || file->still_at(path)) return file;
    }
  }

  Result<std::unique_ptr<LogFile>> create(const std::string& name,
                                          std::string_view content) override {
    const std::string path = resolve(name);
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
    ProvisionalName given(path);
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

  std::string boot_id() override {
    std::string text(64, '\0');
    const Descriptor fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    const ssize_t n = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
    std::string bytes;
    int high = -1;
    for (ssize_t i = 0; i < n && bytes.size() < 16; ++i) {
      const char c = text[static_cast<std::size_t>(i)];
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) continue;
      if (high < 0) {
        high = digit;
      } else {
        bytes.push_back(static_cast<char>(high << 4 | digit));
        high = -1;
      }
    }
    bytes.resize(16);
    return bytes;
  }

 private:
  static tl::unexpected<Error> not_a_file(const std::string& path, std::string_view what) {
    return fail(Code::kFormat, fmt::format("{} is {}, not a database file", path, what));
  }

  // After the link. What cannot be finished is taken away again: it is locked, and
  // there is nothing in it yet.
  // The caller's descriptor holds the lock until the name is gone.
  static Result<std::unique_ptr<LogFile>> finish_new(Descriptor& fd, const std::string& path,
                                                     ProvisionalName* name) {
    name->given();
    KV_TRY(sync_directory_of(path, fd.get()));
    KV_ASSIGN(auto file, adopt(std::move(fd), path, Mode::kReadWrite));
    name->keep();
    return file;
  }

  // An empty file keeps its owner and mode, and is never seen half written. It is
  // locked meanwhile: of two that found it empty, the second must not replace
  // what the first has made of it.
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
    remove_unfinished(path);  // nobody else is at it: we hold the lock
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

  // For file systems without O_TMPFILE, and where the name cannot be linked.
  static Result<std::unique_ptr<LogFile>> create_named(const std::string& path,
                                                       std::string_view content) {
    const std::string temporary = unfinished_name(path);
    ProvisionalName given(path);
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

  // By a link, or a rename that replaces nothing. *no_way: this file system has
  // neither.
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

  // The name is taken by an empty file, which then is replaced as any empty one is. A
  // process that is killed in between leaves it empty: a new database, too.
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

Result<std::unique_ptr<LogFile>> open_unnamed(int descriptor, const std::string& path, Mode mode) {
  Descriptor fd(::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!fd) return fail_errno(errno, "open a copy of", path);
  KV_ASSIGN(auto file, adopt(std::move(fd), path, mode));
  file->set_unnamed();
  return file;
}

}  // namespace kvstore::file
