// What HELP says, from the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/command/table.h"

namespace kvstore::command {

// In the order in which they are told.
std::vector<std::string_view> groups();
// The names that mean the same as `command`, without its own.
std::vector<std::string_view> aliases_of(const Command& command);

// All commands, a line each, by group.
std::string help_overview();
// A group's name, or a topic (help_topics.h): empty if `word` is neither.
std::string help_topic(std::string_view word);
// One command: usage, summary, how its value may be given, an example.
std::string help_command(const Command& command);

}  // namespace kvstore::command
