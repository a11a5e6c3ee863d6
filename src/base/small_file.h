// A file that a person has written: options, a manifest, a password.
#pragma once

#include <cstddef>
#include <string>

#include "src/base/status.h"

namespace kvstore {

// All of it, at most `most` bytes and one more, by which a longer one is told. Errors: those of
// opening and of reading, that it is a directory, too; `path` is named.
Result<std::string> read_small_file(const std::string& path, std::size_t most);

}  // namespace kvstore
