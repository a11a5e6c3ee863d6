// The texts of HELP, from the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/command/table.h"

namespace kvstore::command {

// The groups, in the order of HELP.
std::vector<std::string_view> groups();
// The other names of `command`.
std::vector<std::string_view> aliases_of(const Command& command);

// All commands by group, one line each.
std::string help_overview();
// The help of a group or a topic (help_topics.h); empty if `word` is neither.
std::string help_topic(std::string_view word);
// The help of one command: usage, summary, forms of the value, an example.
std::string help_command(const Command& command);

}  // namespace kvstore::command
