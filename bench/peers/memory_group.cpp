#include "bench/peers/memory_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench/peers/data.h"

namespace peers {
namespace {

namespace fs = std::filesystem;

bool write_to(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  return static_cast<bool>(out.flush());
}

}  // namespace

MemoryGroup::MemoryGroup(std::uint64_t limit) {
  const std::string root = "/sys/fs/cgroup", first_version = root + "/memory";
  is_first_version_ = fs::exists(first_version + "/memory.limit_in_bytes");
  directory_ =
      (is_first_version_ ? first_version : root) + "/kvstore-bench-" + std::to_string(getpid());
  if (!is_first_version_) write_to(root + "/cgroup.subtree_control", "+memory");
  const char* const file = is_first_version_ ? "/memory.limit_in_bytes" : "/memory.max";
  if (mkdir(directory_.c_str(), 0755) != 0 || !write_to(directory_ + file, std::to_string(limit))) {
    rmdir(directory_.c_str());
    fail("cannot bound memory by " + directory_ + file +
         ": it takes root, and a memory controller");
  }
}

MemoryGroup::~MemoryGroup() { rmdir(directory_.c_str()); }

void MemoryGroup::join() const {
  must(write_to(directory_ + "/cgroup.procs", std::to_string(getpid())), "cannot join the group");
}

std::uint64_t MemoryGroup::peak() const {
  std::ifstream in(directory_ +
                   (is_first_version_ ? "/memory.max_usage_in_bytes" : "/memory.peak"));
  std::uint64_t bytes = 0;
  in >> bytes;
  return bytes;
}

void drop_from_page_cache(const std::string& directory) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

}  // namespace peers
