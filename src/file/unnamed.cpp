#include "src/file/unnamed.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "src/file/size_limit.h"

namespace kvstore::file {
namespace {

// Uses a name for a moment, where the file system requires one.
Descriptor make_and_unlink(const std::string& directory) {
  std::string name = directory + "/kvstore-XXXXXX";
  Descriptor descriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (descriptor) ::unlink(name.c_str());
  return descriptor;
}

Descriptor make_in(const std::string& directory) {
  Descriptor descriptor(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  return descriptor ? std::move(descriptor) : make_and_unlink(directory);
}

}  // namespace

Result<std::unique_ptr<UnnamedFile>> UnnamedFile::make() {
  std::error_code unknown;
  std::string directory = std::filesystem::temp_directory_path(unknown).string();
  if (unknown) directory = "/tmp";
  Descriptor descriptor = make_in(directory);
  if (!descriptor) return fail_errno(errno, "create a temporary file in", directory);
  return std::unique_ptr<UnnamedFile>(new UnnamedFile(std::move(descriptor)));
}

Result<std::unique_ptr<LogFile>> UnnamedFile::open(const std::string& path, Mode mode) {
  return open_unnamed(descriptor_.get(), path, mode);
}

Result<std::unique_ptr<LogFile>> UnnamedFile::create(const std::string& path,
                                                     std::string_view content) {
  const NoSizeSignal no_signal;
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor_.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail_errno(written < 0 ? errno : ENOSPC, "write a copy of", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return open(path, Mode::kReadWrite);
}

Status UnnamedFile::save(const std::string& path, std::string_view, const std::string&) {
  return fail(Code::kPermission, path + ": nothing is kept beside a temporary file");
}

}  // namespace kvstore::file
