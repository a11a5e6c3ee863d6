#include "repl/runner.h"

#include <cstdio>

#include <fmt/format.h>

#include "repl/report.h"
#include "src/command/table.h"

namespace kvstore::repl {
namespace {

// What is held in memory before replies are committed and printed.
constexpr std::size_t kMaxHeldBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxHeldRequests = 16384;

bool is_prose(std::string_view word) {
  const command::Command* known = command::find_command(word);
  return known && known->name == "HELP";
}

}  // namespace

Runner::Runner(Backend& backend, Output& output, const RunOptions& options, std::string source)
    : backend_(backend), output_(output), options_(options), source_(std::move(source)) {}

bool Runner::run(const command::Request& request) {
  if (stopped_) return false;
  ++commands_;
  awaited_.push_back({request.line, is_prose(request.argv[0])});
  const bool go_on = backend_.submit(request.argv);
  if (backend_.exiting() || (!go_on && !options_.keep_going)) {
    settle();
    stopped_ = true;
    return false;
  }
  const bool full = awaited_.size() >= kMaxHeldRequests || backend_.held_bytes() >= kMaxHeldBytes;
  return full ? settle() : true;
}

bool Runner::refuse(const Error& error, std::uint64_t line) {
  if (!settle()) return false;
  show_error(error, line);
  if (!options_.keep_going) stopped_ = true;
  return !stopped_;
}

bool Runner::settle() {
  if (!awaited_.empty()) {
    const Status settled = backend_.settle([this](command::Reply&& reply) { show(std::move(reply)); });
    if (!settled) {
      show_error(settled.error(), awaited_.empty() ? 0 : awaited_.front().line);
      lost_connection_ = stopped_ = true;
    }
    awaited_.clear();
  }
  if (output_.broken()) stopped_ = true;
  return !stopped_;
}

void Runner::show(command::Reply&& reply) {
  const Awaited request = awaited_.empty() ? Awaited{} : awaited_.front();
  if (!awaited_.empty()) awaited_.pop_front();
  if (stopped_) return;  // what follows the error that stops a script is not shown
  last_was_missing_ = reply.kind == command::Reply::Kind::kMissing;
  if (reply.kind == command::Reply::Kind::kError) {
    show_error(reply.error, request.line);
    if (!options_.keep_going) stopped_ = true;
    return;
  }
  Look look = options_.look;
  if (request.is_prose) look.mode = Mode::kPlain;
  render(reply, look, &output_.buffer());
  output_.write_if_full();
}

void Runner::show_error(const Error& error, std::uint64_t line) {
  output_.finish();  // what was answered before the error is seen before it
  say_error(place(line), error, options_.color);
  if (exit_code_ == ExitCode::kDone) exit_code_ = exit_code_of_command(error.code);
}

std::string Runner::place(std::uint64_t line) const {
  // The program's name stands for the one command on its command line.
  if (source_.empty() || line == 0 || source_ == "kvstore") return source_;
  return fmt::format("{}{}{}", source_, source_ == "argument" ? " " : ":", line);
}

}  // namespace kvstore::repl
