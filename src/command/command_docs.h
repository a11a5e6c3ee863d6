// The table as Redis' clients ask for it: COMMAND, COMMAND DOCS.
#pragma once

#include <string_view>

#include "src/command/reply_sink.h"
#include "src/command/table.h"

namespace kvstore::command {

// As Redis 7.0: [name, arity, [flags], first key, last key, step, [categories], [tips], [keys],
// [subcommands]]. `parent`: of a subcommand.
void write_command_info(const Command& command, const Command* parent, ReplySink& to);
// The words of a text, each a simple string.
void write_words(std::string_view words, ReplySink& to);
// The name, then a map: summary, since, group, and arguments or subcommands.
void write_command_docs(const Command& command, ReplySink& to);

}  // namespace kvstore::command
