#include "src/cli/near_file.h"

#include <dirent.h>

#include <filesystem>
#include <memory>

#include <fmt/core.h>

#include "repl/quote.h"
#include "src/base/edit_distance.h"

namespace kvstore::cli {
namespace {

constexpr int kMaxEntries = 10'000;  // of a directory, compared
constexpr std::size_t kMaxName = 255;

// The path up to its last name.
std::string directory_part(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash + 1);
}

std::string nearest(const std::string& directory, const std::string& name) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(
      ::opendir(directory.empty() ? "." : directory.c_str()), ::closedir);
  std::string best;
  std::size_t best_distance = name.size() < 5 ? 2 : 3;  // one more than the allowed distance
  for (int seen = 0; entries && seen < kMaxEntries; ++seen) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string candidate = entry->d_name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(directory + candidate, ignored)) continue;
    // A missing suffix counts as near as one wrong letter.
    const bool bare = candidate.size() > name.size() + 1 && candidate.starts_with(name + '.');
    const std::size_t distance = bare ? 1 : edit_distance(name, candidate);
    if (distance < best_distance || (distance == best_distance && candidate < best)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace

std::string near_file(const std::string& path) {
  const std::string directory = directory_part(path);
  const std::string name = path.substr(directory.size());
  if (name.size() < 2 || name.size() > kMaxName) return "";
  const std::string found = nearest(directory, name);
  if (found.empty()) return "";
  std::string shown;
  repl::append_word(directory + found, &shown);
  return shown;
}

std::string describe_absent(const std::string& path) {
  std::string shown;
  repl::append_word(path, &shown);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return fmt::format("kvstore: note: {} is empty: a new database", shown);
  }
  const std::string near = near_file(path);
  if (near.empty()) return fmt::format("kvstore: note: {} does not exist", shown);
  return fmt::format("kvstore: note: {} does not exist; did you mean {}?", shown, near);
}

}  // namespace kvstore::cli
