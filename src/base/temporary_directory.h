// A directory that is removed, with its contents, by the destructor. A killed process leaves it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"

namespace kvstore {

class TemporaryDirectory {
 public:
  // The directory is $TMPDIR/kvstore-NAME-XXXXXX, or in /tmp if $TMPDIR is not set.
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
