// The table's rows, a file each group; table.cpp puts them together.
//
// To add a command, add its row and its handler to a group's file: everything
// else (HELP, completion, COMMAND DOCS, the documents, the test that runs its
// example) follows.
#pragma once

#include <span>

#include "src/command/table.h"

namespace kvstore::command {

std::span<const Command> value_rows();
std::span<const Command> key_rows();
std::span<const Command> history_rows();
std::span<const Command> store_rows();
std::span<const Command> session_rows();
std::span<const Command> on_error_rows();
std::span<const Command> redis_rows();  // what Redis' clients ask of a server

}  // namespace kvstore::command
