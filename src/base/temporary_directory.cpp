#include "src/base/temporary_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace kvstore {

Result<TemporaryDirectory> TemporaryDirectory::make(std::string_view name) {
  std::error_code unknown;
  const auto base = std::filesystem::temp_directory_path(unknown);
  std::string path = unknown ? "/tmp" : base.string();
  path.append("/kvstore-").append(name).append("-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) return fail_errno(errno, "create", path);
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace kvstore
