#include "src/maint/repair.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "src/maint/rebuild.h"

namespace kvstore::maint {
namespace {

std::string resolve(const std::string& path) {
  std::error_code error;
  const auto resolved = std::filesystem::canonical(path, error);
  return error ? path : resolved.string();
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

// A second name for the original, one that is free.
Result<std::string> keep_original(const std::string& path) {
  const std::string base =
      fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path, fmt::gmtime(std::time(nullptr)));
  for (int attempt = 1; attempt < 1000; ++attempt) {
    const std::string name = attempt == 1 ? base : fmt::format("{}-{}", base, attempt);
    if (::link(path.c_str(), name.c_str()) == 0) return name;
    if (errno == EEXIST) continue;
    const bool no_links = errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK;
    if (!no_links) return fail_errno(errno, "keep the original as", name);
    KV_TRY(rename_to_free_name(path, name));
    return name;
  }
  return fail(Code::kExists, base + " and its like exist", "move them away");
}

// The original gets its second name, durably, before it loses its first, so at
// every moment a file has the name, and it is either the old or the new one.
Result<std::string> swap(const std::string& path, NewFile* made) {
  copy_owner_and_mode(path, made->temporary_path());
  KV_ASSIGN(const std::string kept_as, keep_original(path));
  KV_TRY(sync_folder_of(path));
  if (::rename(made->temporary_path().c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::rename(kept_as.c_str(), path.c_str());  // both names of one file: does nothing
    ::unlink(kept_as.c_str());
    return fail_errno(error, "rename the repaired copy to", path);
  }
  made->release();
  KV_TRY(sync_folder_of(path));
  return kept_as;
}

}  // namespace

Result<Repaired> repair(file::FileSystem& files, const Source& source, const Report& report,
                        const Progress& progress) {
  const std::string path = resolve(source.path);
  KV_ASSIGN(auto made, NewFile::create(files, path, source.page.header.db_id,
                                       source.page.header.floor_seq));
  KV_TRY(rebuild(source, Way::kJudged, report, made.get(), progress));
  KV_TRY(made->close());
  Repaired done{path, {}, made->records(), size_of(made->temporary_path())};
  KV_ASSIGN(done.kept_as, swap(path, made.get()));
  return done;
}

Result<Repaired> salvage(file::FileSystem& files, const Source& source, const Report& report,
                         const std::string& out, const Progress& progress) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(out, ignored))) {
    return fail(Code::kExists, out + " exists", "name a file that does not");
  }
  KV_ASSIGN(auto made, NewFile::create(files, out, source.page.header.db_id,
                                       source.page.header.floor_seq));
  KV_TRY(rebuild(source, Way::kCarved, report, made.get(), progress));
  KV_TRY(made->close());
  Repaired done{out, {}, made->records(), size_of(made->temporary_path())};
  copy_owner_and_mode(source.path, made->temporary_path());
  KV_TRY(made->publish());
  return done;
}

}  // namespace kvstore::maint
