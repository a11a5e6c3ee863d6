// A number for each command and subcommand, so that a set of them is a set of bits.
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

// A row of the table, or one of its subcommands. Aliases have the number of what they repeat:
// who may not SET may not PUT.
struct CommandId {
  const Command* command = nullptr;     // the row
  const Command* subcommand = nullptr;  // none: the row itself
  std::size_t number = 0;

  // What is executed.
  const Command& row() const { return subcommand != nullptr ? *subcommand : *command; }
};

// All of them, in the order of the table; aliases are left out. A command's subcommands follow it.
const std::vector<CommandId>& command_ids();
// Of a row, and of the row that is executed: the same, or a subcommand of it.
std::size_t number_of(const Command& command, const Command& row);
// A command and all of its subcommands.
CommandBits bits_of(const Command& command);
// "get", "config|set": as Redis names them.
std::string full_name(const Command& command, const Command& row);

}  // namespace kvstore::command::acl
