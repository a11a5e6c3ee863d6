// Users' bytes in messages, as one printable line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvstore::command {

// Replaces unprintable characters (src/base/utf8.h) by \n \r \t \xHH, and blanks that are not
// blanks in the grammar by their names (<U+00A0>, a no-break space). Does not escape backslashes:
// for whole messages, not to be parsed again.
std::string escape_controls(std::string_view text);

// 'text' in quotes, with escape_controls(), cut at a character boundary after at most `max_size`
// bytes and then followed by "...".
std::string quote(std::string_view text, std::size_t max_size = 64);

}  // namespace kvstore::command
