// A password that stands in a file, and so on no command line.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::option_checks {

// The first line of a file, without its end. kUsage: it is empty; errors of reading the file.
Result<std::string> read_password_file(const std::string& path);

}  // namespace kvstore::option_checks
