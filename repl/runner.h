// Runs requests against a backend and shows their replies: the part that the
// shell, scripts and one-shots share.
//
// Requests pile up until finish_pending(), which waits for their common commit and then
// prints every reply: values to the output, errors to stderr with the place
// they came from.
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
  bool keep_going = false;  // run on after an error
  bool color = false;       // of errors
  bool notes = true;        // on what is empty, and why
};

class Runner {
 public:
  // `source` names where requests come from ("script.kv", "stdin", "argument", "line");
  // with the line number it makes an error's place. Empty: no place is shown. All references must
  // outlive the runner.
  Runner(Backend& backend, Output& output, const RunOptions& options, std::string source);

  // From now on OK is counted and not shown: a run of many commands is summed up.
  void hide_ok() { hide_ok_ = true; }
  std::uint64_t hidden() const { return hidden_; }

  // Queues a request. False: nothing more should be read from this source.
  bool run(const wire::Request& request);
  // An error that no backend answered: the parser's. Same result.
  bool refuse(const Error& error, std::uint64_t line);
  // Something else that was run for this source has failed and said so. Same result.
  bool note_failure(ExitCode code, std::uint64_t line);
  // Nothing more is run, with keep_going either.
  void stop() { stopped_ = true; }
  // Something that has no reply was done: with --ack it is answered with OK. Same result.
  bool acknowledge();
  // Commits, prints. False as above.
  bool finish_pending();

  std::uint64_t commands() const { return commands_; }
  bool last_was_missing() const { return last_was_missing_; }
  bool lost_connection() const { return lost_connection_; }
  // Of the first error that was shown, kDone if there was none.
  ExitCode exit_code() const;
  std::uint64_t answered() const { return answered_; }  // and not with an error
  std::uint64_t failures() const { return failures_; }
  // "198 OK, 2 failed: lines 3, 77"; of many lines the first.
  std::string summary() const;

 private:
  struct Awaited {  // a request whose reply has not come yet
    std::uint64_t line = 0;
    Shape shape = Shape::kData;
    std::string why_empty;  // what to say if its list is empty
    LimitedList limited = {};
  };

  bool follow(const wire::Request& request);
  Awaited take_awaited();
  void show(command::Reply&& reply);
  // An error that a script stops at.
  void fail_at(const Error& error, std::uint64_t line);
  // Why a list is empty, or that it ends at a limit.
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
  bool acknowledged_ = false;  // a reply said that something was done
  ExitCode exit_code_ = ExitCode::kDone;
  bool hide_ok_ = false;
  std::uint64_t hidden_ = 0;
  std::uint64_t answered_ = 0;  // not with an error
  std::uint64_t failures_ = 0;
  std::vector<std::uint64_t> failed_lines_;  // the first of them
};

}  // namespace kvstore::repl
