// The input of an import: standard input, a file, or the files of Redis' append-only directory, one
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
  // "-" is standard input. A directory must be Redis' append-only directory or the one that
  // contains it;
  // a path may also be that of its manifest. kNotFound, kPermission, kIo; kFormat: the manifest
  // cannot
  // be read, or one of its files is an RDB file. kUsage: the input is `database` itself.
  static Result<std::vector<Source>> open(const std::string& path, const std::string& database);

  // The bytes of the beginning that have arrived so far: at least one unless the input is empty, at
  // most
  // kEnoughToTell. Waits for the first one.
  Result<std::string_view> peek();
  // The next bytes, first those of peek(); empty at the end. Valid until the next call.
  // kSkipped: cancelled (base/cancel.h).
  Result<std::string_view> read();

  const std::string& name() const { return name_; }
  // The size in bytes; 0: not known.
  std::uint64_t size() const { return size_; }

 private:
  Source(file::Descriptor owned, int descriptor, std::string name);
  static Result<Source> open_file(const std::string& path);
  Status fill();

  file::Descriptor owned_;  // none for standard input
  int descriptor_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::unique_ptr<char[]> chunk_;
  std::size_t filled_ = 0;
  bool is_peeked_ = false;  // peeked and not yet read
};

}  // namespace kvstore::transfer
