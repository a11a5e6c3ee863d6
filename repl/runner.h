// Runs requests on a backend and shows their replies: shared by the shell, scripts and one-shots.
//
// Requests are queued until finish_pending(), which waits for their common commit and then prints
// every reply: values to the output, errors to stderr with the place of the request.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "repl/backend.h"
#include "repl/empty_reply.h"
#include "repl/output.h"
#include "repl/render.h"
#include "src/base/exit_code.h"
#include "src/wire/request.h"

namespace kvstore::repl {

struct RunOptions {
  Look look;
  bool keep_going = false;  // continue after an error
  bool color = false;       // for errors
  bool notes = true;        // notes on empty lists
};

class Runner {
 public:
  // `source` names the origin of requests ("script.kv", "stdin", "argument", "line"); with the line
  // number it is the place of an error. Empty: no place is shown. All references must outlive the
  // runner.
  Runner(Backend& backend, Output& output, const RunOptions& options, std::string source);

  // Counts OK from now on instead of showing it: for the summary of many commands.
  void hide_ok() { hide_ok_ = true; }
  std::uint64_t hidden() const { return hidden_; }

  // Queues a request. False: nothing more should be read from this source.
  bool run(const wire::Request& request);
  // Reports an error of the parser. Result as run().
  bool refuse(const Error& error, std::uint64_t line);
  // Notes that something else run for this source has failed and was reported. Result as run().
  bool note_failure(ExitCode code, std::uint64_t line);
  // Runs nothing more, even with keep_going.
  void stop() { stopped_ = true; }
  // Replies OK, with --ack, to something without a reply. Result as run().
  bool acknowledge();
  // Commits and prints the replies. Result as run().
  bool finish_pending();

  std::uint64_t commands() const { return commands_; }
  bool last_was_missing() const { return last_was_missing_; }
  bool lost_connection() const { return lost_connection_; }
  // The exit code for the first error shown, kDone if there was none.
  ExitCode exit_code() const;
  std::uint64_t answered() const { return answered_; }  // replies other than errors
  std::uint64_t failures() const { return failures_; }
  // Such as "198 OK, 2 failed: lines 3, 77"; of many lines only the first are named.
  std::string summary() const;

 private:
  struct Awaited {  // a request whose reply is missing
    std::uint64_t line = 0;
    Shape shape = Shape::kData;
    std::string why_empty;  // the note to show if its list is empty
    LimitedList limited = {};
  };

  bool follow(const wire::Request& request);
  Awaited take_awaited();
  void show(command::Reply&& reply);
  // Handles an error at which a script stops.
  void fail_at(const Error& error, std::uint64_t line);
  // Shows why a list is empty, or that it ends at a limit.
  void say_notes(const Awaited& request, const command::Reply& reply);
  void show_long(const command::Reply& reply, std::uint64_t line, Shape shape);
  void show_error(const Error& error, std::uint64_t line);
  void count_failure(ExitCode code, std::uint64_t line);
  std::string place(std::uint64_t line) const;

  Backend& backend_;
  Output& output_;
  const RunOptions& options_;
  std::string source_;
  std::deque<Awaited> awaited_;
  std::uint64_t commands_ = 0;
  bool stopped_ = false;
  bool last_was_missing_ = false;
  bool lost_connection_ = false;
  bool acknowledged_ = false;  // a reply reported that something was done
  ExitCode exit_code_ = ExitCode::kDone;
  bool hide_ok_ = false;
  std::uint64_t hidden_ = 0;
  std::uint64_t answered_ = 0;  // replies other than errors
  std::uint64_t failures_ = 0;
  std::vector<std::uint64_t> failed_lines_;  // the first ones
};

}  // namespace kvstore::repl
