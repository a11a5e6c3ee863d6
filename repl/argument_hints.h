// What may follow the typed words of a command, by its row in the command table: for completion and
// hints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/table.h"

namespace kvstore::repl {

using Words = std::vector<std::string>;

// The syntax that may follow the `given` arguments of the command, for users: " value [EX
// seconds]".
std::string remaining_arguments(const command::Command& command, const Words& given);

// The keywords that may follow `given`, such as EX after SET a 1. Empty if the last word is a
// keyword that takes a value.
std::vector<std::string_view> options_after(const command::Command& command, const Words& given);

// Whether the next word is a key.
bool is_key_next(const command::Command& command, const Words& given);

}  // namespace kvstore::repl
