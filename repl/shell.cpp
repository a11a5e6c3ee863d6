// One thing is worth knowing before reading: whatever a person types or pastes
// becomes text for the same parser that scripts use, line by line. Only while
// that parser is between commands does a line that begins with a dot mean the
// shell itself; inside a value it is content.
#include "repl/shell.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "repl/completion.h"
#include "repl/dot_commands.h"
#include "repl/history_file.h"
#include "repl/human.h"
#include "repl/line_editor.h"
#include "repl/prompt.h"
#include "repl/runner.h"
#include "repl/screen.h"
#include "repl/script.h"
#include "repl/signals.h"
#include "src/command/text_parser.h"

namespace kvstore::repl {
namespace {

using Clock = std::chrono::steady_clock;
using command::Pending;
using ParserEvent = command::RequestParser::Event;

class Shell {
 public:
  Shell(Backend& backend, const ShellOptions& options);
  ExitCode run();

 private:
  void greet() const;
  void take(std::string_view text);
  bool take_line(std::string_view line, Runner& runner);
  bool drain(Runner& runner);
  bool run_request(Runner& runner);
  void remember_if_whole();
  void drop_value(std::string_view why);
  void dot(std::string_view line);
  bool idle() const;

  Backend& backend_;
  const bool quiet_;
  const std::function<void(ScriptRunner&)> begin_;
  const bool color_screen_;
  Screen screen_;
  RunOptions run_options_;
  ScriptRunner scripts_;
  command::TextParser parser_;
  LineEditor editor_;
  std::string entry_;  // of the history, as it grows
  bool done_ = false;
};

// stdout may be redirected: then answers go there, and prompts to stderr.
bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

RunOptions run_options(const ShellOptions& options) {
  return {{options.mode, stdout_is_terminal(), stdout_is_terminal(), true},
          true,
          use_color(options.color, STDERR_FILENO)};
}

Shell::Shell(Backend& backend, const ShellOptions& options)
    : backend_(backend),
      quiet_(options.quiet),
      begin_(options.begin),
      color_screen_(use_color(options.color, STDERR_FILENO)),
      screen_(STDOUT_FILENO, stdout_is_terminal()),
      run_options_(run_options(options)),
      scripts_(backend, screen_, run_options_, false),
      editor_(stdout_is_terminal() ? stdout : stderr, default_history_path(),
              [this](std::string_view before) {
                return complete(before, [this](std::string_view prefix, std::size_t limit) {
                  return backend_.complete_keys(prefix, limit);
                });
              }) {}

void Shell::greet() const {
  if (quiet_) return;
  say(backend_.banner());
  say("Type .help for help, Ctrl-D to leave.");
}

ExitCode Shell::run() {
  greet();
  if (begin_) begin_(scripts_);
  screen_.finish();
  if (scripts_.leaving()) done_ = true;
  while (!done_ && !signals::wants_end()) {
    const Pending pending = parser_.pending();
    std::string text;
    switch (editor_.read(prompt_for(pending, backend_.name()), color_screen_, takes_for(pending),
                         &text)) {
      case LineEditor::Event::kInput: take(text); break;
      case LineEditor::Event::kCancel: drop_value("Ctrl-C"); break;
      case LineEditor::Event::kEnd:
        if (idle()) {
          done_ = true;
        } else {
          drop_value("Ctrl-D");
        }
        break;
    }
  }
  return ExitCode::kDone;
}

bool Shell::idle() const { return parser_.pending().what == Pending::What::kNothing; }

void Shell::drop_value(std::string_view why) {
  if (!idle()) say(fmt::format("{}: the command was dropped, nothing is stored", why));
  parser_.reset();
  entry_.clear();
}

void Shell::take(std::string_view text) {
  Runner runner(backend_, screen_, run_options_, "");
  (void)signals::take_interrupt();
  while (!text.empty() && !done_) {
    const std::size_t newline = text.find('\n');
    const std::size_t size = newline == text.npos ? text.size() : newline + 1;
    if (!take_line(text.substr(0, size), runner)) break;
    text.remove_prefix(size);
    if (signals::take_interrupt()) {
      drop_value("Ctrl-C");
      break;
    }
  }
  runner.settle();
  screen_.finish();
  if (backend_.exiting()) done_ = true;
}

bool Shell::take_line(std::string_view line, Runner& runner) {
  if (idle() && is_dot_line(line)) {
    runner.settle();
    editor_.add_history(line);
    dot(line);
    return !done_;
  }
  entry_ += line;
  parser_.feed(line);
  const bool go_on = drain(runner);
  remember_if_whole();
  return go_on;
}

bool Shell::drain(Runner& runner) {
  while (true) {
    switch (parser_.next()) {
      case ParserEvent::kRequest:
        if (!run_request(runner)) return false;
        break;
      case ParserEvent::kFatal:
        if (!runner.refuse(parser_.error(), 0)) return false;
        parser_.reset();  // a person sees what happened, and goes on
        return true;
      case ParserEvent::kError:
        if (!runner.refuse(parser_.error(), 0)) return false;
        break;
      case ParserEvent::kNeedInput:
      case ParserEvent::kEnd: return true;
    }
  }
}

bool Shell::run_request(Runner& runner) {
  if (!scripts_.dots().timing()) return runner.run(parser_.request());
  const auto began = Clock::now();
  const bool go_on = runner.run(parser_.request()) && runner.settle();
  const std::chrono::duration<double, std::milli> took = Clock::now() - began;
  screen_.finish();
  say(fmt::format("({:.3f} ms)", took.count()));
  return go_on;
}

void Shell::remember_if_whole() {
  if (!idle()) return;
  editor_.add_history(entry_);
  entry_.clear();
}

void Shell::dot(std::string_view line) {
  const Status ran = scripts_.dots().run(line);
  screen_.finish();
  if (!ran) say_error("", ran.error(), color_screen_);
  if (scripts_.leaving()) done_ = true;
}

}  // namespace

ExitCode run_shell(Backend& backend, const ShellOptions& options) {
  signals::install();
  return Shell(backend, options).run();
}

}  // namespace kvstore::repl
