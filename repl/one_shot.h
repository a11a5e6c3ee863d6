// Commands given on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::repl {

// How the words after FILE are meant: if the first holds a blank or stands
// alone, each is a line of text (`'SET a 1' 'GET a'`); otherwise together they
// are one argument vector, taken literally (`SET k -5`).
bool are_text_lines(const std::vector<std::string>& words);
bool has_blank(std::string_view word);

// Commands that were meant as lines of text, most likely, and are words of the first one:
// `COUNT 'KEYS a*'`. A sentence for people, empty if there is nothing to say.
std::string note_on_words(const std::vector<std::string>& words);

// All of `descriptor`, for -x: one more, literal argument. kTooBig, kIo.
Result<std::string> read_argument(int descriptor);

}  // namespace kvstore::repl
