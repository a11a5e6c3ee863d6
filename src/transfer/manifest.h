// The files of Redis' append-only directory (7.0 and newer), as its manifest lists them:
//
//   file appendonly.aof.1.base.aof seq 1 type b
//   file appendonly.aof.2.incr.aof seq 2 type i
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::transfer {

// The names of a manifest's base and incremental files, in the order in which Redis reads them.
// kFormat: the text is not a manifest.
Result<std::vector<std::string>> parse_manifest(std::string_view text);

// The files to read for `path`: the path itself, or the files that the directory's manifest, or the
// manifest at the path, lists. kFormat, kNotFound, kPermission, kIo.
Result<std::vector<std::string>> files_of(const std::string& path);

}  // namespace kvstore::transfer
