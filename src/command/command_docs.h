// The table as Redis' clients ask for it: COMMAND, COMMAND DOCS.
#pragma once

#include "src/command/reply_sink.h"
#include "src/command/table.h"

namespace kvstore::command {

// [name, arity, [flags], first key, last key, step]
void write_command_info(const Command& command, ReplySink& to);
// The name, then a map: summary, since, group, and arguments or subcommands.
void write_command_docs(const Command& command, ReplySink& to);

}  // namespace kvstore::command
