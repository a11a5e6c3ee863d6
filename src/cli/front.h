// A shell, a script or a one-shot, whichever the command line asks for.
#pragma once

#include "src/cli/options.h"
#include "repl/backend.h"
#include "src/base/exit_code.h"

namespace kvstore::cli {

ExitCode run_front(repl::Backend& backend, const FrontOptions& options);

// Whether run_front() will open the shell, which has a banner of its own.
bool wants_shell(const FrontOptions& options);

}  // namespace kvstore::cli
