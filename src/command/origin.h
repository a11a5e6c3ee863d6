// Which commands are Redis' commands, and since which version they have had this form.
#pragma once

#include <string>
#include <string_view>

#include "src/command/table.h"

namespace kvstore::command {

// The Redis version that introduced it, "7.0.0"; empty: it is kvstore's own. `parent` is the row of
// which it is a subcommand, or null.
std::string_view redis_version_of(const Command& command, const Command* parent = nullptr);
// Describes kvstore's own additions to a Redis command; empty: none.
std::string_view own_part_of(const Command& command);
// Such as "redis 2.4.0" or "kvstore".
std::string origin_of(const Command& command, const Command* parent = nullptr);

}  // namespace kvstore::command
