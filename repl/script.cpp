#include "repl/script.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "repl/progress.h"
#include "repl/report.h"
#include "src/command/text_parser.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;

bool is_readable_now(int descriptor) {
  pollfd poll_for{descriptor, POLLIN, 0};
  return ::poll(&poll_for, 1, 0) == 1 && (poll_for.revents & POLLIN) != 0;
}

// Blocks for the first bytes, then takes what else is there already: a pipe
// hands out little at a time, and a fuller buffer shares a sync among more
// commands. 0 at the end, -1 with errno.
ssize_t read_chunk(int descriptor, char* to) {
  std::size_t filled = 0;
  do {
    const ssize_t got = ::read(descriptor, to + filled, kChunk - filled);
    if (got < 0 && errno == EINTR && filled == 0) continue;
    if (got < 0 && filled == 0) return -1;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  } while (filled == 0 || (filled < kChunk && is_readable_now(descriptor)));
  return static_cast<ssize_t>(filled);
}

// Everything complete in the parser's buffer. False: stop reading.
bool drain(command::TextParser& parser, Runner& runner) {
  using Event = command::RequestParser::Event;
  while (true) {
    switch (parser.next()) {
      case Event::kRequest:
        if (!runner.run(parser.request())) return false;
        break;
      case Event::kError:
        if (!runner.refuse(parser.error(), parser.error_line())) return false;
        break;
      case Event::kFatal: runner.refuse(parser.error(), parser.error_line()); return false;
      case Event::kNeedInput:
      case Event::kEnd: return runner.settle();
    }
  }
}

// Undone at the end: the shell's `.read` goes on with the same connection.
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

ExitCode finish(const Runner& runner, Output& output, const RunOptions& options) {
  output.flush();
  if (!output.status()) {
    say_error("", output.status().error(), options.color);
    return ExitCode::kIo;
  }
  return runner.exit_code();
}

}  // namespace

ExitCode run_script(Backend& backend, int descriptor, const std::string& source, Output& output,
                    const ScriptOptions& options) {
  Runner runner(backend, output, options.run, source);
  const StopAtError stop_at_error(backend, !options.run.keep_going);
  if (const Status& armed = stop_at_error.status(); !armed) {
    say_error("", armed.error(), options.run.color);
    return exit_code_of_command(armed.error().code);
  }
  // More fits into the pipe, so fewer and larger reads; not every kind can.
  (void)::fcntl(descriptor, F_SETPIPE_SZ, 4 * kChunk);
  command::TextParser parser;
  Progress progress(options.progress);
  const auto chunk = std::make_unique_for_overwrite<char[]>(kChunk);
  while (true) {
    const ssize_t got = read_chunk(descriptor, chunk.get());
    if (got < 0) {
      runner.refuse(fail_errno(errno, "read", source).value(), 0);
      break;
    }
    if (got == 0) parser.finish();
    parser.feed({chunk.get(), static_cast<std::size_t>(got)});
    const bool go_on = drain(parser, runner);
    if (got == 0 || !go_on) break;
    output.flush();
    progress.update(runner.commands(), static_cast<std::uint64_t>(got));
  }
  return finish(runner, output, options.run);
}

ExitCode run_script_file(Backend& backend, const std::string& path, Output& output,
                         const ScriptOptions& options) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    say_error("", fail_errno(errno, "open script", path).value(), options.run.color);
    return ExitCode::kUsage;
  }
  const ExitCode code = run_script(backend, descriptor, path, output, options);
  ::close(descriptor);
  return code;
}

}  // namespace kvstore::repl
