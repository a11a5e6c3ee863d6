// Scripts: commands from a descriptor, as fast as they come.
#pragma once

#include <string>

#include "repl/runner.h"

namespace kvstore::repl {

struct ScriptOptions {
  RunOptions run;
  bool progress = false;  // a line on stderr that counts, once it takes long
};

// Runs everything `descriptor` yields, to its end, the first error (unless
// keep_going) or EXIT. What arrives in one read shares one commit; replies are
// written before the next read that may block, so that another program can hold
// a conversation with this one. The output is flushed.
ExitCode run_script(Backend& backend, int descriptor, const std::string& source, Output& output,
                    const ScriptOptions& options);

// The same from a file. A file that cannot be read is an error on stderr and kUsage.
ExitCode run_script_file(Backend& backend, const std::string& path, Output& output,
                         const ScriptOptions& options);

}  // namespace kvstore::repl
