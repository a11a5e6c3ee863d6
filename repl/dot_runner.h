// Runs dot-commands, for the shell and for scripts. Their settings are stored here, so that a
// script that is read by another one shares them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "repl/backend.h"
#include "repl/dot_commands.h"
#include "repl/output.h"
#include "repl/runner.h"

namespace kvstore::repl {

class DotRunner {
 public:
  // Runs the commands of a file, and shows their errors. Returns an error only if the file could
  // not be read.
  using Read = std::function<Status(const std::string& path)>;

  // .mode and .output change `options`. All references must outlive this.
  DotRunner(Backend& backend, Output& output, RunOptions& options, Read read)
      : backend_(backend), output_(output), options_(options), read_(std::move(read)) {}

  // Runs one line for which is_dot_line() is true. The caller must call finish_pending() before.
  // Errors: kUnknown, kArity, kSyntax of the line; errors of opening or reading a file.
  Status run(std::string_view line);

  // True if the last line was a failed .open or .output, or a .read that ended at one. What follows
  // was meant for another file, so nothing should be run until the user has seen it.
  bool is_astray() const { return astray_; }
  // True once .exit or .quit was run.
  bool leaving() const { return leaving_; }
  // Whether to print the duration of each command.
  bool timing() const { return timing_; }

 private:
  Status parse_and_run(std::string_view line);
  Status run(const DotLine& line);
  Status set_mode(std::string_view name);
  Status set_switch(const DotLine& line, bool* target);
  Status set_pager(const DotLine& line);
  Status set_output(const std::string& path);
  Status open(const std::string& path);
  Status help(std::string_view command);
  Result<Store*> store_for(const DotLine& line);
  Status dump(const DotLine& line);
  Status import(const DotLine& line);

  Backend& backend_;
  Output& output_;
  RunOptions& options_;
  const Read read_;
  const Look first_look_ = options_.look;  // restored by `.output -`, except for its mode
  bool timing_ = false;
  bool leaving_ = false;
  bool astray_ = false;
};

}  // namespace kvstore::repl
