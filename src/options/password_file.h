// Reads a password from a file, so that it need not be on the command line.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::option_checks {

// The first line of a file, without its line end. kUsage: it is empty. Errors of reading the file.
Result<std::string> read_password_file(const std::string& path);

}  // namespace kvstore::option_checks
