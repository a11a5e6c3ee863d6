#include "repl/script.h"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>

#include "repl/progress.h"
#include "repl/report.h"
#include "src/base/quote.h"
#include "src/command/quote.h"

namespace kvstore::repl {
namespace {

// Limit for nested scripts, long before descriptors and stack run out.
constexpr int kMaxDepth = 16;

// Undone at the end of the scope, because the connection is used further.
class StopAtError {
 public:
  StopAtError(Backend& backend, bool wanted) : backend_(backend), wanted_(wanted) {
    if (wanted_) status_ = backend_.stop_at_error(true);
  }
  ~StopAtError() {
    if (wanted_ && status_) (void)backend_.stop_at_error(false);
  }
  StopAtError(const StopAtError&) = delete;
  StopAtError& operator=(const StopAtError&) = delete;
  const Status& status() const { return status_; }

 private:
  Backend& backend_;
  const bool wanted_;
  Status status_;
};

ExitCode refused(const Error& error, const RunOptions& options) {
  say_error("kvstore", error, options.color);
  return exit_code_of_command(error.code);
}

// The line as typed, as far as it matters for dot-commands.
std::string dot_line(const wire::Request& request) {
  std::string line(request.argv[0]);
  for (std::size_t i = 1; i < request.argv.size(); ++i) {
    const std::string_view word = request.argv[i];
    line += ' ';
    if (is_bare_word(word)) {
      line += word;
    } else {
      append_quoted(word, &line);
    }
  }
  return line;
}

Error not_in_argument(const std::string& line) {
  return {Code::kLength,
          fmt::format("{} announces bytes, and they are not in this argument; nothing was stored",
                      command::quote(line)),
          "quote a value that is a number: 'APPEND key \"5\"'"};
}

}  // namespace

ScriptRunner::ScriptRunner(Backend& backend, Output& output, RunOptions& options, bool keep_going)
    : backend_(backend),
      output_(output),
      options_(options),
      keep_going_(keep_going),
      dots_(backend, output, options, [this](const std::string& path) { return read_file(path); }) {
}

// Runs everything that is complete in the parser's buffer. False: stop reading.
bool ScriptRunner::take(wire::TextParser& parser, Runner& runner) {
  using Event = wire::RequestParser::Event;
  while (true) {
    switch (parser.next()) {
      case Event::kRequest:
        if (!take_request(parser.request(), runner)) return false;
        break;
      case Event::kError:
        if (!runner.refuse(parser.error(), parser.error_line())) return false;
        break;
      case Event::kFatal:
        runner.refuse(parser.error(), parser.error_line());
        return false;
      case Event::kNeedInput:
      case Event::kEnd:
        return true;
    }
  }
}

bool ScriptRunner::take_request(const wire::Request& request, Runner& runner) {
  if (request.argv[0].starts_with('.')) return take_dot(request, runner);
  if (asks_about_dot(request.argv))
    return take_dot({{".help", request.argv[1]}, request.line}, runner);
  if (!dots_.timing()) return runner.run(request);
  const auto began = std::chrono::steady_clock::now();
  const auto waited = output_.waited();
  const bool go_on = runner.run(request) && runner.finish_pending();
  const std::chrono::duration<double, std::milli> took =
      std::chrono::steady_clock::now() - began - (output_.waited() - waited);
  say(fmt::format("({:.3f} ms)", took.count()));
  return go_on;
}

bool ScriptRunner::take_dot(const wire::Request& request, Runner& runner) {
  if (!runner.finish_pending()) return false;
  read_code_ = ExitCode::kDone;
  const Status ran = dots_.run(dot_line(request));
  const bool go_on = note_dot(ran, request.line, runner);
  if (dots_.is_astray()) runner.stop();
  return go_on && !dots_.is_astray();
}

bool ScriptRunner::note_dot(const Status& ran, std::uint64_t line, Runner& runner) {
  if (!ran) return runner.refuse(ran.error(), line);
  // A nested script has shown its own errors.
  if (read_code_ != ExitCode::kDone) return runner.note_failure(read_code_, line);
  return runner.acknowledge() && !leaving();
}

ExitCode ScriptRunner::run(ScriptInput& input, const ScriptOptions& options) {
  const bool outermost = depth_ == 0;
  const StopAtError stop_at_error(backend_, outermost && !options_.keep_going);
  if (!stop_at_error.status()) return refused(stop_at_error.status().error(), options_);
  ++depth_;
  reading_.push_back(input.identity());
  const ExitCode code = run_all(input, options);
  --depth_;
  reading_.pop_back();
  return code;
}

ExitCode ScriptRunner::run_all(ScriptInput& input, const ScriptOptions& options) {
  Runner runner(backend_, output_, options_, input.name());
  wire::TextParser parser;
  Progress progress(options.progress);
  while (true) {
    const auto bytes = input.read();
    if (!bytes) {
      runner.refuse(bytes.error(), 0);
      break;
    }
    if (bytes->empty()) parser.finish();
    parser.feed(*bytes);
    const bool go_on = take(parser, runner) && runner.finish_pending();
    if (bytes->empty() || !go_on) break;
    output_.flush();
    progress.update(runner.commands(), bytes->size());
  }
  const ExitCode code = finish(runner);
  if (options.summary && options_.keep_going && runner.failures() > 0) {
    say(fmt::format("{}: {}", input.name(), runner.summary()));
  }
  return code;
}

Status ScriptRunner::read_file(const std::string& path) {
  if (depth_ >= kMaxDepth) {
    return fail(Code::kTooBig, fmt::format("scripts read each other {} deep", kMaxDepth));
  }
  KV_ASSIGN(ScriptInput input, ScriptInput::open(path));
  const auto identity = input.identity();
  if (identity && std::find(reading_.begin(), reading_.end(), identity) != reading_.end()) {
    return fail(Code::kSyntax, fmt::format("{} reads itself", command::quote(path)),
                "leave out that .read");
  }
  const bool outside = options_.keep_going;
  options_.keep_going = keep_going_;
  read_code_ = run(input);
  options_.keep_going = outside;
  return {};
}

ExitCode ScriptRunner::run_lines(const std::vector<std::string>& lines, std::string_view source) {
  const StopAtError stop_at_error(backend_, lines.size() > 1 && !options_.keep_going);
  if (!stop_at_error.status()) return refused(stop_at_error.status().error(), options_);
  Runner runner(backend_, output_, options_, std::string(source));
  wire::TextParser parser;
  bool go_on = true;
  for (std::size_t i = 0; i < lines.size() && go_on; ++i) {
    parser.feed(lines[i]);
    parser.feed("\n");
    go_on = take(parser, runner);
    const bool is_last = i + 1 == lines.size();
    if (go_on && !is_last && parser.pending().what == wire::Pending::What::kBytes) {
      // The next argument is a command, and would be taken for the bytes.
      const std::uint64_t line = parser.request().line;
      parser.reset();
      go_on = runner.refuse(not_in_argument(lines[i]), line);
    }
  }
  parser.finish();
  if (go_on && take(parser, runner)) runner.finish_pending();
  return finish(runner);
}

ExitCode ScriptRunner::run_argv(const std::vector<std::string>& words) {
  Runner runner(backend_, output_, options_, "kvstore");
  wire::Request request;
  request.argv.assign(words.begin(), words.end());
  take_request(request, runner);
  runner.finish_pending();
  return finish(runner);
}

ExitCode ScriptRunner::finish(const Runner& runner) {
  output_.flush();
  if (!output_.status()) {
    refused(output_.status().error(), options_);
    return ExitCode::kIo;
  }
  if (runner.exit_code() != ExitCode::kDone) return runner.exit_code();
  if (output_.lost()) return ExitCode::kIo;  // the following commands were not run
  const bool counts = depth_ == 0;           // the last reply of a nested script is not the result
  return counts && runner.last_was_missing() ? ExitCode::kMissing : ExitCode::kDone;
}

}  // namespace kvstore::repl
