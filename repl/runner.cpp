#include "repl/runner.h"

#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "repl/columns.h"
#include "repl/empty_reply.h"
#include "repl/followed.h"
#include "repl/long_reply.h"
#include "repl/report.h"
#include "repl/signals.h"
#include "src/base/human.h"

namespace kvstore::repl {
namespace {

// Limits for what is held before replies are committed and printed.
constexpr std::size_t kMaxHeldBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxHeldRequests = 16384;
constexpr std::size_t kMaxFailedLines = 20;  // named in a summary

using Kind = command::Reply::Kind;

// The operation, such as a compaction or a backup, was interrupted without a result, or was done
// already.
bool is_given_up(const command::Reply& reply) {
  return reply.kind == Kind::kError && reply.error.code == Code::kSkipped;
}

bool is_empty(const command::Reply& reply) {
  if (reply.kind == Kind::kArray) return reply.items.empty();
  return reply.kind == Kind::kInteger && reply.integer == 0;
}

}  // namespace

Runner::Runner(Backend& backend, Output& output, const RunOptions& options, std::string source)
    : backend_(backend), output_(output), options_(options), source_(std::move(source)) {}

bool Runner::run(const wire::Request& request) {
  if (stopped_) return false;
  if (is_follow(request.argv)) return follow(request);
  ++commands_;
  awaited_.push_back({request.line, shape_of(request.argv), {}, {}});
  const bool is_one_shot = source_ == "kvstore" && options_.notes && !options_.look.ack;
  const bool is_told = options_.look.prompt && awaited_.back().shape == Shape::kRestored;
  if ((options_.look.prompt || is_one_shot) && !is_told)
    awaited_.back().why_empty = why_empty(request.argv);
  if (options_.look.prompt) {
    awaited_.back().limited = limited_list(request.argv);
  }
  const bool go_on = backend_.submit(request.argv);
  if (backend_.exiting() || (!go_on && !options_.keep_going)) {
    finish_pending();
    stopped_ = true;
    return false;
  }
  const bool full = awaited_.size() >= kMaxHeldRequests || backend_.held_bytes() >= kMaxHeldBytes;
  return full ? finish_pending() : true;
}

// After it was stopped, input is for the next commands.
bool Runner::follow(const wire::Request& request) {
  if (!finish_pending()) return false;
  ++commands_;
  Followed followed(options_.look, output_);
  const auto tell = [&](const Error& error) {
    followed.end_line();
    show_error(error, request.line);
  };
  bool failed = false;
  const auto take = [&](command::Reply&& reply) {
    failed = reply.kind == command::Reply::Kind::kError;
    if (failed) tell(reply.error);
    return !failed && followed.show(std::move(reply));
  };
  const Status done = backend_.follow(request.argv, take);
  if (done && !followed.status()) {
    failed = true;
    tell(followed.status().error());
  }
  if (!done) {
    tell(done.error());
    lost_connection_ = stopped_ = true;
  } else if (failed) {
    stopped_ |= !options_.keep_going;
  } else {
    ++answered_;
  }
  return finish_pending();
}

bool Runner::refuse(const Error& error, std::uint64_t line) {
  if (!finish_pending()) return false;
  show_error(error, line);
  if (!options_.keep_going) stopped_ = true;
  return !stopped_;
}

bool Runner::note_failure(ExitCode code, std::uint64_t line) {
  count_failure(code, line);
  if (!options_.keep_going) stopped_ = true;
  return !stopped_;
}

bool Runner::acknowledge() {
  ++answered_;
  if (options_.look.ack) render(command::Reply::ok(), options_.look, &output_.buffer());
  return !stopped_;
}

bool Runner::finish_pending() {
  if (!awaited_.empty()) {
    const Status settled =
        backend_.finish_pending([this](command::Reply&& reply) { show(std::move(reply)); });
    if (!settled) {
      show_error(settled.error(), awaited_.empty() ? 0 : awaited_.front().line);
      lost_connection_ = stopped_ = true;
    }
    awaited_.clear();
  }
  if (output_.broken() || signals::interrupted()) stopped_ = true;
  return !stopped_;
}

Runner::Awaited Runner::take_awaited() {
  if (awaited_.empty()) return {};
  Awaited first = std::move(awaited_.front());
  awaited_.pop_front();
  return first;
}

void Runner::show(command::Reply&& reply) {
  const Awaited request = take_awaited();
  if (signals::interrupted()) {
    if (is_given_up(reply) && !stopped_) show_error(reply.error, request.line);
    return;
  }
  if (stopped_) return;  // what follows the error at which a script stops is not shown
  const bool in_pieces = reply.stream && shows_in_pieces(reply, options_.look, request.shape);
  if (reply.stream && !in_pieces) hold_stream(&reply);
  last_was_missing_ = reply.kind == Kind::kMissing;
  if (reply.kind == Kind::kError) return fail_at(reply.error, request.line);
  if (in_pieces) return show_long(reply, request.line, request.shape);
  ++answered_;
  acknowledged_ |= reply.kind == Kind::kOk || (reply.kind == Kind::kInteger && reply.integer > 0);
  if (hide_ok_ && reply.kind == Kind::kOk) {
    ++hidden_;
    return;
  }
  Look look = options_.look;
  if (look.prompt) look.width = screen_width();
  render(reply, look, &output_.buffer(), request.shape);
  output_.write_if_full();
  const Error* const failed = failed_item(reply);
  if (failed && !look.prompt) fail_at(*failed, request.line);
  say_notes(request, reply);
}

void Runner::fail_at(const Error& error, std::uint64_t line) {
  show_error(error, line);
  if (!options_.keep_going) stopped_ = true;
}

void Runner::say_notes(const Awaited& request, const command::Reply& reply) {
  if (is_empty(reply) && !request.why_empty.empty()) {
    output_.finish();
    say(request.why_empty);
  }
  if (ends_at_limit(request.limited, reply)) {
    output_.finish();
    say(request.limited.note);
  }
}

void Runner::show_long(const command::Reply& reply, std::uint64_t line, Shape shape) {
  Look look = options_.look;
  if (look.prompt) look.width = screen_width();
  const Status shown = show_in_pieces(reply, look, shape, output_);
  if (signals::interrupted()) return;  // the result does not matter any more
  if (shown) {
    ++answered_;
    output_.write_if_full();
    return;
  }
  show_error(shown.error(), line);
  if (!options_.keep_going) stopped_ = true;
}

void Runner::show_error(const Error& error, std::uint64_t line) {
  if (options_.look.ack) {
    append_ack_error(error, options_.look, &output_.buffer());
    output_.buffer() += '\n';
  }
  output_.finish();  // earlier replies must appear before the error
  say_error(place(line), error, options_.color);
  count_failure(exit_code_of_command(error.code), line);
}

void Runner::count_failure(ExitCode code, std::uint64_t line) {
  ++failures_;
  if (line != 0 && failed_lines_.size() < kMaxFailedLines) failed_lines_.push_back(line);
  if (exit_code_ == ExitCode::kDone) exit_code_ = code;
}

// "Cannot open" means that nothing was done. If a write failed to open the file, for lack of a
// thread for example, but another one was acknowledged, that does not hold.
ExitCode Runner::exit_code() const {
  const bool opened = acknowledged_ && !lost_connection_;
  return exit_code_ == ExitCode::kCannotOpen && opened ? ExitCode::kCommandFailed : exit_code_;
}

std::string Runner::summary() const {
  std::string text = fmt::format("{} OK", with_commas(answered_));
  if (failures_ == 0) return text;
  text += fmt::format(", {} failed", with_commas(failures_));
  if (failed_lines_.empty()) return text;
  text += fmt::format(": line{} {}", failed_lines_.size() == 1 ? "" : "s",
                      fmt::join(failed_lines_, ", "));
  return failures_ > failed_lines_.size() ? text + ", ..." : text;
}

std::string Runner::place(std::uint64_t line) const {
  // A single command on the command line is attributed to the program's name.
  if (source_.empty() || line == 0 || source_ == "kvstore") return source_;
  const bool is_file = source_ != "argument" && source_ != "line" && source_ != "--cmd";
  return fmt::format("{}{}{}", source_, is_file ? ":" : " ", line);
}

}  // namespace kvstore::repl
