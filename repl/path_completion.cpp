#include "repl/path_completion.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace kvstore::repl {
namespace {

namespace fs = std::filesystem;

fs::path directory_of(std::string_view typed) {
  if (typed.empty()) return ".";
  const char* home = std::getenv("HOME");
  if (home != nullptr && typed.starts_with("~/"))
    return std::string(home) + std::string(typed.substr(1));
  return typed;
}

}  // namespace

std::vector<std::string> complete_path(std::string_view beginning, std::size_t limit) {
  const std::size_t slash = beginning.rfind('/');
  const std::size_t name_at = slash == beginning.npos ? 0 : slash + 1;
  const std::string_view typed = beginning.substr(0, name_at);
  const std::string_view name = beginning.substr(name_at);
  std::vector<std::string> found;
  std::error_code failed;
  for (fs::directory_iterator at(directory_of(typed), failed), end; !failed && at != end;
       at.increment(failed)) {
    std::string entry = at->path().filename().string();
    if (!entry.starts_with(name) || (entry.starts_with('.') && name.empty())) continue;
    std::error_code ignored;
    if (at->is_directory(ignored)) entry += '/';
    found.push_back(std::string(typed) + entry);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace kvstore::repl
