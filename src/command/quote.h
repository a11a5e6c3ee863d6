// User's bytes inside messages: always one line, always printable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvstore::command {

// What is not printable (src/base/utf8.h) as \n \r \t \xHH, blanks that are none to
// the grammar by name (<U+00A0>, a no-break space), everything else as it is. Does not escape
// backslashes: for whole messages, not for reading back.
std::string escape_controls(std::string_view text);

// 'text', with escape_controls(), cut after `max_size` bytes, between
// characters, with "...".
std::string quote(std::string_view text, std::size_t max_size = 64);

}  // namespace kvstore::command
