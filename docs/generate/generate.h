// Documents made from the command table.
#pragma once

#include <string>

namespace kvstore::docs {

std::string commands_markdown();  // docs/COMMANDS.md
std::string man_page();           // docs/kvstore.1

}  // namespace kvstore::docs
