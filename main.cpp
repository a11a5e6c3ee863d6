// The program: runs a subcommand if the first word is one; otherwise opens a file.
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <new>

#include "repl/report.h"
#include "src/base/exit_code.h"
#include "src/cli/standard_outputs.h"
#include "src/cli/subcommands.h"
#include "src/file/bus_guard.h"
#include "src/file/descriptor.h"
#include "src/file/unfinished.h"
#include "src/maint/cli_parse.h"

namespace {

int run(int argc, char** argv) {
  using namespace kvstore;
  // Ignored: a write to a closed pipe or connection then fails with an error instead.
  std::signal(SIGPIPE, SIG_IGN);
  // Ignored: a write beyond `ulimit -f` then fails like one to a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  file::remove_unfinished_at_signals();
  file::install_bus_guard(static_cast<int>(ExitCode::kIo));
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!words.empty()) {
    if (const cli::Subcommand subcommand = cli::find_subcommand(words.front())) {
      if (const Status may = cli::check_standard_outputs(""); !may) {
        repl::say_error("kvstore", may.error(), false);
        return static_cast<int>(ExitCode::kUsage);
      }
      words.erase(words.begin());
      return static_cast<int>(subcommand(words));
    }
  }
  return static_cast<int>(cli::run_file(words));
}

// A reader that has closed its end (`| head -1`) is not an error.
bool reader_went_away() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

// Output through stdio, such as `--help` and reports, may not have been written: then the exit code
// must
// say so.
int after_output(int code) {
  using kvstore::ExitCode;
  const kvstore::Status printed = kvstore::maint::check_printed();
  if (printed || reader_went_away()) return code;
  kvstore::maint::say_error(printed.error());
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::kDone:
    case ExitCode::kMissing:
    case ExitCode::kTornTail:
    case ExitCode::kDamaged: return static_cast<int>(ExitCode::kIo);
    default: return code;
  }
}

}  // namespace

int main(int argc, char** argv) {
  kvstore::file::open_standard_descriptors();
  try {
    return after_output(run(argc, argv));
  } catch (const std::bad_alloc&) {
    std::fputs("kvstore: MEMORY: there is not enough memory\n", stderr);
    return static_cast<int>(kvstore::exit_code_of_open(kvstore::Code::kMemory));
  }
}
