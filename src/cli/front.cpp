#include "src/cli/front.h"

#include <unistd.h>

#include "repl/one_shot.h"
#include "repl/report.h"
#include "repl/script.h"
#include "repl/shell.h"

namespace kvstore::cli {
namespace {

repl::RunOptions run_options(const FrontOptions& options) {
  repl::RunOptions run;
  run.look.mode = options.mode.value_or(repl::Mode::kPlain);
  run.look.terminal = ::isatty(STDOUT_FILENO) == 1;
  run.look.newline = options.newline;
  run.keep_going = options.keep_going;
  run.color = repl::use_color(options.color, STDERR_FILENO);
  return run;
}

ExitCode run_scripted(repl::Backend& backend, const FrontOptions& options) {
  repl::Output output(STDOUT_FILENO);
  const repl::RunOptions run = run_options(options);
  if (!options.command.empty()) {
    return repl::run_one_shot(backend, options.command, output, {run, options.last_from_stdin});
  }
  // Counting on stderr would disturb answers on the same screen.
  const bool progress = !options.quiet && !run.look.terminal && ::isatty(STDERR_FILENO) == 1;
  if (options.script.empty() || options.script == "-") {
    return repl::run_script(backend, STDIN_FILENO, "stdin", output, {run, progress});
  }
  return repl::run_script_file(backend, options.script, output, {run, progress});
}

}  // namespace

bool wants_shell(const FrontOptions& options) {
  return options.command.empty() && options.script.empty() && ::isatty(STDIN_FILENO) == 1;
}

ExitCode run_front(repl::Backend& backend, const FrontOptions& options) {
  if (!wants_shell(options)) return run_scripted(backend, options);
  repl::ShellOptions shell;
  shell.mode = options.mode.value_or(repl::Mode::kPlain);
  shell.color = options.color;
  shell.quiet = options.quiet;
  return repl::run_shell(backend, shell);
}

}  // namespace kvstore::cli
