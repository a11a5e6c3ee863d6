// Requests in the text protocol, so that any bytes pass and a word is never taken
// for a count, a sentinel or the beginning of a block.
#pragma once

#include <string>

#include "src/base/status.h"
#include "src/command/table.h"

namespace kvstore::repl {

// Appends `argv` as text. kArity for what the text grammar would read as the
// first line of a longer request (`SET key` alone), with nothing appended.
Status append_request(command::Args argv, std::string* out);

}  // namespace kvstore::repl
