// The signals a shell lives with, as flags that the code that reads or waits
// looks at. Reads are interrupted (EINTR), so that they do.
#pragma once

namespace kvstore::repl::signals {

// Takes over SIGINT, SIGTERM, SIGHUP, SIGWINCH and SIGCONT. A SIGHUP that is ignored, as nohup has
// it, stays so.
void install();

bool take_interrupt();  // SIGINT since the last call
bool interrupted();     // the same, but leaves it to be taken
bool take_resize();     // SIGWINCH or SIGCONT since the last call
bool wants_end();       // SIGTERM or SIGHUP, ever

// Ends the process by the signal that asked it to, if one has: whoever started it is then
// told so, as by any program. For who has put everything in order before.
void end_if_asked();

}  // namespace kvstore::repl::signals
