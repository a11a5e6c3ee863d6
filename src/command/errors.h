// The answers to commands that cannot be carried out as typed: one sentence, what
// to type next, and Redis' own wording for RESP where it has one.
#pragma once

#include <string>
#include <string_view>

#include "src/command/failure.h"
#include "src/command/table.h"

namespace kvstore::command {

Failure unknown_command(Args args);
// Checked before a handler runs.
Failure wrong_arity(const Command& command, Args args);
Failure wrong_arity_of_subcommand(const Command& command, const Command& subcommand, Args args);
// A word where an option was expected: for `SET k hello world`, too.
Failure unknown_option(const Command& command, std::string_view word, std::string hint = {});
// An option at the end of a command, without its value: "AT needs a seq or a time".
Failure needs_value(std::string_view option, std::string_view what, std::string hint);
// `CONFIG word`: there is no such thing.
Failure unknown_subcommand(const Command& command, std::string_view word);
// `word` is not the `expected` ("offset", "count of 1 or more") of `command`.
Failure bad_number(std::string_view word, std::string_view expected, std::string hint = {});
// `word` is no timeout in milliseconds: no number, or a negative one.
Failure bad_timeout_ms(std::string_view word, bool is_negative, std::string hint);

// `SET key "hello world"`: how the words from args[first] on should have been
// given as one. Empty if that would be long or unreadable.
std::string with_quotes(Args args, std::size_t first);
// kMemory.
Failure out_of_memory();

}  // namespace kvstore::command
