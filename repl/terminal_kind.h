// What the terminal can do, as $TERM says it.
#pragma once

namespace kvstore::repl {

// Whether ANSI escape sequences may be sent: $TERM names an entry of the terminfo
// database that moves the cursor with them. Not when it is unset, empty, "dumb" or
// unknown; then nothing but text is sent, whatever it is for. Asked once a process.
bool understands_escapes();

}  // namespace kvstore::repl
