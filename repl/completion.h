// What Tab offers, from the text before the cursor. Pure, but for the keys.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "repl/line_editor.h"

namespace kvstore::repl {

// Keys that begin with a prefix, sorted, at most as many as asked for.
using FindKeys = std::function<std::vector<std::string>(std::string_view prefix, std::size_t limit)>;

// The first word completes to commands (or dot commands), the arguments that
// the command table calls a key to keys, HELP's to commands.
Completion complete(std::string_view before_cursor, const FindKeys& find_keys);

}  // namespace kvstore::repl
