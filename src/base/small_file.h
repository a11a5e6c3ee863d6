// A file that a person has written: options, a manifest, a password.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "src/base/status.h"

namespace kvstore {

// Of a pipe, which `<(decrypt file)` is to a program that starts, reading waits for who writes it,
// and gives all of it once. What a running server reads, perhaps again, is a regular file.
enum class FileKind : std::uint8_t { kAny, kRegular };

// All of it, at most `most` bytes and one more, by which a longer one is told. Errors: those of
// opening and of reading, that it is a directory, too; kUsage: it is no regular file. `path` is
// named.
Result<std::string> read_small_file(const std::string& path, std::size_t most,
                                    FileKind kind = FileKind::kAny);

// kUsage, or that it is a directory: it is there, and no regular file.
Status check_regular_file(const std::string& path);

}  // namespace kvstore
