#include "src/transfer/sink.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/file/names.h"
#include "src/file/unfinished.h"

namespace kvstore::transfer {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;  // larger writes are slower

Status write_all(int descriptor, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    // A signal may also cut a write short.
    if (is_cancelled()) return cancelled();
    const ssize_t written = ::write(descriptor, bytes.data(), std::min(bytes.size(), kMostAtOnce));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return fail(Code::kNetwork, fmt::format("whoever reads {} has gone away", name));
    } else if (errno != EINTR) {
      return fail_errno(errno, "write", name);
    }
  }
  return {};
}

}  // namespace

Status DescriptorSink::write(std::string_view bytes) {
  Status written = write_all(descriptor_, bytes, name_);
  has_no_reader_ = !written && written.error().code == Code::kNetwork;
  return written;
}

Result<NewFile> NewFile::make(const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    return fail(Code::kExists, path + " exists", "name another file");
  }
  file::remove_unfinished(path);
  std::string temporary = file::unfinished_name(path);
  file::Descriptor made(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!made) return fail_errno(errno, "create", path);
  (void)::flock(made.get(), LOCK_EX | LOCK_NB);  // marks the file as being in use
  return NewFile(std::move(made), path, std::move(temporary));
}

NewFile::NewFile(file::Descriptor made, std::string path, std::string temporary)
    : file_(std::move(made)), path_(std::move(path)), temporary_(std::move(temporary)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status NewFile::write(std::string_view bytes) { return write_all(file_.get(), bytes, path_); }

Status NewFile::finish() {
  if (::fsync(file_.get()) != 0) return fail_errno(errno, "sync", path_);
  KV_TRY(file::rename_to_free_name(temporary_, path_));
  temporary_.clear();
  return file::sync_directory_of(path_, file_.get());
}

}  // namespace kvstore::transfer
