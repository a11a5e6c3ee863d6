// Completion by Tab, from the text before the cursor. Pure, except for the given sources and file
// names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "repl/line_editor.h"

namespace kvstore::repl {

struct CompletionSources {
  // Keys that begin with a prefix, sorted, at most `limit`.
  std::function<std::vector<std::string>(std::string_view prefix, std::size_t limit)> keys;
  // The sections of STATS.
  std::function<std::vector<std::string>()> sections;
};

// Completes the first word to commands (or dot-commands), key arguments by the command table to
// keys, options (EX, AT, LIMIT) where they are allowed, HELP's argument to commands, STATS' to
// sections, and arguments of dot-commands to modes, files, on and off.
Completion complete(std::string_view before_cursor, const CompletionSources& sources);

// The arguments that may follow the typed line, by the table: " key value [EX seconds]" after
// "SET", "value [EX seconds]" after "SET a ". Empty if there are none, or the command is unknown.
std::string hint_for(std::string_view line);

}  // namespace kvstore::repl
