#include "src/file/read_ahead.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace kvstore::file {
namespace {

constexpr const char* kGroups = "/sys/fs/cgroup";

// The number in a file; UINT64_MAX for "max", or if there is no such file.
std::uint64_t number_in(const std::string& path) {
  std::ifstream in(path);
  std::uint64_t number;
  return in >> number ? number : UINT64_MAX;
}

// The least limit of a group and its ancestors. In a container the names may be those outside of
// it: then only the uppermost exists.
std::uint64_t least_of(const std::string& root, std::string group, const char* limit) {
  std::uint64_t least = UINT64_MAX;
  for (;;) {
    least = std::min(least, number_in(root + group + "/" + limit));
    if (group.empty()) return least;
    group.resize(std::min(group.rfind('/'), group.size()));
  }
}

std::uint64_t limit_of_groups() {
  std::uint64_t least = UINT64_MAX;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    if (controllers.empty()) {
      least = std::min(least, least_of(kGroups, group, "memory.max"));
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      const std::string root = std::string(kGroups) + "/" + controllers;
      least = std::min(least, least_of(root, group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

std::uint64_t memory_of_machine() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

}  // namespace

std::uint64_t memory_limit() {
  static const std::uint64_t limit = std::min(memory_of_machine(), limit_of_groups());
  return limit;
}

void ReadAhead::ask(const LogFile* file) {
  const std::uint64_t begin = std::max(asked_, next_);
  asked_ = next_ + 2 * kAhead;
  if (file) file->will_read(begin, asked_);
}

}  // namespace kvstore::file
