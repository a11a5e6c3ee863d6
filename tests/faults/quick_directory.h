// A directory of the test's own where a sync costs nothing: loops that fail each
// call make ten thousands of them, and it is not the disk that they test.
#pragma once

#include <filesystem>
#include <string>

#include <stdlib.h>

namespace kvstore::test {

class QuickDirectory {
 public:
  QuickDirectory() {
    if (::mkdtemp(path_.data()) != nullptr) return;
    path_ = (std::filesystem::temp_directory_path() / "kvstore-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~QuickDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  QuickDirectory(const QuickDirectory&) = delete;
  QuickDirectory& operator=(const QuickDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/dev/shm/kvstore-XXXXXX";
};

}  // namespace kvstore::test
