// Numbers commands and subcommands, so that a set of them is a bit set.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/table.h"

namespace kvstore::command::acl {

inline constexpr std::size_t kMaxCommands = 512;
using CommandBits = std::bitset<kMaxCommands>;

// A row of the table, or one of its subcommands. Aliases share the number of the original command:
// a user without SET has no PUT.
struct CommandId {
  const Command* command = nullptr;     // the row
  const Command* subcommand = nullptr;  // null: the row itself
  std::size_t number = 0;

  // The row that is executed.
  const Command& row() const { return subcommand != nullptr ? *subcommand : *command; }
};

// All commands in the order of the table, without aliases. A command is followed by its
// subcommands.
const std::vector<CommandId>& command_ids();
// The number of a command. `row` is the row that is executed: `command` itself, or a subcommand.
std::size_t number_of(const Command& command, const Command& row);
// The bits of a command and all of its subcommands.
CommandBits bits_of(const Command& command);
// The name as in Redis: "get", "config|set".
std::string full_name(const Command& command, const Command& row);

}  // namespace kvstore::command::acl
