// The prompt, which tells what kind of input is expected.
#pragma once

#include <string>
#include <string_view>

#include "repl/line_editor.h"
#include "src/wire/request.h"

namespace kvstore::repl {

// "data.bin>", "data.bin*>" in a transaction, "5 bytes to come, Ctrl-C cancels>", "... to END>".
// Printable, whatever `name` and the sentinel contain.
std::string prompt_for(const wire::Pending& pending, std::string_view name,
                       bool in_transaction = false);

LineEditor::Takes takes_for(const wire::Pending& pending);

}  // namespace kvstore::repl
