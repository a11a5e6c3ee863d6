// Sources of a password other than the command line, which others can read.
#pragma once

#include <optional>
#include <string>

#include "src/base/status.h"

namespace kvstore::cli {

// The first line of `file`, unless the name is empty; else $KVSTORE_PASSWORD; else nullopt. kUsage,
// and errors of reading the file.
Result<std::optional<std::string>> find_password(const std::string& file);
// Asks the user at the terminal, without echo. nullopt: there is no terminal, or nothing was typed.
std::optional<std::string> ask_password(const std::string& question);

}  // namespace kvstore::cli
