#include "src/cli/open_store.h"

#include <unistd.h>

#include <fmt/core.h>

#include "repl/report.h"
#include "src/cli/near_file.h"
#include "src/cli/old_format.h"

namespace kvstore::cli {

Result<OpenedStore> open_store(const std::string& path, Options options, const std::string& format,
                               bool quiet) {
  KV_ASSIGN(auto copy, convert_if_old(path, format, quiet));
  if (copy) {
    options.read_only = true;
    options.read_only_hint = convert_hint(path);
    options.file_system = copy.get();
  }
  if (!quiet) {
    const double seconds = static_cast<double>(options.lock_wait_ms) / 1e3;
    options.on_lock_wait = [seconds](const Error& error) {
      repl::say(fmt::format("kvstore: {}; waiting up to {:.3g} s", error.message, seconds));
    };
  }
  KV_ASSIGN(auto store, Store::open(path, options));
  return OpenedStore(std::move(copy), std::move(store));
}

ExitCode say_cannot_open(Error error, std::string_view subcommand, const std::string& path) {
  const std::string near = error.code == Code::kNotFound ? near_file(path) : "";
  if (!near.empty()) error.hint = fmt::format("kvstore {} {}, which exists", subcommand, near);
  repl::say_error("kvstore", error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return exit_code_of_open(error.code);
}

}  // namespace kvstore::cli
