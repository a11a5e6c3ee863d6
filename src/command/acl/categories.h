// Redis' categories of commands, which rules name as @read: worked out from the table's groups and
// flags, and from names where Redis' own choice is neither.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "src/command/acl/command_ids.h"

namespace kvstore::command::acl {

// Without "all", which is every command.
std::span<const std::string_view> category_names();
// Ignores case; "all" too. nullopt: there is none of that name.
std::optional<CommandBits> category(std::string_view name);
// Of one command, in the order of category_names().
std::vector<std::string_view> categories_of(const CommandId& id);
// Whether it is its subcommands that are run, and have categories. DEBUG has subcommands, too, but
// is one command in Redis.
bool is_container(const Command& command);

}  // namespace kvstore::command::acl
