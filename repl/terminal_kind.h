// The capabilities of the terminal, by $TERM.
#pragma once

namespace kvstore::repl {

// Whether ANSI escape sequences may be sent: $TERM must name an entry of the terminfo database that
// moves the cursor with them. False if it is unset, empty, "dumb" or unknown; then only text is
// sent. Determined once for the process.
bool understands_escapes();

}  // namespace kvstore::repl
