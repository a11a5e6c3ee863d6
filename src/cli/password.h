// Where a password comes from that is not on the command line, where everybody could read it.
#pragma once

#include <optional>
#include <string>

#include "src/base/status.h"

namespace kvstore::cli {

// The first line of `file`, if it is not empty; else $KVSTORE_PASSWORD; else none. kUsage and those
// of reading a file.
Result<std::optional<std::string>> find_password(const std::string& file);
// Asks whoever sits at the terminal, without showing what is typed. nullopt: there is no terminal,
// or nothing was typed.
std::optional<std::string> ask_password(const std::string& question);

}  // namespace kvstore::cli
