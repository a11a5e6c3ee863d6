// HELP as people read it: broken between words, and with the replies of its example as the shell
// shows them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "repl/reply_shape.h"

namespace kvstore::repl {

// What HELP answers, broken between words so that it fits into `width` columns, and
// with the example's replies as the shell shows them instead of the text protocol's.
void render_help(std::string_view text, std::size_t width, std::string* out);

// `text` broken between words into lines of at most `width` columns. What goes on is
// indented as deep as the line's last column of words, which two blanks set off.
std::string wrapped(std::string_view text, std::size_t width);

// Lines of the text protocol ("+OK", ":3", "+ARRAY 2") as the shell shows them ("OK",
// "(integer) 3"), the last of them as one of `shape`. Made for examples, where "..." stands for
// anything.
std::string shown_replies(std::string_view lines, Shape shape = Shape::kData,
                          std::size_t width = 80);

}  // namespace kvstore::repl
