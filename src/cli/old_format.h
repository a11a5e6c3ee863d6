// Files of the two older, header-less formats open read-only, through a
// converted temporary copy.
#pragma once

#include <memory>
#include <string>

#include "src/base/status.h"
#include "src/file/unnamed.h"

namespace kvstore::cli {

// If `path` is of an older format (`format` forces which; empty: by its first
// records), converts it into a file without a name, and says so on stderr unless
// `quiet`. Null if the file is none of those: open it as it is.
Result<std::unique_ptr<file::UnnamedFile>> convert_if_old(const std::string& path,
                                                          const std::string& format, bool quiet);

// What to type for a file that can be written.
std::string convert_hint(const std::string& path);

}  // namespace kvstore::cli
