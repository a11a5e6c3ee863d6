// What may still follow the words typed of a command, after its row in the command table:
// for completion and hints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/table.h"

namespace kvstore::repl {

using Words = std::vector<std::string>;

// " value [EX seconds]": what may follow `given` words of the command's arguments, for a
// person to see.
std::string remaining_arguments(const command::Command& command, const Words& given);

// The keywords that may come after `given`, for instance EX after SET a 1. If the last
// of them is one that takes a value, there are none.
std::vector<std::string_view> options_after(const command::Command& command, const Words& given);

// Whether the next word is a key.
bool is_key_next(const command::Command& command, const Words& given);

}  // namespace kvstore::repl
