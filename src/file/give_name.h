// The last step of making a file: it is whole and on the disk, and gets its name.
#pragma once

#include <string>

#include "src/base/status.h"
#include "src/file/file_system.h"

namespace kvstore::file {

enum class Onto : std::uint8_t { kFreeName, kOldFile };

// The file of `name` is called `path` from now on, with owner and mode of the file `like`; kExists
// if that is taken and is not to be replaced. *has_it: it is, also where an error says that the
// name may not be on the disk; then `name` is not to be taken away any more.
Status give_name(FileSystem& files, ProvisionalName& name, const std::string& path,
                 const std::string& like, Onto onto, bool* has_it);

}  // namespace kvstore::file
