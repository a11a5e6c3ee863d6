// A shell, a script or a one-shot, whichever the command line asks for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "repl/backend.h"
#include "repl/intent.h"
#include "repl/script.h"
#include "src/base/exit_code.h"
#include "src/cli/options.h"

namespace kvstore::cli {

// Whether the command line asks for the shell, which has a banner of its own.
bool wants_shell(const FrontOptions& options);

// What stands between a command line and a database: which lines are run, in which order, and how
// their answers look. One run's; for one thread.
class Front {
 public:
  // Reads what can be read before there is a database: all of stdin for -x, so
  // that a pipe's writer is done with the same file; the beginning of a script.
  // What is wrong is explained on stderr.
  static Parsed<Front> prepare(const FrontOptions& options);

  // What it is about to do. A shell may do anything.
  repl::Intent intent() const { return intent_; }
  ExitCode run(repl::Backend& backend);

 private:
  explicit Front(const FrontOptions& options) : options_(options) {}
  ExitCode run_first(repl::ScriptRunner& scripts) const;
  ExitCode run_init(repl::ScriptRunner& scripts) const;
  std::optional<ExitCode> take_argument();
  std::optional<ExitCode> open_script();
  ExitCode run_shell(repl::Backend& backend);
  ExitCode run_commands(repl::Backend& backend);
  ExitCode run_rest(repl::ScriptRunner& scripts, const repl::RunOptions& run);

  FrontOptions options_;
  std::optional<repl::ScriptInput> script_;
  repl::Intent intent_;
};

}  // namespace kvstore::cli
