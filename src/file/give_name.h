// The last step of making a file: it is complete and on the disk, and gets its name.
#pragma once

#include <string>

#include "src/base/status.h"
#include "src/file/file_system.h"

namespace kvstore::file {

enum class Onto : std::uint8_t { kFreeName, kOldFile };

// Renames the file of `name` to `path`, with owner and mode of the file `like`; kExists if the name
// is taken and must not be replaced. *has_it: the file has the name, also if an error says that the
// name may not be on the disk; then `name` must not be removed any more.
Status give_name(FileSystem& files, ProvisionalName& name, const std::string& path,
                 const std::string& like, Onto onto, bool* has_it);

}  // namespace kvstore::file
