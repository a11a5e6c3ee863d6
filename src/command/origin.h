// Which commands are Redis', and since which version of it they are what they are here.
#pragma once

#include <string>
#include <string_view>

#include "src/command/table.h"

namespace kvstore::command {

// "7.0.0": since then Redis has it; empty: it is kvstore's own. `parent` is the row whose
// subcommand it is, or null.
std::string_view redis_version_of(const Command& command, const Command* parent = nullptr);
// What of a Redis command is kvstore's own, in a few words; empty: nothing.
std::string_view own_part_of(const Command& command);
// "redis 2.4.0", "kvstore".
std::string origin_of(const Command& command, const Command* parent = nullptr);

}  // namespace kvstore::command
