#include "src/maint/repair.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "src/file/names.h"
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
    const bool no_links = errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK ||
                          errno == ENOSYS || errno == EINVAL;
    if (!no_links) return fail_errno(errno, "keep the original as", name);
    KV_TRY(file::rename_to_free_name(path, name));
    return name;
  }
  return fail(Code::kExists, "all names from " + base + " on are taken", "move some of those files away");
}

// Takes the second name away again. Where there are no links it is the
// original's only one, which it must not lose.
void give_name_back(const std::string& path, const std::string& kept_as) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown) ::rename(kept_as.c_str(), path.c_str());
  if (std::filesystem::equivalent(kept_as, path, unknown)) ::unlink(kept_as.c_str());
}

Error not_swapped(Error error, const std::string& path, const std::string& kept_as) {
  give_name_back(path, kept_as);
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown)) return error;
  error.message += "; the original is now " + kept_as;
  error.hint = fmt::format("mv {} {}", kept_as, path);
  return error;
}

// The original gets its second name, durably, before it loses its first, so at
// every moment a file has the name, and it is either the old or the new one.
Result<std::string> swap(const std::string& path, NewFile* made) {
  copy_owner_and_mode(path, made->temporary_path());
  KV_ASSIGN(const std::string kept_as, keep_original(path));
  if (Status kept = sync_directory_of(path); !kept) {
    return fail(not_swapped(std::move(kept.error()), path, kept_as));
  }
  if (::rename(made->temporary_path().c_str(), path.c_str()) != 0) {
    Error error = fail_errno(errno, "rename the repaired copy to", path).value();
    return fail(not_swapped(std::move(error), path, kept_as));
  }
  made->release();
  if (Status swapped = sync_directory_of(path); !swapped) {
    swapped.error().message += fmt::format(
        "; {} is repaired and the original is kept as {}, but a power loss may undo that", path,
        kept_as);
    return fail(std::move(swapped.error()));
  }
  return kept_as;
}

}  // namespace

Result<Repaired> repair(file::FileSystem& files, const Source& source, const Report& report,
                        const Progress& progress) {
  const std::string path = resolve(source.path);
  KV_ASSIGN(auto made,
            NewFile::create(files, path, source.page.header.db_id, source.page.header.floor_seq));
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
  KV_ASSIGN(auto made,
            NewFile::create(files, out, source.page.header.db_id, source.page.header.floor_seq));
  KV_TRY(rebuild(source, Way::kCarved, report, made.get(), progress));
  KV_TRY(made->close());
  Repaired done{out, {}, made->records(), size_of(made->temporary_path())};
  copy_owner_and_mode(source.path, made->temporary_path());
  KV_TRY(made->publish());
  return done;
}

}  // namespace kvstore::maint
