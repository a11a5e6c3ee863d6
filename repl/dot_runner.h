// Runs dot-commands, for the shell and for scripts alike: what they set lives
// here, so that a script read by another one shares it.
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
  // Runs the commands of a file, showing its errors itself; an error here says that
  // the file could not be read at all.
  using Read = std::function<Status(const std::string& path)>;

  // `options` is what .mode and .output change. All references must outlive this.
  DotRunner(Backend& backend, Output& output, RunOptions& options, Read read)
      : backend_(backend), output_(output), options_(options), read_(std::move(read)) {}

  // Runs one line for which is_dot_line() holds. What was submitted before must have
  // been settled: the caller's Runner settles first. Errors: kUnknown, kArity, kSyntax
  // of the line; what opening or reading a file answered.
  Status run(std::string_view line);

  // The last line was a .open or .output that failed, or a .read that ended at one. What
  // follows was meant for another file, so that nothing should be run before a person looks.
  bool is_astray() const { return astray_; }
  // .exit or .quit was run.
  bool leaving() const { return leaving_; }
  // Whether to say how long each command takes.
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
  const Look first_look_ = options_.look;  // what `.output -` goes back to, but for its mode
  bool timing_ = false;
  bool leaving_ = false;
  bool astray_ = false;
};

}  // namespace kvstore::repl
