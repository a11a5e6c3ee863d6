#include "src/cli/front.h"

#include <unistd.h>

#include <cstdlib>

#include <fmt/core.h>

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
  run.look.ack = options.ack;
  run.look.nil = options.nil;
  run.keep_going = options.keep_going;
  run.color = repl::use_color(options.color, STDERR_FILENO);
  run.notes = !options.quiet;
  return run;
}

ExitCode refuse(const Error& error, const FrontOptions& options, ExitCode code) {
  repl::say_error("kvstore", error, repl::use_color(options.color, STDERR_FILENO));
  return code;
}

ExitCode refuse(const Error& error, const FrontOptions& options) {
  return refuse(error, options, exit_code_of_command(error.code));
}

repl::Intent intent_of_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return repl::intent_of_text(text);
}

repl::Intent intent_of_command(const std::vector<std::string>& words, bool literal) {
  return literal || !repl::are_text_lines(words) ? repl::intent_of(words) : intent_of_lines(words);
}

std::string default_init_path() {
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string(home) + "/.kvstorerc";
}

bool is_there(const std::string& path) {
  return !path.empty() && ::access(path.c_str(), F_OK) == 0;
}

}  // namespace

bool wants_shell(const FrontOptions& options) {
  return options.command.empty() && options.script.empty() && ::isatty(STDIN_FILENO) == 1;
}

Parsed<Front> Front::prepare(const FrontOptions& options) {
  Front front(options);
  if (wants_shell(options)) {
    front.intent_ = {true, true};
  } else if (options.command.empty()) {
    if (const auto code = front.open_script()) return *code;
  } else {
    if (options.last_from_stdin) {
      if (const auto code = front.take_argument()) return *code;
    }
    front.intent_ = intent_of_command(front.options_.command, options.last_from_stdin);
  }
  const repl::Intent before = intent_of_lines(options.first);
  front.intent_.reads |= before.reads;
  front.intent_.writes |= before.writes;
  return front;
}

std::optional<ExitCode> Front::take_argument() {
  if (repl::has_blank(options_.command.front())) {
    return refuse({Code::kUsage, "-x needs the command as separate words",
                   "kvstore -x data.bin SET key < value"},
                  options_);
  }
  if (::isatty(STDIN_FILENO) == 1 && !options_.quiet) {
    repl::say("kvstore: reading from the terminal, up to Ctrl-D");
  }
  auto input = repl::read_argument(STDIN_FILENO);
  if (!input) return refuse(input.error(), options_);
  if (input->empty() && options_.refuse_empty) {
    return refuse({Code::kArity,
                   fmt::format("standard input is empty: {} was not run", options_.command.front()),
                   "leave out --no-empty to store an empty value"},
                  options_);
  }
  if (input->empty() && repl::intent_of(options_.command).writes) {
    repl::say(
        fmt::format("kvstore: note: standard input is empty, and so is the value of {} "
                    "(--no-empty refuses that)",
                    options_.command.front()));
  }
  options_.command.push_back(std::move(*input));
  return std::nullopt;
}

std::optional<ExitCode> Front::open_script() {
  if (options_.script.empty() || options_.script == "-") {
    script_ = repl::ScriptInput::standard_input();
  } else {
    auto opened = repl::ScriptInput::open(options_.script);
    if (!opened) return refuse(opened.error(), options_, ExitCode::kCannotOpen);
    script_ = std::move(*opened);
  }
  // An unreadable script is reported when it is run.
  if (const auto beginning = script_->peek()) intent_ = repl::intent_of_text(*beginning);
  return std::nullopt;
}

// As in sqlite3 and psql, both shells and scripts read it; commands on the command line, which are
// mostly written by programs, do not depend on it.
ExitCode Front::run_init(repl::ScriptRunner& scripts) const {
  const bool own = !options_.init.empty();
  const std::string path = own ? options_.init : default_init_path();
  if (!own && (options_.no_init || !options_.command.empty() || !is_there(path))) {
    return ExitCode::kDone;
  }
  auto input = repl::ScriptInput::open(path);
  if (!input) return refuse(input.error(), options_, own ? ExitCode::kCannotOpen : ExitCode::kDone);
  const ExitCode code = scripts.run(*input);
  return own ? code : ExitCode::kDone;  // an error in the default file does not prevent work
}

ExitCode Front::run_first(repl::ScriptRunner& scripts) const {
  const ExitCode code = run_init(scripts);
  if (options_.first.empty() || code != ExitCode::kDone || scripts.leaving()) return code;
  const ExitCode lines = scripts.run_lines(options_.first, "--cmd");
  return lines == ExitCode::kMissing ? ExitCode::kDone : lines;
}

ExitCode Front::run_shell(repl::Backend& backend) {
  repl::ShellOptions shell;
  shell.mode = options_.mode.value_or(repl::Mode::kPlain);
  shell.color = options_.color;
  shell.quiet = options_.quiet;
  shell.begin = [this](repl::ScriptRunner& scripts) { run_first(scripts); };
  return repl::run_shell(backend, shell);
}

ExitCode Front::run(repl::Backend& backend) {
  const ExitCode code = wants_shell(options_) ? run_shell(backend) : run_commands(backend);
  if (!backend.in_transaction()) return code;
  const Error rolled_back{Code::kAborted,
                          "the transaction was rolled back: the end came before COMMIT or EXEC",
                          "COMMIT after BEGIN, EXEC after MULTI"};
  if (wants_shell(options_)) {
    if (!options_.quiet) repl::say("kvstore: the open transaction was rolled back");
    return code;
  }
  const ExitCode refused = refuse(rolled_back, options_);
  return code == ExitCode::kDone || code == ExitCode::kMissing ? refused : code;
}

ExitCode Front::run_commands(repl::Backend& backend) {
  repl::Output output(STDOUT_FILENO);
  repl::RunOptions run = run_options(options_);
  repl::ScriptRunner scripts(backend, output, run, run.keep_going);
  const ExitCode first = run_first(scripts);
  const bool ends = !run.keep_going || scripts.dots().is_astray();
  if (scripts.leaving() || (first != ExitCode::kDone && ends)) return first;
  const ExitCode code = run_rest(scripts, run);
  return first == ExitCode::kDone ? code : first;
}

ExitCode Front::run_rest(repl::ScriptRunner& scripts, const repl::RunOptions& run) {
  const auto& command = options_.command;
  if (script_) {
    // A progress line on stderr would disturb replies on the same screen.
    const bool progress = !options_.quiet && !run.look.terminal && ::isatty(STDERR_FILENO) == 1;
    return scripts.run(*script_, {progress, !options_.quiet});
  }
  if (options_.last_from_stdin || !repl::are_text_lines(command)) {
    if (!options_.note.empty() && !options_.quiet) repl::say("kvstore: " + options_.note);
    const std::string note = options_.last_from_stdin ? "" : repl::note_on_words(command);
    if (!note.empty() && !options_.quiet) repl::say("kvstore: " + note);
    return scripts.run_argv(command);
  }
  return scripts.run_lines(command, command.size() > 1 ? "argument" : "kvstore");
}

}  // namespace kvstore::cli
