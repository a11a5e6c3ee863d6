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
  // Called before the first prompt, for what is to be run then. May be empty.
  std::function<void(ScriptRunner&)> begin;
};

// Runs until Ctrl-D, EXIT, or SIGTERM. stdin must be a terminal. kDone whatever
// single commands answered: a person has seen it.
ExitCode run_shell(Backend& backend, const ShellOptions& options);

}  // namespace kvstore::repl
