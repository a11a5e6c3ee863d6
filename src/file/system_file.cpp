#include "src/file/system_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "src/base/zeros.h"
#include "src/file/bus_guard.h"
#include "src/file/copy_range.h"
#include "src/file/large_pages.h"
#include "src/file/names.h"
#include "src/file/read_ahead.h"
#include "src/file/size_limit.h"

namespace kvstore::file {
namespace {

// One mapping for the lifetime of the file, far larger than the file: space to grow costs only
// addresses. Sanitizers keep shadow memory for it, so they get less.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kMaxMapping = std::uint64_t{64} << 30;
#else
constexpr std::uint64_t kMaxMapping = std::uint64_t{16} << 40;
#endif
constexpr std::uint64_t kMinMapping = std::uint64_t{1} << 30;

class SystemFile final : public LogFile {
 public:
  SystemFile(Descriptor fd, std::string path, const struct stat& info, Mode mode)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        writer_(mode == Mode::kReadWrite ? ::getpid() : 0),
        size_(static_cast<std::uint64_t>(info.st_size)),
        seen_(info) {}

  // Release the lock even if another process has the descriptor: a forked child, which in turn must
  // not unlock it.
  ~SystemFile() override {
    if (writer_ == ::getpid()) ::flock(fd_.get(), LOCK_UN);
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
    see_whether_it_fits();
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
    see_whether_it_fits();
    return {};
  }

  Status truncate(std::uint64_t new_size) override {
    const NoSizeSignal no_signal;
    const std::uint64_t old_size = size();
    // Before it is so: a concurrent check_place() must not find the file shorter than it should be.
    if (new_size < old_size) size_.store(new_size, std::memory_order_release);
    if (::ftruncate(fd_.get(), static_cast<off_t>(new_size)) != 0) {
      const int error = errno;
      size_.store(old_size, std::memory_order_release);
      return fail_errno(error, "truncate", path_);
    }
    size_.store(new_size, std::memory_order_release);
    return {};
  }

  std::uint64_t free_space() const override {
    struct statvfs disk;
    if (::fstatvfs(fd_.get(), &disk) != 0) return UINT64_MAX;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
  }

  Status sync() override {
    // An interrupted call tells nothing about the disk yet.
    while (::fdatasync(fd_.get()) != 0) {
      if (errno != EINTR) return fail_errno(errno, "sync", path_);
    }
    return check_place();
  }

  Status make_dirty(std::uint64_t begin, std::uint64_t end) override {
    constexpr std::uint64_t kPage = 4096;
    for (std::uint64_t at = begin / kPage * kPage; at < end; at += kPage) {
      volatile std::uint8_t* byte = data_ + at;
      *byte = *byte;  // the byte is stored unchanged
      if (!has_private_copies()) [[likely]]
        continue;
      if (Status dirty = file::write_back(data_, kPage, UINT64_MAX, Unchanged::kWrite); !dirty) {
        KV_TRY(write_back_copies(kPage, UINT64_MAX));
        return dirty;
      }
    }
    return {};
  }

  void before_large_sync(std::uint64_t begin, std::uint64_t end) override {
    constexpr std::uint64_t kPage = 4096;
    begin = begin / kPage * kPage;
    end = end / kPage * kPage;
    // On a shared file mapping this drops page-table entries, never bytes.
    if (begin < end) ::madvise(data_ + begin, end - begin, MADV_DONTNEED);
  }

  void populate(std::uint64_t begin, std::uint64_t end, Pages pages) override {
    constexpr std::uint64_t kPage = 4096;
    begin = (begin + kPage - 1) / kPage * kPage;
    end = end / kPage * kPage;
    if (pages == Pages::kLarge) {
      if (!large_pages_) large_pages_.emplace(fd_.get());
      large_pages_->make(begin, end);
    }
    // Kernels before 5.14 do not support this; then nothing happens.
    if (begin < end) ::madvise(data_ + begin, end - begin, MADV_POPULATE_WRITE);
  }

  // To zero a part of a huge page the kernel must split it. The space stays allocated.
  void split_pages(std::uint64_t begin, std::uint64_t end) override {
    constexpr std::uint64_t kPage = 4096;
    begin = (begin + kPage - 1) / kPage * kPage;
    end = std::min(end, size());
    if (begin >= end) return;
    [[maybe_unused]] int ignored =
        ::fallocate(fd_.get(), FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
                    static_cast<off_t>(begin), static_cast<off_t>(end - begin));
  }

  bool punch(std::uint64_t begin, std::uint64_t end) override {
    constexpr std::uint64_t kPage = 4096;
    begin = (begin + kPage - 1) / kPage * kPage;
    end = end / kPage * kPage;
    if (begin >= end) return true;
    const int done = ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 static_cast<off_t>(begin), static_cast<off_t>(end - begin));
    // If the file system has no holes, the space stays allocated.
    return done == 0 || (errno != EIO && errno != ENOSPC && errno != ENOMEM && errno != EINTR);
  }

  std::uint64_t hole_bytes(std::uint64_t begin, std::uint64_t end) const override {
    std::uint64_t holes = 0;
    while (begin < end) {
      const off_t hole = ::lseek(fd_.get(), static_cast<off_t>(begin), SEEK_HOLE);
      if (hole < 0 || static_cast<std::uint64_t>(hole) >= end) break;
      const off_t data = ::lseek(fd_.get(), hole, SEEK_DATA);
      const std::uint64_t next = data < 0 ? end : std::min(end, static_cast<std::uint64_t>(data));
      holes += next - static_cast<std::uint64_t>(hole);
      begin = next;
    }
    return holes;
  }

  Status copy_from(const LogFile& from, std::uint64_t begin, std::uint64_t end) override {
    if (end > capacity_) return too_large();
    RangeCopier* const copier = copier_from(from);
    const NoSizeSignal no_signal;
    if (!copier) return LogFile::copy_from(from, begin, end);
    KV_TRY(copier->copy(begin, end));
    if (end <= size()) return {};
    return truncate(end);  // also if the copied range ends in a hole
  }

  bool can_share_blocks(const LogFile& from) override {
    RangeCopier* const copier = copier_from(from);
    return copier && copier->can_clone();
  }

  bool is_larger_than_memory() const override {
    return is_larger_than_memory_.load(std::memory_order_relaxed);
  }

  void will_read(std::uint64_t begin, std::uint64_t end) const override {
    constexpr std::uint64_t kPage = 4096;
    if (!is_larger_than_memory()) return;
    begin = begin / kPage * kPage;
    end = std::min(end, size());
    if (begin < end) ::madvise(data_ + begin, end - begin, MADV_WILLNEED);
  }

  // Mapped pages stay in the cache, so unmap them first.
  void forget_cached() override {
    ::madvise(data_, size(), MADV_DONTNEED);
    ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
  }

  std::uint64_t disk_bytes() const override {
    constexpr std::uint64_t kUnit = 512;  // unit of st_blocks, whatever the file system's block
                                          // size
    struct stat now {};
    if (::fstat(fd_.get(), &now) != 0) return size();
    return static_cast<std::uint64_t>(now.st_blocks) * kUnit;
  }

  // Allocated space that was never written is skipped without being read, but for pages of it that
  // are in the page cache. So nothing may be read ahead: each page read would bring the next ones.
  bool is_zero(std::uint64_t begin, std::uint64_t end) const override {
    ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_RANDOM);
    const bool result = reads_as_zeros(begin, end);
    ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_NORMAL);
    return result;
  }

  std::uint64_t data_end(std::uint64_t from) const override {
    std::uint64_t end = from;
    for (std::uint64_t at = from; at < size();) {
      const off_t data = ::lseek(fd_.get(), static_cast<off_t>(at), SEEK_DATA);
      if (data < 0) return errno == ENXIO ? end : size();
      const off_t hole = ::lseek(fd_.get(), data, SEEK_HOLE);
      if (hole < 0) return size();
      at = end = static_cast<std::uint64_t>(hole);
    }
    return std::min(end, size());
  }

  Status refresh() override {
    struct stat now {};
    if (::fstat(fd_.get(), &now) != 0) return fail_errno(errno, "look at", path_);
    const auto new_size = static_cast<std::uint64_t>(now.st_size);
    // A writer that closed has truncated the file, and a read went beyond its end; now it has
    // grown.
    if (data_) KV_TRY(map_grown_end(data_, new_size));
    size_.store(new_size, std::memory_order_release);
    see_whether_it_fits();
    return new_size > capacity_ ? too_large() : Status{};
  }

  void set_unnamed() { is_unnamed_ = true; }

  Status write_back_copies(std::uint64_t begin, std::uint64_t end) override {
    Status written = file::write_back(data_, begin, end);
    // What was mapped again needs the advice, too.
    if (is_larger_than_memory()) ::madvise(data_, capacity_, MADV_RANDOM);
    return written;
  }

  void expect_name(const std::string& path) override {
    path_ = path;
    has_arrived_ = false;
  }
  void arrive() override { has_arrived_.store(true, std::memory_order_release); }
  void leave() override { has_arrived_.store(false, std::memory_order_release); }

  bool still_at(const std::string& path) const override {
    if (is_unnamed_) return true;
    struct stat there {};
    return ::stat(path.c_str(), &there) == 0 && same_file(seen_, there) &&
           mapping_is_current(there);
  }

  Status check_place() const override {
    if (is_unnamed_ || !has_arrived_.load(std::memory_order_acquire)) return {};
    Status there = look_at_place();
    // It may have left during the check.
    if (!there && !has_arrived_.load(std::memory_order_acquire)) return {};
    return there;
  }

 private:
  bool reads_as_zeros(std::uint64_t begin, std::uint64_t end) const {
    std::vector<char> bytes;
    int interrupted = 0;
    while (begin < end) {
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
      if (!all_zero(bytes.data(), static_cast<std::size_t>(n))) return false;
      begin += static_cast<std::uint64_t>(n);
    }
    return true;
  }

  // Set once, because the file does not shrink much.
  void see_whether_it_fits() {
    if (!data_ || is_larger_than_memory() || fits_into_memory()) return;
    is_larger_than_memory_.store(::madvise(data_, capacity_, MADV_RANDOM) == 0,
                                 std::memory_order_relaxed);
  }

  // Leaves memory for other purposes.
  bool fits_into_memory() const { return size() / 3 <= memory_limit() / 4; }

  Status look_at_place() const {
    const std::uint64_t least = size();
    struct stat mine {
    }, there{};
    if (::fstat(fd_.get(), &mine) != 0) return {};  // unknown
    const bool found = ::stat(path_.c_str(), &there) == 0;
    const bool absent = !found && (errno == ENOENT || errno == ENOTDIR);
    if (found && !same_file(mine, there)) return lost_place("was replaced by another file");
    if (mine.st_nlink == 0) return lost_place("was removed");
    // A directory above it may have been renamed: then its name in its own directory still leads to
    // it.
    if (absent && !is_in_directory(mine)) return lost_place("was moved away");
    if (static_cast<std::uint64_t>(mine.st_size) < std::min(least, size())) {
      return fail(Code::kFailed, path_ + " was cut short by another program while it was open",
                  "kvstore verify " + path_);
    }
    return {};
  }

  // The copier for another file; null if that is not one of the system's.
  RangeCopier* copier_from(const LogFile& from) {
    const auto* const other = dynamic_cast<const SystemFile*>(&from);
    if (!other) return nullptr;
    if (!copier_ || copier_->from() != other->fd_.get()) {
      copier_ = std::make_unique<RangeCopier>(other->fd_.get(), other->path_, fd_.get(), path_);
    }
    return copier_.get();
  }

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

  // On an overlay (a container's file system) the first write makes a copy of the file. Its number
  // is unchanged and reads of our descriptor see the copy, but a mapping continues to show the
  // original. They differ in the slots, which every writer writes first. Checked only when the file
  // has changed in size or time.
  bool mapping_is_current(const struct stat& now) const {
    const bool same = now.st_size == seen_.st_size && now.st_mtim.tv_sec == seen_.st_mtim.tv_sec &&
                      now.st_mtim.tv_nsec == seen_.st_mtim.tv_nsec;
    if (same || !data_) return true;
    constexpr std::size_t kLooked = 2048;  // both headers and both slots
    char bytes[kLooked];
    // A writer may be storing a slot between the two reads, but not every time.
    for (int tries = 0; tries < 8; ++tries) {
      const ssize_t n = ::pread(fd_.get(), bytes, sizeof bytes, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n != static_cast<ssize_t>(sizeof bytes)) return true;  // unknown
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

  // Returns 0 or an errno.
  int allocate(std::uint64_t offset, std::uint64_t size) {
    const NoSizeSignal no_signal;
    int result;
    do {
      result = ::fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    if (result == 0) return 0;
    return errno == EOPNOTSUPP ? write_zeros(offset, size) : errno;
  }

  // For file systems without fallocate: written zeros detect a full disk as well.
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
  Descriptor directory_;  // kReadWrite: the directory in which the file was opened
  std::string path_;
  const pid_t writer_;                   // the process that holds the lock; 0: opened for reading
  std::atomic<bool> has_arrived_{true};  // whether it is at its path
  std::atomic<std::uint64_t> size_;
  mutable struct stat seen_;  // state at which the mapping was last known to be current
  bool is_unnamed_ = false;   // constant once it is open
  std::unique_ptr<RangeCopier> copier_;
  std::optional<LargePages> large_pages_;
  std::atomic<bool> is_larger_than_memory_{false};
};

Result<std::unique_ptr<SystemFile>> map_file(Descriptor fd, const std::string& path, Mode mode) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "look at", path);
  auto file = std::make_unique<SystemFile>(std::move(fd), path, info, mode);
  if (info.st_size > 0) KV_TRY(file->map(mode));
  return file;
}

}  // namespace

Result<std::unique_ptr<LogFile>> adopt(Descriptor fd, const std::string& path, Mode mode) {
  return map_file(std::move(fd), path, mode);
}

Result<std::unique_ptr<LogFile>> open_unnamed(int descriptor, const std::string& path, Mode mode) {
  Descriptor fd(::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!fd) return fail_errno(errno, "open a copy of", path);
  KV_ASSIGN(auto file, map_file(std::move(fd), path, mode));
  file->set_unnamed();
  return file;
}

}  // namespace kvstore::file
