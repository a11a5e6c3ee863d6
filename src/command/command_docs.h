// The table as Redis' clients ask for it: COMMAND, COMMAND DOCS.
#pragma once

#include "src/command/reply.h"
#include "src/command/table.h"

namespace kvstore::command {

// [name, arity, [flags], first key, last key, step]
Reply command_info(const Command& command);
// [summary, ..., since, ..., group, ..., arguments, [...]], names and values in turn
Reply command_docs(const Command& command);

}  // namespace kvstore::command
