// kvstore [OPTIONS] [FILE] [COMMAND...]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "repl/local_backend.h"
#include "repl/report.h"
#include "server/log.h"
#include "server/server.h"
#include "src/base/mutex.h"
#include "src/cli/command_line.h"
#include "src/cli/front.h"
#include "src/cli/near_file.h"
#include "src/cli/open_store.h"
#include "src/cli/options.h"
#include "src/cli/password.h"
#include "src/cli/place.h"
#include "src/cli/standard_outputs.h"
#include "src/cli/subcommands.h"
#include "src/command/quote.h"
#include "src/command/table.h"
#include "src/command/words.h"
#include "src/log/output_check.h"
#include "src/maint/map_file.h"

namespace kvstore::cli {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// Accepts `kvstore help` and `kvstore version`, as git does, unless there is such a file.
std::vector<std::string> as_option(const std::vector<std::string>& words) {
  const bool is_asked = words.size() == 1 && (words[0] == "help" || words[0] == "version");
  if (!is_asked || exists(words[0])) return words;
  return {"--" + words[0]};
}

// `kvstore help verify`, as git and cargo have it.
Subcommand find_helped(const std::vector<std::string>& words) {
  if (words.size() != 2 || words[0] != "help" || exists(words[0])) return nullptr;
  return find_subcommand(words[1]);
}

// `kvstore HELP`, `kvstore GET` ask for no database of that name.
std::optional<Error> find_lone_command(const FileOptions& options) {
  if (options.listen || command::find_command(options.file) == nullptr) return std::nullopt;
  const bool is_help = command::same_word(options.file, "HELP");
  return Error{Code::kUsage,
               fmt::format("{0} is a command; for a file of that name: ./{0}", options.file),
               is_help ? "kvstore --help, or kvstore data.bin HELP"
                       : fmt::format("kvstore data.bin {}", options.file)};
}

// What was meant by `kvstore FILE SUBCOMMAND WORDS...`.
std::string hint_for_late(const std::string& file, const std::vector<std::string>& command) {
  const std::string& name = command[0];
  const std::vector<std::string> rest(command.begin() + 1, command.end());
  if (name == "connect") {
    return fmt::format("kvstore{} for the file itself, kvstore connect [HOST:]PORT for its server",
                       shell_words({file}));
  }
  if (name == "bench") return "kvstore bench" + shell_words(rest);
  if (name == "restore") {
    return fmt::format("kvstore restore{}{}", rest.empty() ? " BACKUP" : shell_words(rest),
                       shell_words({file}));
  }
  return fmt::format("kvstore {}{}{}", name, shell_words({file}), shell_words(rest));
}

// `kvstore data.bin verify`: most likely the words changed places.
std::optional<Error> find_late_subcommand(const FileOptions& options) {
  const auto& command = options.front.command;
  if (command.empty() || command::find_command(command[0]) != nullptr) return std::nullopt;
  if (find_subcommand(command[0]) == nullptr) return std::nullopt;
  return Error{Code::kUsage, fmt::format("{} is a subcommand, and comes before FILE", command[0]),
               hint_for_late(options.file, command)};
}

// `kvstore keys data.bin`: FILE is among the words already. Else it is data.bin.
std::string hint_for_early_command(const FileOptions& options) {
  std::vector<std::string> words = options.front.command;
  const auto file = std::find_if(words.begin(), words.end(), exists);
  std::string name = "data.bin";
  if (file != words.end()) {
    name = *file;
    words.erase(file);
  }
  words.insert(words.begin(), {name, options.file});
  return "kvstore" + shell_words(words);
}

// `kvstore 'SET a 1' 'SET b 2'` would make a file of the first line.
std::optional<Error> find_line_for_file(const FileOptions& options) {
  if (!is_command_line(options.file)) return std::nullopt;
  return Error{Code::kUsage,
               fmt::format("FILE comes before the line {}; for a file of that name: ./{}",
                           command::quote(options.file), options.file),
               hint_for_early_command(options)};
}

// `kvstore --wait 1 compact data.bin`: a subcommand must be the first word, and has its own
// options.
std::optional<Error> find_subcommand_after_options(const FileOptions& options) {
  if (find_subcommand(options.file) == nullptr || options.front.command.empty()) {
    return std::nullopt;
  }
  std::string hint = "kvstore " + options.file;
  for (const std::string& word : options.front.command) hint += ' ' + word;
  return Error{Code::kUsage,
               fmt::format("{0} is a subcommand, and comes before options; for a file of that "
                           "name: ./{0}",
                           options.file),
               hint};
}

// For `kvstore reindex data.bin` and `kvstore verfy data.bin`.
std::string hint_for_subcommand(const std::string& word, const std::string& file) {
  for (const char* const option : {"repair", "reindex", "salvage", "records"}) {
    if (word == option) return fmt::format("kvstore verify --{} {}", word, file);
  }
  if (word == "serve" || word == "server") return fmt::format("kvstore {} --listen", file);
  if (word == "dump") return fmt::format("kvstore export {}", file);
  if (word == "check" || word == "fsck") return fmt::format("kvstore verify {}", file);
  const std::string_view nearest = nearest_subcommand(word);
  return nearest.empty() ? "kvstore --help" : fmt::format("kvstore {} {}", nearest, file);
}

// `kvstore localhost:7878 SET a 1` would create a file of that name.
std::optional<Error> find_address(const FileOptions& options) {
  const std::string& file = options.file;
  const bool is_url = file.find("://") != file.npos;
  if (options.listen || (!is_url && !looks_like_place(file, false))) return std::nullopt;
  const bool is_place = looks_like_place(file, false);
  std::string hint = "kvstore connect " + (is_place ? file : "HOST:PORT");
  for (const std::string& word : options.front.command) hint += ' ' + word;
  return Error{Code::kUsage,
               fmt::format("{} is a server's address{}", file,
                           is_url ? "" : fmt::format("; for a file of that name: ./{}", file)),
               std::move(hint)};
}

// `kvstore GET a` names a file GET: probably FILE was forgotten. `kvstore verfy data.bin` is a
// misspelt subcommand.
std::optional<Error> find_misplaced_words(const FileOptions& options) {
  const auto& command = options.front.command;
  if (auto late = find_late_subcommand(options)) return late;
  if (exists(options.file)) return std::nullopt;
  if (auto address = find_address(options)) return address;
  if (auto early = find_subcommand_after_options(options)) return early;
  if (auto line = find_line_for_file(options)) return line;
  if (command.empty()) return find_lone_command(options);
  if (command::find_command(options.file) != nullptr) {
    return Error{Code::kUsage, fmt::format("FILE comes before the command {}", options.file),
                 hint_for_early_command(options)};
  }
  // A whole line, or a dot-command, is meant for a file.
  const bool is_line = command[0].find_first_of(" \t\n") != std::string::npos ||
                       command[0].starts_with('.') || command[0].starts_with('#');
  const bool is_command = command::find_command(command[0]) != nullptr;
  const bool is_near =
      options.file == "dump" || options.file == "serve" || !nearest_subcommand(options.file).empty();
  if (!is_command && ((is_near && !is_line) || (command.size() == 1 && exists(command[0])))) {
    return Error{Code::kUsage, fmt::format("there is no file and no subcommand {}", options.file),
                 hint_for_subcommand(options.file, fmt::format("{}", fmt::join(command, " ")))};
  }
  return std::nullopt;
}

// Scripts, one-shots and the server only report unusual states; the shell's banner reports
// everything.
void say_how_it_opened(const Store& store, const FileOptions& options) {
  if (options.front.quiet || wants_shell(options.front)) return;
  const OpenReport report = store.open_report();
  const bool cut = report.how == OpenReport::How::kRecovered && report.cut_size > 0;
  if (cut || report.how == OpenReport::How::kDamaged) {
    repl::say(fmt::format("kvstore: {}: {}", store.path(), report.to_string()));
  }
}

ExitCode serve(const FileOptions& options, Store& store, bool color) {
  server::Config config = options.server;
  config.space_map = [path = store.path()] { return maint::map_as_json(path); };
  const Status served = server::run(config, store);
  if (served) return ExitCode::kDone;
  repl::say_error("kvstore", served.error(), color);
  return exit_code_of_open(served.error().code);
}

ExitCode close(Store& store, ExitCode code, bool color) {
  const Status closed = store.close();
  if (closed || code != ExitCode::kDone) return code;
  repl::say_error("kvstore", closed.error(), color);
  return ExitCode::kIo;
}

// A command that only reads a missing file was probably given a mistyped name.
void say_if_absent(const Store& store, const FileOptions& options) {
  if (options.front.quiet || store.open_report().how != OpenReport::How::kAbsent) return;
  repl::say(describe_absent(store.path()));
}

// Prints each warning once: a run that reads and then writes opens the file twice.
std::function<void(const std::string&)> say_warnings(const std::string& path) {
  struct Said {
    Mutex mutex;
    std::set<std::string> sentences;
  };
  return [path, said = std::make_shared<Said>()](const std::string& sentence) {
    MutexLock lock(said->mutex);
    if (!said->sentences.insert(sentence).second) return;
    repl::say(fmt::format("kvstore: {}: warning: {}", path, sentence));
  };
}

// A server's warnings go to its log, once that exists.
std::function<void(const std::string&)> log_warnings(const std::string& path, bool quiet) {
  return [path, say = say_warnings(path), quiet](const std::string& sentence) {
    if (!server::log_store_warning(path, sentence) && !quiet) say(sentence);
  };
}

bool may_only_read(const std::string& path) {
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) return false;
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0) return false;
  return errno == EACCES || errno == EROFS || errno == EPERM;
}

// `late_lock`: only the first write takes the writer lock. So a file without write permission can
// be opened, in the shell, too.
Result<OpenedStore> open(const std::string& path, const FileOptions& options,
                         const std::string& format, bool late_lock) {
  Options store = options.store;
  store.lock_at_first_write = late_lock;
  store.manual_refresh = !options.listen;  // LocalBackend calls refresh()
  if (!options.front.quiet) store.on_warning = say_warnings(path);
  if (options.listen) store.on_warning = log_warnings(path, options.front.quiet);
  const bool shut = !store.read_only && !options.listen &&
                    (late_lock || wants_shell(options.front)) && may_only_read(path);
  if (shut && !late_lock) {
    store.read_only = true;
    store.read_only_hint = "as a user who may write " + path;
  }
  auto opened = open_store(path, store, format, options.front.quiet);
  if (opened && shut && !options.front.quiet) {
    repl::say(fmt::format("kvstore: note: {} may only be read: it is opened read-only", path));
  }
  if (opened) say_how_it_opened(**opened, options);
  return opened;
}

// The open store, which .open replaces.
class CurrentStore {
 public:
  CurrentStore(OpenedStore opened, const FileOptions& options)
      : opened_(std::make_unique<OpenedStore>(std::move(opened))),
        options_(options),
        how_(store().open_report().how) {}

  Store& store() { return **opened_; }

  // Errors of opening the new one leave the old one open.
  Result<Store*> replace(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::equivalent(path, store().path(), ignored)) return &store();
    KV_TRY(check_standard_outputs(path));
    KV_ASSIGN(OpenedStore opened, open(path, options_, "", !wants_shell(options_.front)));
    say_if_reopened();
    const auto before = std::exchange(opened_, std::make_unique<OpenedStore>(std::move(opened)));
    if (const Status closed = (*before)->close(); !closed) {
      repl::say_error("kvstore", closed.error(), false);
    }
    how_ = store().open_report().how;
    return &store();
  }

  // Commands may have opened the file for writing after their first reads.
  void say_if_reopened() {
    if (store().open_report().how != how_) say_how_it_opened(store(), options_);
  }

 private:
  std::unique_ptr<OpenedStore> opened_;
  const FileOptions& options_;
  OpenReport::How how_;
};

ExitCode run_front(const FileOptions& options, Front& front, OpenedStore opened, bool color) {
  CurrentStore current(std::move(opened), options);
  repl::LocalBackend backend(
      current.store(), [&](const std::string& path) { return current.replace(path); },
      !wants_shell(options.front));
  const ExitCode code = front.run(backend);
  if (!wants_shell(options.front)) {
    current.say_if_reopened();
    // A write's error tells its own problem, not that the file is missing.
    const bool went_well = code == ExitCode::kDone || code == ExitCode::kMissing;
    if (front.intent().reads || (front.intent().writes && went_well))
      say_if_absent(current.store(), options);
  }
  return close(current.store(), code, color);
}

ExitCode cannot_open(const FileOptions& options, Error error, bool color) {
  if (error.code == Code::kNotFound && error.hint.empty()) {
    const std::string near = near_file(options.file);
    if (!near.empty()) error.hint = fmt::format("kvstore {}, which exists", near);
  }
  repl::say_error("kvstore", error, color);
  return exit_code_of_open(error.code);
}

// Checked before anything is opened or created.
Status check_outputs(const FileOptions& options) {
  KV_TRY(check_standard_outputs(options.file));
  const std::string& log = options.server.log_file;
  return log.empty() ? Status() : log::check_output_path(log, options.file);
}

ExitCode listen(FileOptions options, bool color) {
  if (options.server.password_file.empty()) {
    const auto password = find_password("");  // $KVSTORE_PASSWORD
    if (password && *password) options.server.password = **password;
  }
  auto store = open(options.file, options, options.format, false);
  if (!store) return cannot_open(options, store.error(), color);
  return close(**store, serve(options, **store, color), color);
}

}  // namespace

ExitCode run_file(const std::vector<std::string>& given) {
  if (const Subcommand helped = find_helped(given)) return helped({"--help"});
  const std::vector<std::string> words = as_option(given);
  auto parsed = parse_file_options(words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  const auto& options = std::get<FileOptions>(parsed);
  const bool color = repl::use_color(options.front.color, STDERR_FILENO);
  if (const Status may = check_outputs(options); !may) {
    repl::say_error("kvstore", may.error(), color);
    return ExitCode::kUsage;
  }
  if (const auto misplaced = find_misplaced_words(options)) {
    repl::say_error("kvstore", *misplaced, color);
    return ExitCode::kUsage;
  }
  if (options.listen) return listen(options, color);
  auto prepared = Front::prepare(options.front);
  if (const auto* code = std::get_if<ExitCode>(&prepared)) return *code;
  auto& front = std::get<Front>(prepared);
  auto store = open(options.file, options, options.format, !front.intent().writes);
  if (!store) return cannot_open(options, store.error(), color);
  return run_front(options, front, std::move(*store), color);
}

}  // namespace kvstore::cli
