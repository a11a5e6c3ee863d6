// Files of the two older, header-less formats open read-only, through a
// converted temporary copy.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::cli {

// If `path` is of an older format (`format` forces which; empty: by its first
// records), converts it into a temporary file, says so on stderr, and returns
// that file's path. Empty if the file is none of those: open it as it is.
Result<std::string> convert_if_old(const std::string& path, const std::string& format);

}  // namespace kvstore::cli
