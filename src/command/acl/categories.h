// Redis' categories of commands, which rules name as @read: worked out from the table's groups and
// flags, and from names where Redis' own choice is neither.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "src/command/acl/command_ids.h"

namespace kvstore::command::acl {

// Without "all", which is every command.
std::span<const std::string_view> category_names();
// Ignores case; "all" too. nullopt: there is none of that name.
std::optional<CommandBits> category(std::string_view name);

}  // namespace kvstore::command::acl
