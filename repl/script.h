// Scripts: commands from a file or a pipe, as fast as they come, and lines given
// on the command line. Between commands a line that begins with a dot is one of
// the shell's own (dot_commands.h).
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
  bool progress = false;  // a line on stderr that counts, once it takes long
  bool summary = false;   // with keep_going: what failed, on stderr at the end
};

class ScriptRunner {
 public:
  // `options` is what dot-commands change. `keep_going` holds in files that .read
  // names, whatever it is outside of them. All references must outlive this.
  ScriptRunner(Backend& backend, Output& output, RunOptions& options, bool keep_going);

  // Runs everything `input` yields, to its end, the first error (unless keep_going)
  // or EXIT. What arrives in one read shares one commit; replies are written before
  // the next read that may block, so that another program can hold a conversation
  // with this one. The output is flushed.
  ExitCode run(ScriptInput& input, const ScriptOptions& options = {});

  // Lines of text. The parser is shared, so that a block may be given line by line.
  // `source` is where errors say they are, "argument" or "--cmd", or "kvstore" for a
  // line alone. kMissing if the last reply was NIL. The output is flushed.
  ExitCode run_lines(const std::vector<std::string>& lines, std::string_view source);

  // One command, its words taken literally. The same result.
  ExitCode run_argv(const std::vector<std::string>& words);

  DotRunner& dots() { return dots_; }
  // EXIT, QUIT, .exit or .quit was run: nothing else should be.
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
  int depth_ = 0;                         // of scripts within scripts
  std::vector<std::optional<ScriptInput::Identity>> reading_;  // as many of them
  ExitCode read_code_ = ExitCode::kDone;  // of the last .read
};

}  // namespace kvstore::repl
