// What is imported: standard input, a file, or the files of Redis' append-only directory, one
// after the other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::transfer {

class Source {
 public:
  // "-": standard input. A directory has to be one of Redis', or the one that holds it; a path
  // may also be that of its manifest. kNotFound, kPermission, kIo; kFormat: its manifest cannot
  // be read, or a file of it is an RDB file. `database`: kUsage if the input is that file.
  static Result<std::vector<Source>> open(const std::string& path, const std::string& database);

  // What has come so far of its beginning, at least a byte unless there is none, at most
  // kEnoughToTell. Waits for it.
  Result<std::string_view> peek();
  // The next bytes, first those of peek(); empty at the end. Valid until the next call.
  // kSkipped: cancelled (base/cancel.h).
  Result<std::string_view> read();

  const std::string& name() const { return name_; }
  // Bytes; 0: not known.
  std::uint64_t size() const { return size_; }

 private:
  Source(file::Descriptor owned, int descriptor, std::string name);
  static Result<Source> open_file(const std::string& path);
  Status fill();

  file::Descriptor owned_;  // none: standard input
  int descriptor_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::unique_ptr<char[]> chunk_;
  std::size_t filled_ = 0;
  bool is_peeked_ = false;  // and not read yet
};

}  // namespace kvstore::transfer
