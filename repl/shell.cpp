// Everything that a user types or pastes becomes text for the parser that scripts use, line by
// line. A line that begins with a dot is a command of the shell itself only while that parser is
// between commands; within a value it is content.
#include "repl/shell.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include <fmt/core.h>

#include "repl/completion.h"
#include "repl/dot_commands.h"
#include "repl/history_file.h"
#include "repl/line_editor.h"
#include "repl/open_quote.h"
#include "repl/prompt.h"
#include "repl/runner.h"
#include "repl/screen.h"
#include "repl/script.h"
#include "repl/signals.h"
#include "repl/terminal_kind.h"
#include "src/base/human.h"
#include "src/command/quote.h"
#include "src/wire/text_parser.h"

namespace kvstore::repl {
namespace {

using Clock = std::chrono::steady_clock;
using wire::Pending;
using ParserEvent = wire::RequestParser::Event;

class Shell {
 public:
  Shell(Backend& backend, const ShellOptions& options);
  ExitCode run();

 private:
  void greet() const;
  CompletionSources sources();
  void take(std::string_view text);
  void take_lines(std::string_view text, Runner& runner);
  bool take_line(std::string_view line, Runner& runner);
  bool feed(std::string_view line, Runner& runner);
  void sum_up(const Runner& runner);
  void say_what_follows() const;
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
  wire::TextParser parser_;
  LineEditor editor_;
  OpenQuote quote_;          // lines of a command whose quote is not closed yet
  std::string entry_;        // history entry that is being built
  std::uint64_t line_ = 0;   // of the present text, from 1
  std::uint64_t began_ = 0;  // line on which the present command began
  bool done_ = false;
};

// If stdout is redirected, replies go there, and prompts to stderr.
bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

// By the headings of STATS itself, on whichever backend.
std::vector<std::string> stats_sections(Backend& backend) {
  const std::string_view argv[] = {"STATS"};
  std::vector<std::string> sections;
  backend.submit(argv);
  (void)backend.finish_pending([&](command::Reply&& reply) {
    for (std::size_t at = 0; (at = reply.text.find("# ", at)) != reply.text.npos; at += 2) {
      if (at != 0 && reply.text[at - 1] != '\n') continue;
      const std::size_t end = reply.text.find_first_of("\r\n", at);
      sections.push_back(reply.text.substr(at + 2, end - at - 2));
    }
  });
  return sections;
}

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
      screen_(STDOUT_FILENO, stdout_is_terminal() && understands_escapes()),
      run_options_(run_options(options)),
      scripts_(backend, screen_, run_options_, false),
      editor_(
          stdout_is_terminal() ? stdout : stderr, default_history_path(),
          [this](std::string_view before) { return complete(before, sources()); },
          [](std::string_view line) { return hint_for(line); }) {}

CompletionSources Shell::sources() {
  return {[this](std::string_view prefix, std::size_t limit) {
            return backend_.complete_keys(prefix, limit);
          },
          [this] { return stats_sections(backend_); }};
}

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
    const std::string prompt = quote_.is_empty()
                                   ? prompt_for(pending, backend_.name(), backend_.in_transaction())
                                   : fmt::format("...{}>", quote_.quote());
    const auto takes = quote_.is_empty() ? takes_for(pending) : LineEditor::Takes::kLines;
    switch (editor_.read(prompt, color_screen_, takes, &text)) {
      case LineEditor::Event::kInput:
        take(text);
        break;
      case LineEditor::Event::kCancel:
        drop_value("Ctrl-C");
        break;
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

bool Shell::idle() const {
  return quote_.is_empty() && parser_.pending().what == Pending::What::kNothing;
}

void Shell::drop_value(std::string_view why) {
  if (!idle()) say(fmt::format("{}: command cancelled, nothing is stored", why));
  parser_.reset();
  quote_.reset();
  entry_.clear();
}

// A text of several lines, typed or pasted, is a run: errors name the line, and a summary follows.
void Shell::take(std::string_view text) {
  const bool is_run = text.find('\n') + 1 < text.size();
  const bool was_idle = idle();
  Runner runner(backend_, screen_, run_options_, is_run ? "line" : "");
  if (is_run) runner.hide_ok();
  (void)signals::take_interrupt();
  take_lines(text, runner);
  runner.finish_pending();
  if (is_run) sum_up(runner);
  screen_.finish();
  if (signals::take_interrupt()) {
    say("");
    drop_value("Ctrl-C");
  }
  if (was_idle) say_what_follows();
  if (backend_.exiting()) done_ = true;
}

void Shell::take_lines(std::string_view text, Runner& runner) {
  line_ = 0;
  began_ = 1;  // also for a command that began before this text
  while (!text.empty() && !done_ && !signals::interrupted()) {
    const std::size_t newline = text.find('\n');
    const std::size_t size = newline == text.npos ? text.size() : newline + 1;
    ++line_;
    if (!take_line(text.substr(0, size), runner)) break;
    text.remove_prefix(size);
  }
}

// One command of several lines gets no summary.
void Shell::sum_up(const Runner& runner) {
  if (runner.answered() + runner.failures() > 1) {
    screen_.finish();
    say(runner.summary());
  } else if (runner.hidden() == 1) {
    screen_.buffer() += "OK\n";
  }
}

// A user who has forgotten the value would type commands into it, so tell what is expected, unless
// the user chose the sentinel.
void Shell::say_what_follows() const {
  const Pending pending = parser_.pending();
  if (quiet_ || pending.what != Pending::What::kBlock || pending.sentinel != "END") return;
  say(fmt::format("The value follows, up to a line {}; Ctrl-C drops it.",
                  command::escape_controls(pending.sentinel)));
}

bool Shell::take_line(std::string_view line, Runner& runner) {
  if (idle()) began_ = line_;
  if (idle() && is_dot_line(line)) {
    runner.finish_pending();
    screen_.finish();
    editor_.add_history(line);
    dot(line);
    return !done_ && !scripts_.dots().is_astray();
  }
  entry_ += line;
  if (parser_.pending().what != Pending::What::kNothing) return feed(line, runner);
  quote_.take(line);
  if (quote_.is_open()) return true;
  const bool was_open = quote_.has_joined();
  auto joined = was_open ? quote_.as_one_line() : Result<std::string>(line);
  quote_.reset();
  if (joined) return feed(*joined, runner);
  const bool go_on = runner.refuse(joined.error(), began_);
  remember_if_whole();
  return go_on;
}

bool Shell::feed(std::string_view line, Runner& runner) {
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
        if (!runner.refuse(parser_.error(), began_)) return false;
        parser_.reset();  // the user has seen the error, and continues
        return true;
      case ParserEvent::kError:
        if (!runner.refuse(parser_.error(), began_)) return false;
        break;
      case ParserEvent::kNeedInput:
      case ParserEvent::kEnd:
        return true;
    }
  }
}

// The time of the command, without that of writing and reading its reply.
bool Shell::run_request(Runner& runner) {
  wire::Request request = parser_.request();
  request.line = began_;
  if (asks_about_dot(request.argv)) {
    runner.finish_pending();
    dot(fmt::format(".help {}", request.argv[1]));
    return true;
  }
  if (!scripts_.dots().timing()) return runner.run(request);
  const auto began = Clock::now();
  const auto waited = screen_.waited();
  const bool go_on = runner.run(request) && runner.finish_pending();
  const std::chrono::duration<double, std::milli> took =
      Clock::now() - began - (screen_.waited() - waited);
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
