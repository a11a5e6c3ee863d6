// Reads small files written by users: options, a manifest, a password.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "src/base/status.h"

namespace kvstore {

// kAny includes pipes, such as `<(decrypt file)` gives a program that starts: a read waits for the
// writer, and gets the contents only once. A file that a running server reads, perhaps repeatedly,
// must be a regular one.
enum class FileKind : std::uint8_t { kAny, kRegular };

// Reads all of it, up to `most` + 1 bytes, so that a longer file can be detected. Errors are those
// of opening and reading, and that it is a directory; kUsage: it is not a regular file. They name
// `path`.
Result<std::string> read_small_file(const std::string& path, std::size_t most,
                                    FileKind kind = FileKind::kAny);

// kUsage, or that it is a directory, if the path exists and is not a regular file.
Status check_regular_file(const std::string& path);

}  // namespace kvstore
