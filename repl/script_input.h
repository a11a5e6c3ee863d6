// The input of a script: a descriptor whose begin can be examined before anything runs. A byte
// order mark is skipped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::repl {

class ScriptInput {
 public:
  // Standard input, called "stdin".
  static ScriptInput standard_input();
  // kNotFound, kPermission, kIo; kSyntax for a directory.
  static Result<ScriptInput> open(const std::string& path);

  // The available input, at least a byte unless it is at its end; blocks for it. kSyntax: the bytes
  // are UTF-16 or UTF-32, which kvstore does not read.
  Result<std::string_view> peek();
  // The next bytes, beginning with those of peek(); valid until the next call. Empty at the end.
  Result<std::string_view> read();

  const std::string& name() const { return name_; }
  // Device and inode of a regular file, to detect a script that reads itself.
  using Identity = std::pair<std::uint64_t, std::uint64_t>;
  std::optional<Identity> identity() const;

 private:
  ScriptInput(file::Descriptor owned, int descriptor, std::string name);
  Status fill();
  void pass_mark();

  file::Descriptor owned_;  // none: standard input
  int descriptor_;
  std::string name_;
  std::unique_ptr<char[]> chunk_;
  std::size_t size_ = 0;    // bytes in chunk_
  std::size_t begin_ = 0;   // after a byte order mark
  bool is_peeked_ = false;  // but not read yet
  bool at_end_ = false;
  bool has_begun_ = false;
  Status status_;  // why no more can be read
};

}  // namespace kvstore::repl
