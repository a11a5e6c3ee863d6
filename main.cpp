// The program: a subcommand if the first word is one, else a file.
#include <csignal>
#include <cstdio>
#include <new>

#include "src/base/exit_code.h"
#include "src/cli/subcommands.h"
#include "src/file/bus_guard.h"

namespace {

int run(int argc, char** argv) {
  using namespace kvstore;
  // A reader or a peer that went away is an error of one write, not the end.
  std::signal(SIGPIPE, SIG_IGN);
  // A file over `ulimit -f` is a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  file::install_bus_guard(static_cast<int>(ExitCode::kIo));
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!words.empty()) {
    if (const cli::Subcommand subcommand = cli::find_subcommand(words.front())) {
      words.erase(words.begin());
      return static_cast<int>(subcommand(words));
    }
  }
  return static_cast<int>(cli::run_file(words));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("kvstore: MEMORY: there is not enough memory\n", stderr);
    return static_cast<int>(kvstore::exit_code_of_open(kvstore::Code::kMemory));
  }
}
