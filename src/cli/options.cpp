#include "src/cli/options.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "repl/one_shot.h"
#include "server/config_check.h"
#include "server/options.h"
#include "src/cli/app.h"
#include "src/cli/command_line.h"
#include "src/cli/config_file.h"
#include "src/cli/front.h"
#include "src/cli/help.h"
#include "src/cli/place.h"
#include "src/cli/settings.h"
#include "src/cli/subcommands.h"
#include "src/command/quote.h"
#include "src/command/table.h"
#include "src/maint/cli_parse.h"
#include "src/options/app_visitor.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

ExitCode usage_error(const std::string& message, const std::string& hint) {
  repl::say_error("kvstore", Error{Code::kUsage, message, hint},
                  repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return ExitCode::kUsage;
}

// The two options would contradict each other.
std::optional<ExitCode> check_mode(const Raw& raw) {
  if (!raw.json || raw.mode.empty() || raw.mode == "json") return std::nullopt;
  return usage_error(fmt::format("--json and --mode {} exclude each other", raw.mode),
                     fmt::format("--mode {}, or --json alone", raw.mode));
}

// Refuses options for a server without --listen, which would silently have no effect.
std::optional<ExitCode> check_server_options(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group() != "Server" || option->count() == 0) continue;
    return usage_error(
        fmt::format("{} is a server's option, and needs --listen or --http", option->get_name()),
        fmt::format("kvstore data.bin --listen 7878 {} ...", option->get_name()));
  }
  return std::nullopt;
}

void take_front_options(const Raw& raw, FrontOptions& front) {
  if (!raw.mode.empty()) front.mode = repl::parse_mode(raw.mode);
  if (raw.json) front.mode = repl::Mode::kJson;
  front.newline = !raw.no_newline;
  front.color = raw.color == "always"  ? repl::Color::kAlways
                : raw.color == "never" ? repl::Color::kNever
                                       : repl::Color::kAuto;
}

bool is_control(unsigned char c) { return c < ' ' || c == 0x7f; }

// A --nil that is not distinguishable from other replies would not show that a key is missing.
std::optional<ExitCode> check_nil(const FrontOptions& front) {
  if (!front.nil) return std::nullopt;
  const std::string& nil = *front.nil;
  if (std::any_of(nil.begin(), nil.end(), is_control)) {
    return usage_error("--nil TEXT is one line without control characters", "--nil '(none)'");
  }
  const std::string digits = nil.substr(nil.starts_with('-'));
  const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == nil.npos;
  const bool is_answer = nil == "OK" || nil.starts_with("ERR") || nil.starts_with('"') || is_number;
  if (!front.ack || !is_answer) return std::nullopt;
  return usage_error(
      "with --ack, --nil TEXT must differ from OK, ERR..., numbers and quoted values",
      "--nil '(none)'");
}

std::optional<ExitCode> check_front_options(const FrontOptions& front) {
  if (const auto code = check_nil(front)) return code;
  if (!front.script.empty() && !front.command.empty()) {
    return usage_error("--file and a command exclude each other", "kvstore --help");
  }
  if (front.last_from_stdin && front.command.empty()) {
    return usage_error("-x needs a command", "kvstore data.bin -x SET key < value");
  }
  return std::nullopt;
}

// What CLI11 did not parse: COMMAND, and after `--` also FILE or ADDRESS.
struct Rest {
  std::vector<std::string> words;
  bool is_marked = false;  // after `--`: no word is an option
  std::string take_first() {
    std::string first = std::move(words.front());
    words.erase(words.begin());
    if (!words.empty() && words.front() == "--") words.erase(words.begin());
    return first;
  }
};

// `kvstore data.bin SET a 1 --sync none`: everything after COMMAND belongs to it, because a value
// may be anything; but a note is shown. `before`: the words before COMMAND.
std::string note_on_options(const CLI::App& app, const std::string& before, const Rest& rest) {
  const std::vector<std::string>& words = rest.words;
  if (rest.is_marked || words.size() < 2 || repl::are_text_lines(words)) return {};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, words[i].find('='));
    const CLI::Option* const option =
        name.starts_with("--") ? app.get_option_no_throw(name) : nullptr;
    if (option == nullptr) continue;
    std::size_t end = i + 1;
    const bool has_value = name == words[i] && option->get_items_expected_max() > 0;
    if (has_value && end < words.size()) ++end;
    std::vector<std::string> moved(words.begin() + static_cast<std::ptrdiff_t>(i),
                                   words.begin() + static_cast<std::ptrdiff_t>(end));
    std::vector<std::string> command(words);
    command.erase(command.begin() + static_cast<std::ptrdiff_t>(i),
                  command.begin() + static_cast<std::ptrdiff_t>(end));
    return fmt::format("note: {} is a word of {} here; options stand before the command: {} {} {}",
                       words[i], command.front(), before, fmt::join(moved, " "),
                       fmt::join(command, " "));
  }
  return {};
}

// A hint for `kvstore --repair data.bin`, which is an option of `kvstore verify`.
std::string hint_for_option(const CLI::App& app, const std::vector<std::string>& words) {
  for (const char* const option :
       {"--repair", "--reindex", "--salvage", "--records", "--dry-run"}) {
    if (words.front() != option) continue;
    const CLI::Option* const file = app.get_option_no_throw("FILE");
    const bool named = file != nullptr && file->count() > 0;
    return fmt::format("kvstore verify {} {}", option,
                       named              ? file->as<std::string>()
                       : words.size() > 1 ? words[1]
                                          : "data.bin");
  }
  return option_checks::unknown_option(app, words.front()).hint;
}

Parsed<Rest> parse(CLI::App& app, const std::vector<std::string>& words) {
  if (option_checks::show_to_visitor(app)) return ExitCode::kDone;
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      std::ostringstream text;  // help or version
      app.exit(error, text, text);
      maint::print(text.str());
      return ExitCode::kDone;
    }
    const Error explained = option_checks::explain(error, app, words);
    return usage_error(explained.message, explained.hint);
  }
  if (const auto empty = option_checks::find_empty_value(app, words)) {
    return usage_error(empty->message, empty->hint);
  }
  Rest rest{app.remaining()};
  while (!rest.words.empty() && rest.words.front() == "--") {
    rest.words.erase(rest.words.begin());
    rest.is_marked = true;
  }
  if (rest.is_marked) return rest;
  if (!rest.words.empty() && rest.words.front().size() > 1 && rest.words.front().front() == '-') {
    return usage_error(fmt::format("unknown option {}", rest.words.front()),
                       hint_for_option(app, rest.words));
  }
  return rest;
}

// The error of an option's value, wherever that was given.
ExitCode refuse_setting(const Settings& settings, std::string_view name, const Error& error) {
  return usage_error(settings.place_of(name) + error.message, settings.hint_of(name, error.hint));
}

Error about(const std::string& option, const Error& error) {
  return {error.code, option + ": " + error.message, error.hint};
}

// `--listen` takes the next word only if it is an [ADDR:]PORT; CLI11 passes any word, which may be
// FILE.
std::optional<ExitCode> take_listen(const std::vector<std::string>& words, const Raw& raw,
                                    bool file_given, const Settings& settings,
                                    FileOptions& options) {
  if (raw.listen.empty()) return std::nullopt;
  const bool attached =
      std::find(words.begin(), words.end(), "--listen=" + raw.listen) != words.end();
  const bool is_word = std::find(words.begin(), words.end(), raw.listen) != words.end();
  if (is_word && !attached && !file_given && !server::looks_like_endpoint(raw.listen)) {
    options.file = raw.listen;
    return std::nullopt;
  }
  auto endpoint = server::parse_endpoint(raw.listen);
  if (!endpoint) return refuse_setting(settings, "listen", endpoint.error());
  options.server.listen = std::move(*endpoint);
  return std::nullopt;
}

std::string config_file(const Raw& raw) {
  const char* const named = std::getenv("KVSTORE_CONFIG");
  return raw.config.empty() && named != nullptr ? named : raw.config;
}

using SettingsByName = std::vector<std::pair<std::string, std::string>>;

// Refuses to store a password that would have no effect, because the next start would use another
// one.
Status rewrite_file(const std::string& file, bool has_other_password,
                    const SettingsByName& changed) {
  const bool has_password = std::any_of(
      changed.begin(), changed.end(), [](const auto& one) { return one.first == "password-hash"; });
  if (!has_password || !has_other_password) return rewrite_config_file(file, changed);
  return fail(
      Code::kState,
      "the password was given by --password-hash or its environment, which counts more than "
      "the file and is not rewritten",
      "start the server without --password-hash");
}

// Sets options that the command line left open.
Parsed<Settings> take_settings(CLI::App& app, const Raw& raw, FileOptions& options) {
  const FrontOptions& front = options.front;
  const bool has_command = !front.command.empty() || !front.script.empty() || front.last_from_stdin;
  const std::string file = config_file(raw);
  if (!file.empty()) {
    const bool has_other_password = app.get_option("--password-hash")->count() > 0 ||
                                    std::getenv("KVSTORE_PASSWORD_HASH") != nullptr;
    options.server.rewrite = [file, has_other_password](const auto& changed) {
      return rewrite_file(file, has_other_password, changed);
    };
  }
  auto settings = Settings::apply(app, file, !has_command);
  if (!settings) return usage_error(settings.error().message, settings.error().hint);
  return std::move(*settings);
}

// What `word` names if it is a command, a line that begins with one, or a line of the shell's own.
bool may_be_command(const std::string& word) {
  std::error_code ignored;
  const bool is_one = command::find_command(word) != nullptr && find_subcommand(word) == nullptr;
  return (is_one || is_command_line(word)) && !std::filesystem::exists(word, ignored);
}

// `kvstore --config kvstore.toml SET a 1`: where the file or the environment names FILE, a command
// in its place is the command, and FILE is taken from there.
void take_file_from_settings(CLI::App& app, const Raw& raw, FileOptions& options) {
  CLI::Option* const file = app.get_option("FILE");
  const std::string word = options.file;
  if (file->count() == 0 || !may_be_command(word)) return;
  if (!Settings::names("file", config_file(raw))) return;
  file->clear();
  options.file = "data.bin";
  options.front.command.insert(options.front.command.begin(), word);
}

// A user may think for longer than a program, and a shell on a file blocks no one.
void take_transaction_limits(const CLI::App& app, const Raw& raw, FileOptions& options) {
  TransactionLimits& limits = options.store.transactions;
  const bool is_given = app.get_option("--transaction-time")->count() > 0;
  const bool is_shell = wants_shell(options.front) && !app.get_option("--listen")->count();
  // Rounded up, because 0 would mean no limit.
  limits.time_ms = static_cast<std::uint32_t>(std::ceil(raw.transaction_s * 1e3));
  if (is_shell && !is_given) limits.time_ms = 0;
  // Within the budget, unless a larger limit was requested.
  if (app.get_option("--transaction-memory")->count() == 0) {
    limits.bytes = std::min(limits.bytes, options.store.memory);
  }
  limits.bytes_of_all = std::max(std::min(limits.bytes_of_all, options.store.memory), limits.bytes);
}

std::optional<ExitCode> take_store_options(const Raw& raw, const Settings& settings,
                                           Options& store) {
  const auto sync = SyncPolicy::parse(none_of(raw.sync));
  if (!sync) return refuse_setting(settings, "sync", sync.error());
  store.sync = *sync;
  if (raw.memory < kLeastMemory) {
    return refuse_setting(settings, "memory",
                          {Code::kUsage,
                           fmt::format("--memory {} is too little to work with; the least is {}",
                                       raw.memory, kLeastMemory),
                           "--memory 16MiB, or more"});
  }
  store.memory = raw.memory;
  store.scrub_rate = raw.scrub_rate;
  const auto keep = KeepHistory::parse(none_of(raw.keep_history));
  if (!keep) return refuse_setting(settings, "keep-history", about("--keep-history", keep.error()));
  store.compaction.keep = *keep;
  if (raw.compress) {
    const auto compress = Compression::parse(none_of(*raw.compress));
    if (!compress) {
      return refuse_setting(settings, "compress", about("--compress", compress.error()));
    }
    store.compaction.compress = *compress;
  }
  store.lock_wait_ms = static_cast<std::uint32_t>(raw.wait_s * 1e3);
  return std::nullopt;
}

std::optional<ExitCode> take_server_options(const CLI::App& app,
                                            const std::vector<std::string>& words, bool file_given,
                                            const Raw& raw, const Settings& settings,
                                            FileOptions& options) {
  const bool listens = app.get_option("--listen")->count() > 0;
  const bool serves = !options.server.unix_socket.empty() || options.server.tls_listen ||
                      options.server.http_listen;
  if (!listens && !serves) return std::nullopt;
  options.listen = true;
  if (const Status fits = server::check_config(options.server); !fits) {
    return usage_error(fits.error().message, fits.error().hint);
  }
  options.server.listens_on_tcp = listens;
  if (listens) {
    if (const auto code = take_listen(words, raw, file_given, settings, options)) return code;
  }
  const FrontOptions& front = options.front;
  if (front.command.empty() && front.script.empty() && !front.last_from_stdin) return std::nullopt;
  return usage_error("a server takes no command",
                     "kvstore data.bin COMMAND; or of the server: kvstore connect COMMAND");
}

// What was meant by `kvstore connect WORD ...`: a socket, a file, another program's URL, a host.
std::string hint_for_address(const std::string& word, const std::vector<std::string>& command) {
  std::error_code ignored;
  const std::string rest = shell_words({command.begin() + 1, command.end()});
  if (std::filesystem::is_socket(word, ignored)) {
    return fmt::format("kvstore connect{}{}", shell_words({"./" + word}), rest);
  }
  if (std::filesystem::is_regular_file(word, ignored)) {
    return fmt::format("kvstore{}{}, as it is a file", shell_words({word}), rest);
  }
  const std::size_t scheme = word.find("://");
  if (scheme != word.npos) return "kvstore connect kvstore" + word.substr(scheme) + rest;
  const bool is_host =
      word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == word.npos &&
      word.find_first_not_of("0123456789") != word.npos;
  if (is_host) return fmt::format("kvstore connect {}:{}{}", word, server::kDefaultPort, rest);
  return "kvstore connect 127.0.0.1:7878 PING";
}

// A mistyped address must not become a command for whatever serves the default one.
std::optional<ExitCode> check_no_address(const std::vector<std::string>& command) {
  if (command.empty()) return std::nullopt;
  const std::string& line = command.front();
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::string word = line.substr(begin, line.find_first_of(" \t", begin) - begin);
  const bool is_shells = word.empty() || word.front() == '.' || word.front() == '#';
  if (is_shells || command::find_command(word) != nullptr) return std::nullopt;
  return usage_error(fmt::format("{} is neither a [HOST:]PORT nor a command", command::quote(word)),
                     hint_for_address(word, command));
}

}  // namespace

Parsed<FileOptions> parse_file_options(const std::vector<std::string>& words) {
  FileOptions options;
  Raw raw;
  CLI::App app("A key-value database in one file.", "kvstore");
  prepare(app, file_usage(), file_footer());
  add_file_options(app, options, raw);
  const CLI::Option* const file = app.get_option("FILE");
  const CLI::Option* const listen = app.get_option("--listen");

  auto parsed = parse(app, words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  auto& rest = std::get<Rest>(parsed);
  bool file_given = file->count() > 0;
  if (rest.is_marked && !file_given && !rest.words.empty()) {
    options.file = rest.take_first();
    file_given = true;
  }
  options.front.note = note_on_options(app, "kvstore " + options.file, rest);
  options.front.command = std::move(rest.words);
  const bool listens = listen->count() + app.get_option("--http")->count() > 0;
  if (!listens) {
    if (const auto code = check_server_options(app)) return *code;
  }
  if (!rest.is_marked) take_file_from_settings(app, raw, options);
  const auto settings = take_settings(app, raw, options);
  if (const auto* code = std::get_if<ExitCode>(&settings)) return *code;
  if (options.file == "-") {
    return usage_error("FILE is the database, and cannot be stdin or stdout (-)",
                       "kvstore data.bin < script.kv, or ./- for a file that is called so");
  }
  if (const auto code = check_mode(raw)) return *code;
  take_front_options(raw, options.front);
  const Settings& known = std::get<Settings>(settings);
  if (const auto code = take_store_options(raw, known, options.store)) return *code;
  take_transaction_limits(app, raw, options);
  if (const auto code = take_server_options(app, words, file_given, raw, known, options)) {
    return *code;
  }
  if (const auto code = check_front_options(options.front)) return *code;
  if (!raw.print_config) return options;
  maint::print(known.describe(app));
  return ExitCode::kDone;
}

Parsed<ConnectOptions> parse_connect_options(const std::vector<std::string>& words) {
  ConnectOptions options;
  Raw raw;
  std::string address;
  CLI::App app("A shell on a kvstore server.", "kvstore connect");
  prepare(app, connect_usage(), connect_footer());
  add_front_options(app, options.front, raw);
  ConnectionOptions connection;
  connection.add_to(app);
  // ADDRESS is optional, so it is distinguished from COMMAND by its form. Options may be on either
  // side of it.
  app.validate_positionals();
  app.add_option("ADDRESS", address, "[HOST:]PORT, kvstore://[USER@]HOST:PORT or unix:PATH")
      ->type_name("")
      ->check(CLI::Validator(
          [](const std::string& word) {
            return looks_like_place(word, true) ? std::string() : "is not a server's address";
          },
          "", "endpoint"));

  auto parsed = parse(app, words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  auto& rest = std::get<Rest>(parsed);
  if (rest.is_marked && address.empty() && !rest.words.empty() &&
      looks_like_place(rest.words.front(), true)) {
    address = rest.take_first();
  }
  options.front.note =
      note_on_options(app, "kvstore connect" + (address.empty() ? "" : ' ' + address), rest);
  options.front.command = std::move(rest.words);
  if (const auto code = check_mode(raw)) return *code;
  take_front_options(raw, options.front);
  if (address.empty()) {
    if (const auto code = check_no_address(options.front.command)) return *code;
  }
  auto place = connection.place(address);
  if (!place) {
    repl::say_error("kvstore", place.error(), repl::use_color(repl::Color::kAuto, STDERR_FILENO));
    return exit_code_of_open(place.error().code);
  }
  options.place = std::move(*place);
  if (const auto code = check_front_options(options.front)) return *code;
  return options;
}

}  // namespace kvstore::cli
