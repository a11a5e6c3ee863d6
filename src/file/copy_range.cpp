#include "src/file/copy_range.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kvstore::file {
namespace {

constexpr std::uint64_t kCloneUnit = 4096;  // block size of most file systems; others refuse
constexpr std::size_t kBuffer = std::size_t{256} << 10;  // larger writes are slower

// Errors that mean that this method is not supported, not that the copy failed.
bool is_not_possible(int error) {
  return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
         error == EBADF || error == ETXTBSY || error == EPERM || error == ENOTTY;
}

}  // namespace

bool RangeCopier::can_clone() { return way_ == Way::kClone && clone(0, kCloneUnit); }

// False: try another method.
bool RangeCopier::clone(std::uint64_t begin, std::uint64_t end) {
  file_clone_range range{};
  range.src_fd = from_;
  range.src_offset = range.dest_offset = begin;
  range.src_length = end - begin;
  if (::ioctl(to_, FICLONERANGE, &range) == 0) return true;
  // A copy will succeed, or report the error.
  way_ = Way::kInKernel;
  return false;
}

Status RangeCopier::copy(std::uint64_t begin, std::uint64_t end) {
  while (begin < end) {
    const off_t data = ::lseek(from_, static_cast<off_t>(begin), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return {};  // only a hole is left
    // If the file system has no support for holes, everything is data.
    const std::uint64_t first = data < 0 ? begin : static_cast<std::uint64_t>(data);
    if (first >= end) return {};
    const off_t hole = data < 0 ? -1 : ::lseek(from_, data, SEEK_HOLE);
    const std::uint64_t last = hole < 0 ? end : std::min(end, static_cast<std::uint64_t>(hole));
    KV_TRY(copy_data(first, last));
    begin = std::max(last, first + 1);
  }
  return {};
}

Status RangeCopier::copy_data(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t aligned = end / kCloneUnit * kCloneUnit;
  if (way_ == Way::kClone && begin % kCloneUnit == 0 && begin < aligned && clone(begin, aligned)) {
    begin = aligned;
  }
  while (begin < end) {
    KV_ASSIGN(const std::uint64_t done, copy_some(begin, end));
    begin += done;
  }
  return {};
}

// Copies at least one byte.
Result<std::uint64_t> RangeCopier::copy_some(std::uint64_t begin, std::uint64_t end) {
  if (way_ == Way::kThroughMemory) return through_memory(begin, end);
  loff_t source = static_cast<loff_t>(begin), target = source;
  const ssize_t n = ::copy_file_range(from_, &source, to_, &target, end - begin, 0);
  if (n > 0) return static_cast<std::uint64_t>(n);
  if (n < 0 && errno == EINTR) return copy_some(begin, end);
  if (n < 0 && !is_not_possible(errno))
    return fail_errno(errno, "copy " + from_path_ + " to", to_path_);
  // Some file systems return 0 if they do not support this.
  way_ = Way::kThroughMemory;
  return through_memory(begin, end);
}

Result<std::uint64_t> RangeCopier::through_memory(std::uint64_t begin, std::uint64_t end) {
  buffer_.resize(kBuffer);
  const std::uint64_t wanted = std::min<std::uint64_t>(end - begin, buffer_.size());
  ssize_t n = 0;
  do {
    n = ::pread(from_, buffer_.data(), wanted, static_cast<off_t>(begin));
  } while (n < 0 && errno == EINTR);
  if (n < 0) return fail_errno(errno, "read", from_path_);
  if (n == 0) return fail(Code::kIo, from_path_ + " was cut short while it was copied");
  const auto size = static_cast<std::uint64_t>(n);
  KV_TRY(write_all(buffer_.data(), size, begin));
  return size;
}

Status RangeCopier::write_all(const char* bytes, std::uint64_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t n = ::pwrite(to_, bytes, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail_errno(n < 0 ? errno : ENOSPC, "write", to_path_);
    bytes += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace kvstore::file
