// A database file on Linux: one shared mapping for the lifetime of the file.
#pragma once

#include <memory>
#include <string>

#include "src/file/descriptor.h"
#include "src/file/file_system.h"

namespace kvstore::file {

// Maps the file of an open descriptor, which is at `path` and locked if necessary.
Result<std::unique_ptr<LogFile>> adopt(Descriptor fd, const std::string& path, Mode mode);

}  // namespace kvstore::file
