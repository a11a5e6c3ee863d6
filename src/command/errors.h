// Replies to commands that cannot be executed as typed: one sentence, a hint what to type next, and
// Redis' wording for RESP where Redis has one.
#pragma once

#include <string>
#include <string_view>

#include "src/command/failure.h"
#include "src/command/table.h"

namespace kvstore::command {

Failure unknown_command(Args args);
// Checked before the handler runs.
Failure wrong_arity(const Command& command, Args args);
Failure wrong_arity_of_subcommand(const Command& command, const Command& subcommand, Args args);
// A word where an option was expected, also for `SET k hello world`.
Failure unknown_option(const Command& command, std::string_view word, std::string hint = {});
// An option at the end of a command without its value: "AT needs a seq or a time".
Failure needs_value(std::string_view option, std::string_view what, std::string hint);
// An unknown subcommand, as in `CONFIG word`.
Failure unknown_subcommand(const Command& command, std::string_view word);
// `word` is not what `command` expects there, which is `expected` ("offset", "count of 1 or more").
Failure bad_number(std::string_view word, std::string_view expected, std::string hint = {});
// `word` is not a timeout in milliseconds: it is not a number, or negative.
Failure bad_timeout_ms(std::string_view word, bool is_negative, std::string hint);

// A hint such as `SET key "hello world"`: how to pass the words from args[first] on as one word.
// Empty if that would be long or unreadable.
std::string with_quotes(Args args, std::size_t first);
// kMemory.
Failure out_of_memory();

}  // namespace kvstore::command
