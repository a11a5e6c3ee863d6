// The interactive shell: prompt, line editing, history, completion, paging.
#pragma once

#include <functional>

#include "repl/backend.h"
#include "repl/render.h"
#include "repl/report.h"
#include "repl/script.h"
#include "src/base/exit_code.h"

namespace kvstore::repl {

struct ShellOptions {
  Mode mode = Mode::kPlain;
  Color color = Color::kAuto;
  bool quiet = false;  // no banner
  // Called before the first prompt, to run commands. May be empty.
  std::function<void(ScriptRunner&)> begin;
};

// Runs until Ctrl-D, EXIT, or SIGTERM. stdin must be a terminal. Returns kDone whatever the
// replies, because the user has seen them.
ExitCode run_shell(Backend& backend, const ShellOptions& options);

}  // namespace kvstore::repl
