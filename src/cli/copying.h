// What the subcommands that copy databases share: how far they are, how they are interrupted, and
// how their errors end the process.
#pragma once

#include <memory>
#include <string>

#include "src/base/cancel.h"
#include "src/base/exit_code.h"
#include "src/base/status.h"
#include "src/maint/progress.h"
#include "src/store/backup.h"

namespace kvstore::cli {

// A bar on stderr, once it is known how much there is to do.
class CopyBar {
 public:
  CopyBar(std::string what, bool quiet) : what_(std::move(what)), quiet_(quiet) {}
  BackupProgress progress();

 private:
  const std::string what_;
  const bool quiet_;
  std::unique_ptr<maint::ProgressBar> bar_;
};

// While it lives SIGINT, SIGTERM and SIGHUP end the work in good order.
class EndedBySignals {
 public:
  EndedBySignals();

 private:
  static bool is_wanted();
  const CancelScope scope_;
};

// An error of opening `path`, which says so if that is a file of an older format.
Error name_old_format(Error error, const std::string& path);

// Says it on stderr. Where a signal has ended the work, the process ends by that.
ExitCode refuse_copying(const Error& error);

}  // namespace kvstore::cli
