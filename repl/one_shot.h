// Commands on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::repl {

// Interprets the words after FILE: if the first contains a blank or is the only one, each is a line
// of text (`'SET a 1' 'GET a'`); otherwise together they are one literal argument vector (`SET k
// -5`).
bool are_text_lines(const std::vector<std::string>& words);
bool has_blank(std::string_view word);

// A note for users on words that were probably meant as lines of text but are arguments of the
// first word: `COUNT 'KEYS a*'`. Empty if there are none.
std::string note_on_words(const std::vector<std::string>& words);

// Reads all of `descriptor`, for -x: one more literal argument. kTooBig, kIo.
Result<std::string> read_argument(int descriptor);

}  // namespace kvstore::repl
