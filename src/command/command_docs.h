// The command table in the form of COMMAND and COMMAND DOCS.
#pragma once

#include <string_view>

#include "src/command/reply_sink.h"
#include "src/command/table.h"

namespace kvstore::command {

// Writes, as Redis 7.0: [name, arity, [flags], first key, last key, step, [categories], [tips],
// [keys], [subcommands]]. `parent` is set for a subcommand.
void write_command_info(const Command& command, const Command* parent, ReplySink& to);
// Writes the words of a text, each as a simple string.
void write_words(std::string_view words, ReplySink& to);
// Writes the name, then a map: summary, since, group, and arguments or subcommands.
void write_command_docs(const Command& command, ReplySink& to);

}  // namespace kvstore::command
