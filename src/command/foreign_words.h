// Commands of other programs and of kvstore's own command line, typed where a command is expected.
#pragma once

#include <string_view>

namespace kvstore::command {

// What to type instead of `word`, ignoring case; empty if the word is not known.
std::string_view hint_for_foreign_word(std::string_view word);

}  // namespace kvstore::command
