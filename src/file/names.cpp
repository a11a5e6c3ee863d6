#include "src/file/names.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "src/file/descriptor.h"

namespace kvstore::file {
namespace {

// Errors of a file system that does not support the call.
bool is_not_supported(int error) {
  return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM ||
         error == EMLINK;
}

Status exists(const std::string& path) {
  return fail(Code::kExists, path + " exists", "name another file");
}

Status replace_place_holder(const std::string& from, const std::string& to) {
  {
    const Descriptor empty(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!empty) return errno == EEXIST ? exists(to) : Status(fail_errno(errno, "create", to));
  }
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(to.c_str());
  return fail_errno(error, "create", to);
}

}  // namespace

std::string directory_of(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory.string();
}

Status sync_directory_of(const std::string& path, int descriptor) {
  const std::string directory = directory_of(path);
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && ::fsync(fd.get()) == 0) return {};
  // Some file systems cannot sync a directory (EINVAL), and a directory with search permission only
  // cannot be opened (EACCES).
  const bool other_way = fd ? is_not_supported(errno) : errno == EACCES;
  if (other_way && (descriptor < 0 || ::syncfs(descriptor) == 0)) return {};
  return fail_errno(errno, "sync directory", directory);
}

Status sync_directory_of(const std::string& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return sync_directory_of(path, fd.get());
}

std::string follow_links(const std::string& path) {
  std::filesystem::path at(path);
  std::error_code error;
  for (int links = 0; links < 40; ++links) {
    const auto target = std::filesystem::read_symlink(at, error);
    if (error) return at.string();
    at = at.parent_path() / target;  // an absolute target replaces the whole path
  }
  return path;
}

bool has_no_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK ||
         error == EINVAL || error == EXDEV;
}

Status rename_to_free_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) return exists(to);
  if (!is_not_supported(errno)) return fail_errno(errno, "create", to);
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return {};
  }
  if (errno == EEXIST) return exists(to);
  if (!is_not_supported(errno)) return fail_errno(errno, "create", to);
  return replace_place_holder(from, to);
}

void take_owner_and_mode(int descriptor, const struct stat& like) {
  mode_t mode = like.st_mode & 0777;
  struct stat mine {};
  const bool owner_kept = ::fchown(descriptor, like.st_uid, like.st_gid) == 0;
  const bool group_kept = owner_kept ||
                          ::fchown(descriptor, static_cast<uid_t>(-1), like.st_gid) == 0 ||
                          (::fstat(descriptor, &mine) == 0 && mine.st_gid == like.st_gid);
  if (!group_kept) mode &= ~static_cast<mode_t>(0070);
  ::fchmod(descriptor, mode);
}

void copy_owner_and_mode(const std::string& from, const std::string& to) {
  struct stat info {};
  if (::stat(from.c_str(), &info) != 0) return;
  const Descriptor fd(::open(to.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd) take_owner_and_mode(fd.get(), info);
}

}  // namespace kvstore::file
