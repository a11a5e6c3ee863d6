// File names for Tab.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

// The files and directories that `beginning` ("", "dir/fi", "~/x") may become, sorted,
// as they would be typed: a directory ends in '/', ~ stays ~. Hidden ones only where
// the beginning asks for them. At most `limit`.
std::vector<std::string> complete_path(std::string_view beginning, std::size_t limit);

}  // namespace kvstore::repl
