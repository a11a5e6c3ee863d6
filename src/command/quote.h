// User's bytes inside messages: always one line, always printable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvstore::command {

// Control bytes as \n \r \t \xHH; everything else, UTF-8 too, as it is. Bytes
// that are not UTF-8 become \xHH. Does not escape backslashes: for whole
// messages, not for reading back.
std::string escape_controls(std::string_view text);

// 'text', with escape_controls(), cut after `max_size` bytes with "...".
std::string quote(std::string_view text, std::size_t max_size = 64);

}  // namespace kvstore::command
