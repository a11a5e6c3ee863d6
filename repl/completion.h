// What Tab offers, from the text before the cursor. Pure, but for what it is given, and for
// file names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "repl/line_editor.h"

namespace kvstore::repl {

struct CompletionSources {
  // Keys that begin with a prefix, sorted, at most as many as asked for.
  std::function<std::vector<std::string>(std::string_view prefix, std::size_t limit)> keys;
  // The sections that STATS knows.
  std::function<std::vector<std::string>()> sections;
};

// The first word completes to commands (or dot-commands), the arguments that the
// command table calls a key to keys, its options (EX, AT, LIMIT) where they may stand,
// HELP's argument to commands, STATS' to sections, those of dot-commands to what they
// take: modes, files, on and off.
Completion complete(std::string_view before_cursor, const CompletionSources& sources);

// The arguments that may still follow the command typed so far, as the table names
// them: " key value [EX seconds]" after "SET", "value [EX seconds]" after "SET a ".
// Empty if nothing may, or the command is unknown.
std::string hint_for(std::string_view line);

}  // namespace kvstore::repl
