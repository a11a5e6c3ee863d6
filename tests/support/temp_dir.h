// A directory of the test's own, removed with all that is in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

namespace kvstore::testing {

class TempDir {
 public:
  // Where temporary files are, or in `preferred`, if that is there.
  explicit TempDir(const std::string& preferred = "") {
    for (const std::string& base : {preferred, temp_directory()}) {
      path_ = base + "/kvstore-XXXXXX";
      if (!base.empty() && ::mkdtemp(path_.data()) != nullptr) return;
    }
    std::abort();
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  static std::string temp_directory() { return std::filesystem::temp_directory_path().string(); }

  std::string path_;
};

// Where a sync costs nothing: for loops that fail each call and make ten thousands of them, as it
// is not the disk that they test.
class QuickDir : public TempDir {
 public:
  QuickDir() : TempDir("/dev/shm") {}
};

}  // namespace kvstore::testing
