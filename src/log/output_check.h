// Prevents that output overwrites a database: a reply, a log line or a message written to a
// database damages it, and truncating it loses it.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::log {

// kUsage if `output`, a descriptor for writing, is the file of `database` or any file that begins
// like a kvstore file. `name` is the user's name for the output. `database` may be empty, or not
// exist yet. Only regular files are checked.
Status check_output(int output, const std::string& name, const std::string& database);

// The same before `path` is opened for writing. Compares names as well, in case neither file exists
// yet.
Status check_output_path(const std::string& path, const std::string& database);

}  // namespace kvstore::log
