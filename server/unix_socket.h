// A socket with a name in the file system: for clients of this machine, as its mode lets them.
#pragma once

#include <string>

#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

// Listens there. A socket that nobody listens on any more, as a killed server leaves it, is
// replaced; anything else that has the name is not. kNetwork, kPermission, kUsage (too long).
Result<file::Descriptor> listen_on_path(const std::string& path, unsigned mode);

}  // namespace kvstore::server
