// Shared by subcommands that copy databases: progress, interruption, and the exit code of errors.
#pragma once

#include <memory>
#include <string>

#include "src/base/cancel.h"
#include "src/base/exit_code.h"
#include "src/base/status.h"
#include "src/maint/progress.h"
#include "src/store/backup.h"

namespace kvstore::cli {

// A progress bar on stderr, once the total is known.
class CopyBar {
 public:
  CopyBar(std::string what, bool quiet) : what_(std::move(what)), quiet_(quiet) {}
  BackupProgress progress();

 private:
  const std::string what_;
  const bool quiet_;
  std::unique_ptr<maint::ProgressBar> bar_;
};

// During its lifetime SIGINT, SIGTERM and SIGHUP cancel the work cleanly.
class EndedBySignals {
 public:
  EndedBySignals();

 private:
  static bool is_wanted();
  const CancelScope scope_;
};

// The error of opening `path`, with a note if the file has an older format.
Error name_old_format(Error error, const std::string& path);

// Prints the error on stderr. If a signal has ended the work, the process ends by that signal.
ExitCode refuse_copying(const Error& error);

}  // namespace kvstore::cli
