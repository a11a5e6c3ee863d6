// The signals of a shell, as flags that reading and waiting code checks. Reads are interrupted
// (EINTR) for that purpose.
#pragma once

namespace kvstore::repl::signals {

// Installs handlers for SIGINT, SIGTERM, SIGHUP, SIGWINCH and SIGCONT. An ignored SIGHUP, as under
// nohup, stays ignored.
void install();

bool take_interrupt();  // whether SIGINT came since the last call
bool interrupted();     // the same, without resetting it
bool take_resize();     // whether SIGWINCH or SIGCONT came since the last call
bool wants_end();       // whether SIGTERM or SIGHUP ever came

// Ends the process by the signal that requested its end, if any, so that its parent sees that, as
// for any program. Call it when everything is in order.
void end_if_asked();

}  // namespace kvstore::repl::signals
