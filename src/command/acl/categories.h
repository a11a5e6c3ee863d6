// Redis' categories of commands, which rules name as @read. They are derived from the table's
// groups and flags, and from command names where Redis' choice follows neither.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "src/command/acl/command_ids.h"

namespace kvstore::command::acl {

// All names but "all", which stands for every command.
std::span<const std::string_view> category_names();
// The commands of a category, "all" included. Ignores case. nullopt: unknown name.
std::optional<CommandBits> category(std::string_view name);
// The categories of one command, in the order of category_names().
std::vector<std::string_view> categories_of(const CommandId& id);
// True if the command itself is not run and only its subcommands have categories. DEBUG has
// subcommands, too, but is one command in Redis.
bool is_container(const Command& command);

}  // namespace kvstore::command::acl
