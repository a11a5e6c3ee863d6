#include "src/cli/backup_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/civil_time.h"
#include "src/file/unfinished.h"

namespace kvstore::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".kvs";
constexpr std::string_view kPattern = "00000000T000000Z";  // 0: a digit
constexpr std::string_view kUnfinished = ".unfinished-";   // file/unfinished.h
constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kClockIsRight = 3600 * kSecond;  // to so much

bool matches_pattern(std::string_view text) {
  return std::equal(
      text.begin(), text.end(), kPattern.begin(), kPattern.end(),
      [](char c, char wanted) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; });
}

// Parses "20261126T161500Z".
std::optional<std::uint64_t> parse_name_of_time(std::string_view text) {
  if (!matches_pattern(text)) return std::nullopt;
  const auto part = [text](std::size_t at) { return text.substr(at, 2); };
  return parse_iso_time(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), part(4), part(6),
                                    part(9), part(11), part(13)));
}

// Waits until another process releases it. A file system without such locks has no lock.
Status wait_for_lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX) != 0) {
    if (errno != EINTR) return {};
    if (is_cancelled()) return cancelled();
  }
  return {};
}

}  // namespace

Result<BackupDirectory> BackupDirectory::open(const std::string& directory,
                                              const std::string& path) {
  KV_ASSIGN(const BackupInfo database, backup_info(path));
  file::Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock && errno == ENOTDIR) {
    return fail(Code::kNotFound, directory + " is not a directory, and --to names one",
                fmt::format("without --to, for a backup of a name: kvstore backup {} OUT", path));
  }
  if (!lock && errno == ENOENT) {
    return fail(Code::kNotFound, directory + " is not a directory", "mkdir " + directory);
  }
  if (!lock) return fail_errno(errno, "open", directory);
  KV_TRY(wait_for_lock(lock.get()));
  BackupDirectory opened(directory, fs::path(path).stem().string(), database, std::move(lock));
  opened.remove_unfinished();
  return opened;
}

void BackupDirectory::remove_unfinished() const {
  std::vector<std::string> left;
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    const std::string of = name.substr(0, name.find(kUnfinished));
    if (of != name && time_of(of)) left.push_back(directory_ + '/' + of);
  }
  for (const std::string& path : left) file::remove_unfinished(path);
}

std::optional<std::uint64_t> BackupDirectory::time_of(const std::string& name) const {
  const std::size_t size = stem_.size() + 1 + kPattern.size() + kEnding.size();
  if (name.size() != size || !name.starts_with(stem_ + "-") || !name.ends_with(kEnding)) return {};
  return parse_name_of_time(std::string_view(name).substr(stem_.size() + 1, kPattern.size()));
}

bool BackupDirectory::is_of_database(const std::string& path) const {
  const auto info = backup_info(path);
  return info && !info->is_increment && info->db_id == database_.db_id;
}

BackupDirectory::Found BackupDirectory::backups(std::uint64_t now_us) const {
  std::vector<Kept> found;
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end;
       at.increment(error)) {
    const auto time = time_of(at->path().filename().string());
    const std::string path = at->path().string();
    std::error_code ignored;
    const bool is_file = at->is_regular_file(ignored) && !at->is_symlink(ignored);
    if (time && is_file && is_of_database(path)) found.push_back({path, *time});
  }
  std::sort(found.begin(), found.end(),
            [](const Kept& a, const Kept& b) { return a.time_us < b.time_us; });
  const auto future = std::find_if(found.begin(), found.end(), [now_us](const Kept& kept) {
    return kept.time_us > now_us + kClockIsRight;
  });
  return {{found.begin(), future}, {future, found.end()}};
}

std::string BackupDirectory::next_name(std::uint64_t now_us) const {
  const auto there = backups(now_us).kept;
  if (!there.empty()) now_us = std::max(now_us, there.back().time_us + kSecond);
  return fmt::format("{}/{}-{}{}", directory_, stem_, name_of_time(now_us), kEnding);
}

std::size_t BackupDirectory::keep_newest(std::size_t count, std::uint64_t now_us) const {
  const auto there = backups(now_us).kept;
  const std::size_t too_many = there.size() - std::min(there.size(), count);
  std::size_t removed = 0;
  for (std::size_t i = 0; i < too_many; ++i) removed += ::unlink(there[i].path.c_str()) == 0;
  return removed;
}

}  // namespace kvstore::cli
