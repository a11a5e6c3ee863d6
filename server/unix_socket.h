// A socket with a name in the file system, for clients on this machine, subject to its mode.
#pragma once

#include <string>

#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

// Listens on `path`. A socket that a killed server has left is replaced; any other existing file is
// not. kNetwork, kPermission, kUsage (the path is too long).
Result<file::Descriptor> listen_on_path(const std::string& path, unsigned mode);

}  // namespace kvstore::server
