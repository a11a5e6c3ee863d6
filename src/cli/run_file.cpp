// kvstore [OPTIONS] [FILE] [COMMAND...]
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "src/cli/front.h"
#include "src/cli/open_store.h"
#include "src/cli/options.h"
#include "src/cli/subcommands.h"
#include "repl/local_backend.h"
#include "repl/report.h"
#include "server/server.h"
#include "src/command/table.h"

namespace kvstore::cli {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// `kvstore GET a` names a file GET: most likely FILE was forgotten. `kvstore
// verfy data.bin` is a subcommand misspelt.
std::optional<Error> find_misplaced_words(const FileOptions& options) {
  const auto& command = options.front.command;
  if (command.empty() || exists(options.file)) return std::nullopt;
  if (command::find_command(options.file) != nullptr) {
    std::string hint = "kvstore data.bin " + options.file;
    for (const std::string& word : command) hint += ' ' + word;
    return Error{Code::kUsage, fmt::format("FILE comes before the command {}", options.file), hint};
  }
  if (command.size() == 1 && command::find_command(command[0]) == nullptr && exists(command[0])) {
    return Error{Code::kUsage, fmt::format("there is no subcommand {}", options.file),
                 "kvstore --help"};
  }
  return std::nullopt;
}

// Scripts, one-shots and the server say only what is out of the ordinary; the
// shell's banner says everything.
void say_how_it_opened(const Store& store, const FileOptions& options) {
  if (options.front.quiet || wants_shell(options.front)) return;
  const OpenReport report = store.open_report();
  const bool cut = report.how == OpenReport::How::kRecovered && report.cut_size > 0;
  if (cut || report.how == OpenReport::How::kDamaged) {
    repl::say(fmt::format("kvstore: {}: {}", store.path(), report.to_string()));
  }
}

ExitCode serve(const FileOptions& options, Store& store, bool color) {
  const Status served = server::run(options.server, store);
  if (served) return ExitCode::kDone;
  repl::say_error("kvstore", served.error(), color);
  return exit_code_of_open(served.error().code);
}

// The store that is open: .open puts another one in its place.
class CurrentStore {
 public:
  CurrentStore(OpenedStore opened, const FileOptions& options)
      : opened_(std::make_unique<OpenedStore>(std::move(opened))), options_(options) {}

  Store& store() { return **opened_; }

  // Errors are those of opening the new one, and leave the old one as it was.
  Result<Store*> replace(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::equivalent(path, store().path(), ignored)) return &store();
    KV_ASSIGN(OpenedStore opened, open_store(path, options_.store, ""));
    const auto before = std::exchange(opened_, std::make_unique<OpenedStore>(std::move(opened)));
    if (const Status closed = (*before)->close(); !closed) {
      repl::say_error("kvstore", closed.error(), false);
    }
    say_how_it_opened(store(), options_);
    return &store();
  }

 private:
  std::unique_ptr<OpenedStore> opened_;
  const FileOptions& options_;
};

ExitCode run_and_close(const FileOptions& options, OpenedStore opened, bool color) {
  CurrentStore current(std::move(opened), options);
  ExitCode code = ExitCode::kDone;
  if (options.listen) {
    code = serve(options, current.store(), color);
  } else {
    repl::LocalBackend backend(current.store(),
                               [&](const std::string& path) { return current.replace(path); });
    code = run_front(backend, options.front);
  }
  const Status closed = current.store().close();
  if (closed || code != ExitCode::kDone) return code;
  repl::say_error("kvstore", closed.error(), color);
  return ExitCode::kIo;
}

}  // namespace

ExitCode run_file(const std::vector<std::string>& words) {
  auto parsed = parse_file_options(words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  const auto& options = std::get<FileOptions>(parsed);
  const bool color = repl::use_color(options.front.color, STDERR_FILENO);
  if (const auto misplaced = find_misplaced_words(options)) {
    repl::say_error("kvstore", *misplaced, color);
    return ExitCode::kUsage;
  }
  auto store = open_store(options.file, options.store, options.format);
  if (!store) {
    repl::say_error("kvstore", store.error(), color);
    return exit_code_of_open(store.error().code);
  }
  say_how_it_opened(**store, options);
  return run_and_close(options, std::move(*store), color);
}

}  // namespace kvstore::cli
