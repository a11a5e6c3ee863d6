// Runs scripts: commands from a file or a pipe, at full speed, and lines on the command line.
// Between commands a line that begins with a dot is a command of the shell itself (dot_commands.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repl/dot_runner.h"
#include "repl/runner.h"
#include "repl/script_input.h"
#include "src/wire/text_parser.h"

namespace kvstore::repl {

struct ScriptOptions {
  bool progress = false;  // show a progress line on stderr if it takes long
  bool summary = false;   // with keep_going: list the failures on stderr at the end
};

class ScriptRunner {
 public:
  // Dot-commands change `options`. `keep_going` also applies to files that are read by .read. All
  // references must outlive this.
  ScriptRunner(Backend& backend, Output& output, RunOptions& options, bool keep_going);

  // Runs everything in `input`, until its end, the first error (unless keep_going), or EXIT.
  // Requests that arrive in one read share a commit. Replies are written before the next read that
  // may block, so that another program can interact with this one. The output is flushed.
  ExitCode run(ScriptInput& input, const ScriptOptions& options = {});

  // Runs lines of text, with one parser for all, so that a block may span lines. `source` is the
  // place in errors: "argument" or "--cmd", or "kvstore" for a single line. kMissing if the last
  // reply was NIL. The output is flushed.
  ExitCode run_lines(const std::vector<std::string>& lines, std::string_view source);

  // Runs one command with literal words. Result as run_lines().
  ExitCode run_argv(const std::vector<std::string>& words);

  DotRunner& dots() { return dots_; }
  // True once EXIT, QUIT, .exit or .quit was run: run nothing more.
  bool leaving() const { return backend_.exiting() || dots_.leaving(); }

 private:
  bool take(wire::TextParser& parser, Runner& runner);
  bool take_request(const wire::Request& request, Runner& runner);
  bool take_dot(const wire::Request& request, Runner& runner);
  bool note_dot(const Status& ran, std::uint64_t line, Runner& runner);
  ExitCode run_all(ScriptInput& input, const ScriptOptions& options);
  Status read_file(const std::string& path);
  ExitCode finish(const Runner& runner);

  Backend& backend_;
  Output& output_;
  RunOptions& options_;
  const bool keep_going_;
  DotRunner dots_;
  int depth_ = 0;                         // nesting depth of scripts
  std::vector<std::optional<ScriptInput::Identity>> reading_;  // the files of these scripts
  ExitCode read_code_ = ExitCode::kDone;  // of the last .read
};

}  // namespace kvstore::repl
