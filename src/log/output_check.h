// Keeps what a program prints out of databases. An answer, a log line or a message that
// is written into a database damages it, and emptying such a file loses it.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::log {

// kUsage if `output`, a descriptor that is written to, is the file of `database` or any
// file that begins as a kvstore file does. `name` is what the user calls the output;
// `database` may be empty, or not exist yet. What is no regular file is never one.
Status check_output(int output, const std::string& name, const std::string& database);

// The same before `path` is opened for writing. Names count too, so that it holds where
// neither file exists yet.
Status check_output_path(const std::string& path, const std::string& database);

}  // namespace kvstore::log
