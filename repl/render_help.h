// HELP for people: wrapped between words, with the replies of its example in the shell's format.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "repl/reply_shape.h"

namespace kvstore::repl {

// HELP's text, wrapped to `width` columns, with the example's replies in the shell's format instead
// of the text protocol's.
void render_help(std::string_view text, std::size_t width, std::string* out);

// `text` wrapped between words into lines of at most `width` columns. Continuation lines are
// indented to the line's last column of words, which is separated by two blanks.
std::string wrapped(std::string_view text, std::size_t width);

// Lines of the text protocol ("+OK", ":3", "+ARRAY 2") as the shell shows them ("OK",
// "(integer) 3"), the last of them as one of `shape`. Made for examples, where "..." stands for
// anything.
std::string shown_replies(std::string_view lines, Shape shape = Shape::kData,
                          std::size_t width = 80);

}  // namespace kvstore::repl
