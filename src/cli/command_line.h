// Words of a command line that are a line of text, and command lines that a hint shows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kvstore::cli {

// `SET a 1`, `.mode json`: a word that holds a blank and begins with a command, or with one of the
// shell's own.
bool is_command_line(std::string_view word);

// " WORD WORD", as a system shell reads them back: quoted where that is needed.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace kvstore::cli
