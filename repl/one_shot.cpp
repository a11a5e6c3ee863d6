#include "repl/one_shot.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "repl/report.h"
#include "src/command/text_parser.h"
#include "src/store/store.h"

namespace kvstore::repl {
namespace {

using command::Request;

Result<std::string> read_all(int descriptor) {
  constexpr std::size_t kChunk = std::size_t{1} << 18;
  std::string all;
  while (true) {
    const std::size_t before = all.size();
    all.resize(before + kChunk);
    const ssize_t got = ::read(descriptor, all.data() + before, kChunk);
    if (got < 0 && errno != EINTR) return fail_errno(errno, "read", "standard input");
    all.resize(before + (got < 0 ? 0 : static_cast<std::size_t>(got)));
    if (got == 0) return all;
    if (all.size() > kMaxValueSize) {
      return fail(Code::kTooBig,
                  fmt::format("standard input is longer than a value may be, {} bytes",
                              kMaxValueSize),
                  "several APPENDs, for instance with split(1)");
    }
  }
}

void run_argv(const std::vector<std::string>& words, Runner& runner) {
  Request request;
  request.argv.assign(words.begin(), words.end());
  runner.run(request);
  runner.settle();
}

// The parser is shared, so that a block may be given line by line; an error in
// one of several lines names which argument it was.
void run_lines(const std::vector<std::string>& words, Runner& runner) {
  using Event = command::RequestParser::Event;
  command::TextParser parser;
  for (std::size_t i = 0; i <= words.size(); ++i) {
    if (i < words.size()) {
      parser.feed(words[i]);
      parser.feed("\n");
    } else {
      parser.finish();
    }
    for (Event event = parser.next(); event != Event::kNeedInput && event != Event::kEnd;
         event = parser.next()) {
      const bool go_on = event == Event::kRequest
                             ? runner.run(parser.request())
                             : runner.refuse(parser.error(), parser.error_line());
      if (!go_on || event == Event::kFatal) return;
    }
  }
  runner.settle();
}

bool has_blank(const std::string& word) { return word.find_first_of(" \t\n") != word.npos; }

ExitCode refused(const Error& error, const RunOptions& options) {
  say_error("kvstore", error, options.color);
  return exit_code_of_command(error.code);
}

ExitCode finish(const Runner& runner, Output& output, const RunOptions& options) {
  output.flush();
  if (!output.status()) {
    refused(output.status().error(), options);
    return ExitCode::kIo;
  }
  if (runner.exit_code() != ExitCode::kDone) return runner.exit_code();
  return runner.last_was_missing() ? ExitCode::kMissing : ExitCode::kDone;
}

}  // namespace

bool are_text_lines(const std::vector<std::string>& words) {
  return !words.empty() && (words.size() == 1 || has_blank(words.front()));
}

ExitCode run_one_shot(Backend& backend, const std::vector<std::string>& words, Output& output,
                      const OneShotOptions& options) {
  const bool lines = !options.last_from_stdin && are_text_lines(words);
  if (!options.run.keep_going && lines && words.size() > 1) {
    const Status armed = backend.stop_at_error(true);
    if (!armed) return refused(armed.error(), options.run);
  }
  Runner runner(backend, output, options.run, lines && words.size() > 1 ? "argument" : "kvstore");
  if (!options.last_from_stdin) {
    lines ? run_lines(words, runner) : run_argv(words, runner);
    return finish(runner, output, options.run);
  }
  if (words.empty() || has_blank(words.front())) {
    return refused({Code::kUsage, "-x needs the command as separate words",
                    "kvstore -x data.bin SET key < value"},
                   options.run);
  }
  auto input = read_all(STDIN_FILENO);
  if (!input) return refused(input.error(), options.run);
  std::vector<std::string> all = words;
  all.push_back(std::move(*input));
  run_argv(all, runner);
  return finish(runner, output, options.run);
}

}  // namespace kvstore::repl
