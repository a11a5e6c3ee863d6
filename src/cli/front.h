// Runs a shell, a script or a one-shot, as the command line requests.
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

// Whether the command line requests the shell, which has its own banner.
bool wants_shell(const FrontOptions& options);

// Connects a command line with a database: which lines are run, in which order, and the format of
// their replies. For one run; one thread.
class Front {
 public:
  // Reads input before the database is opened: all of stdin for -x, so that the writer of a pipe
  // has finished with the same file; the begin of a script. Errors are explained on stderr.
  static Parsed<Front> prepare(const FrontOptions& options);

  // What it will do; a shell may do anything.
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
