// A directory that is gone with all that is in it when this is. A process that is killed leaves it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"

namespace kvstore {

class TemporaryDirectory {
 public:
  // In $TMPDIR, or /tmp: kvstore-NAME-XXXXXX.
  static Result<TemporaryDirectory> make(std::string_view name);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept
      : path_(std::exchange(other.path_, std::string())) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace kvstore
