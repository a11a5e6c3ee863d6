// Documents made from the command table.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kvstore::docs {

std::string commands_markdown();  // docs/COMMANDS.md
std::string man_page();           // docs/kvstore.1
// docs/man/kvstore-verify.1 and so on: names in docs, and texts.
std::vector<std::pair<std::string, std::string>> subcommand_pages();

}  // namespace kvstore::docs
