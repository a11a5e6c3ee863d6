// What a script is read from: a descriptor, of which the beginning may be looked
// at before anything runs. A byte order mark is passed over.
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

  // What has come so far, at least a byte unless the input is at its end. Waits
  // for it. kSyntax: the bytes are UTF-16 or UTF-32, not text as kvstore reads it.
  Result<std::string_view> peek();
  // The next bytes, first those of peek(); valid until the next call. Empty at
  // the end.
  Result<std::string_view> read();

  const std::string& name() const { return name_; }
  // Device and inode of a regular file: what reads itself would never end.
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
  bool is_peeked_ = false;  // and not yet read
  bool at_end_ = false;
  bool has_begun_ = false;
  Status status_;  // why nothing more can be read
};

}  // namespace kvstore::repl
