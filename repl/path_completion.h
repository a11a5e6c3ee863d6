// Completes file names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

// The files and directories that begin with `beginning` ("", "dir/fi", "~/x"), sorted, as they
// would be typed: a directory ends in '/', ~ is kept. Hidden ones only if `beginning` has the dot.
// At most `limit`.
std::vector<std::string> complete_path(std::string_view beginning, std::size_t limit);

}  // namespace kvstore::repl
