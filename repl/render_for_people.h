// Answers that the shell shows in a way of their own, as no other reply looks like them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/command/reply.h"

namespace kvstore::repl {

// What HELP answers, broken between words so that it fits into `width` columns, and
// with the example's replies as the shell shows them instead of the text protocol's.
void render_help(std::string_view text, std::size_t width, std::string* out);

// HISTORY's versions as a table with a header, and a sentence where older ones are gone; times
// as seen from `now_us`. A reply of another shape is rendered as any array.
void render_history(const command::Reply& reply, std::uint64_t now_us, std::string* out);

// What UNDO has done.
void render_restored(const command::Reply& reply, std::string* out);

// `text` broken between words into lines of at most `width` columns. What goes on is
// indented as deep as the line's last column of words, which two blanks set off.
std::string wrapped(std::string_view text, std::size_t width);

// Lines of the text protocol ("+OK", ":3", "+ARRAY 2") as the shell shows them ("OK",
// "(integer) 3"). Made for examples, where "..." stands for anything.
std::string shown_replies(std::string_view lines);

}  // namespace kvstore::repl
