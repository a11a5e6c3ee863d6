#include "src/cli/options.h"

#include <unistd.h>

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "src/cli/help.h"
#include "server/options.h"
#include "src/command/quote.h"
#include "src/command/table.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

// CLI11's own usage line cannot say that options end where COMMAND begins.
class Formatter final : public CLI::Formatter {
 public:
  explicit Formatter(std::string usage) : usage_(std::move(usage)) { column_width(32); }
  std::string make_usage(const CLI::App*, std::string) const override { return usage_; }
  std::string make_positionals(const CLI::App*) const override { return {}; }
  // The type alone: what values are legal is said in words.
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    const std::size_t colon = type.starts_with('[') ? type.npos : type.find(':');
    const std::size_t end = std::min(colon, type.size());
    if (end == 0 || option->get_items_expected_max() == 0) return "";
    return " " + type.substr(0, end);
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string value = option->get_default_str();
    const std::string& text = option->get_description();
    return value.empty() ? text : fmt::format("{} ({})", text, value);
  }

 private:
  std::string usage_;
};

// The words CLI11 has no use for: COMMAND, from its first word on. An option it
// does not know ends up there too, in front.
struct Raw {
  std::string mode;
  bool json = false;
  bool no_newline = false;
  std::string color = "auto";
  std::string sync = "always";
  std::uint64_t memory = kDefaultMemory;
  std::uint64_t scrub_rate = std::uint64_t{1} << 20;
  std::string listen;
  double wait_s = 5;
};

constexpr double kMaxWait_s = 1e6;

ExitCode usage_error(const std::string& message, const std::string& hint) {
  repl::say_error("kvstore", Error{Code::kUsage, message, hint},
                  repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return ExitCode::kUsage;
}

void add_front_options(CLI::App& app, FrontOptions& front, Raw& raw) {
  app.add_option("-f,--file", front.script, "Run the commands of a file (-: of stdin)")
      ->type_name("SCRIPT");
  auto* last = app.add_flag("-x", front.last_from_stdin, "Take COMMAND's last argument from stdin, its last line end too");
  app.add_flag("--no-empty", front.refuse_empty, "With -x: refuse an empty stdin (a GET that found nothing prints a line)")->needs(last);
  app.add_option("--mode", raw.mode, "How values are shown: plain, quoted, hex, json, csv")
      ->type_name("MODE")
      ->default_str("plain")
      ->check(option_checks::one_of({"plain", "quoted", "hex", "json", "csv"}));
  app.add_flag("--json", raw.json, "The same as --mode json");
  app.add_flag("--no-newline", raw.no_newline, "Print exactly a value's bytes");
  app.add_option("--nil", front.nil, "Print TEXT for what is missing, instead of an empty line")
      ->type_name("TEXT");
  app.add_flag("--ack", front.ack, "Answer each command with one line, OK and errors too");
  app.add_flag("--keep-going", front.keep_going, "Run on after an error; still exit with 1");
  app.add_option("--cmd", front.first, "Run a line first, for instance '.mode json'; repeatable")
      ->type_name("LINE")
      ->allow_extra_args(false);
  app.add_option("--init", front.init, "Run SCRIPT first, instead of ~/.kvstorerc")
      ->type_name("SCRIPT");
  app.add_flag("--no-init", front.no_init, "Do not run ~/.kvstorerc");
  app.add_flag("-q,--quiet", front.quiet, "No banner, notices or progress");
  app.add_option("--color", raw.color, "When to use colours: auto, always, never")
      ->type_name("WHEN")
      ->default_str("auto")
      ->check(option_checks::one_of({"auto", "always", "never"}));
}

// Each of two options would decide alone.
std::optional<ExitCode> check_mode(const Raw& raw) {
  if (!raw.json || raw.mode.empty() || raw.mode == "json") return std::nullopt;
  return usage_error(fmt::format("--json and --mode {} exclude each other", raw.mode),
                     fmt::format("--mode {}, or --json alone", raw.mode));
}

// What only a server heeds must not silently do nothing.
std::optional<ExitCode> check_server_options(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group() != "Server" || option->count() == 0) continue;
    return usage_error(fmt::format("{} is of a server, and needs --listen", option->get_name()),
                       "kvstore data.bin --listen 7878, with it");
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

// One that could not be told from another answer would not tell that a key is missing.
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
  return usage_error("with --ack, --nil TEXT must differ from OK, ERR..., numbers and quoted values",
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

// What CLI11 has left: COMMAND, and after `--` also FILE or ADDRESS.
struct Rest {
  std::vector<std::string> words;
  bool is_marked = false;  // `--` stood before it: whatever follows is no option
  std::string take_first() {
    std::string first = std::move(words.front());
    words.erase(words.begin());
    if (!words.empty() && words.front() == "--") words.erase(words.begin());
    return first;
  }
};

Parsed<Rest> parse(CLI::App& app, const std::vector<std::string>& words) {
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);  // prints help or version
      return ExitCode::kDone;
    }
    const Error explained = option_checks::explain(error, app.get_name());
    return usage_error(explained.message, explained.hint);
  }
  Rest rest{app.remaining()};
  while (!rest.words.empty() && rest.words.front() == "--") {
    rest.words.erase(rest.words.begin());
    rest.is_marked = true;
  }
  if (rest.is_marked) return rest;
  if (!rest.words.empty() && rest.words.front().size() > 1 && rest.words.front().front() == '-') {
    return usage_error(fmt::format("unknown option {}", rest.words.front()),
                       app.get_name() + " --help");
  }
  return rest;
}

void prepare(CLI::App& app, std::string usage, std::string footer) {
  app.formatter(std::make_shared<Formatter>(std::move(usage)));
  app.footer(std::move(footer));
  app.set_version_flag("--version", "kvstore " KVSTORE_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.prefix_command();
}

// `--listen` takes the next word only if it is an [ADDR:]PORT; CLI11 hands over
// any word, so that FILE may be what it took.
std::optional<ExitCode> take_listen(const std::vector<std::string>& words, const Raw& raw,
                                    bool file_given, FileOptions& options) {
  options.listen = true;
  if (raw.listen.empty()) return std::nullopt;
  const bool attached = std::find(words.begin(), words.end(), "--listen=" + raw.listen) != words.end();
  if (!attached && !file_given && !server::looks_like_endpoint(raw.listen)) {
    options.file = raw.listen;
    return std::nullopt;
  }
  auto endpoint = server::parse_endpoint(raw.listen);
  if (!endpoint) return usage_error(endpoint.error().message, endpoint.error().hint);
  options.server.listen = std::move(*endpoint);
  return std::nullopt;
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
                     "kvstore connect 127.0.0.1:7878 PING");
}

}  // namespace

Parsed<FileOptions> parse_file_options(const std::vector<std::string>& words) {
  FileOptions options;
  Raw raw;
  CLI::App app("A key-value database in one file.", "kvstore");
  prepare(app, file_usage(), file_footer());
  auto* file = app.add_option("FILE", options.file, "The database")->type_name("");
  add_front_options(app, options.front, raw);
  app.add_option("--sync", raw.sync, "When writes reach the disk: always, <N>ms, none")
      ->type_name("POLICY")
      ->default_str("always");
  app.add_option("--memory", raw.memory, "What the store may take for itself, beside the cache")
      ->type_name("SIZE")
      ->default_str("256MiB")
      ->transform(option_checks::size("256MiB"));
  app.add_option("--scrub-rate", raw.scrub_rate,
                 "Look for damage in the background, SIZE a second: off, 1MiB")
      ->type_name("SIZE")
      ->default_str("1MiB")
      ->transform(option_checks::size_or_off("1MiB"));
  app.add_flag("--read-only", options.store.read_only, "Refuse writes; needs no lock");
  app.add_option("--wait", raw.wait_s, "How long to wait for the lock of another writer")
      ->type_name("SECONDS")
      ->default_str("5")
      ->check(option_checks::number(0, kMaxWait_s, "5", true));
  app.add_option("--format", options.format, "Read an older, header-less file: plain32, plain64")
      ->type_name("FORMAT")
      ->check(option_checks::one_of({"plain32", "plain64"}));
  auto* listen = app.add_option("--listen", raw.listen, "Serve FILE over TCP (127.0.0.1:7878)")
                     ->type_name("[[ADDR:]PORT]")
                     ->expected(0, 1);
  server::add_options(app, options.server);

  auto parsed = parse(app, words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  auto& rest = std::get<Rest>(parsed);
  bool file_given = file->count() > 0;
  if (rest.is_marked && !file_given && !rest.words.empty()) {
    options.file = rest.take_first();
    file_given = true;
  }
  options.front.command = std::move(rest.words);
  if (options.file == "-") {
    return usage_error("FILE is the database, and cannot be stdin or stdout (-)",
                       "kvstore data.bin < script.kv, or ./- for a file that is called so");
  }
  if (const auto code = check_mode(raw)) return *code;
  take_front_options(raw, options.front);
  auto sync = SyncPolicy::parse(raw.sync);
  if (!sync) return usage_error(sync.error().message, sync.error().hint);
  options.store.sync = *sync;
  if (raw.memory < kLeastMemory) {
    return usage_error(fmt::format("--memory {} is too little to work with; the least is {}",
                                   raw.memory, kLeastMemory),
                       "--memory 16MiB, or more");
  }
  options.store.memory = raw.memory;
  options.store.scrub_rate = raw.scrub_rate;
  options.store.lock_wait_ms = static_cast<std::uint32_t>(raw.wait_s * 1e3);
  if (listen->count() > 0) {
    if (const auto code = take_listen(words, raw, file_given, options)) return *code;
    const FrontOptions& front = options.front;
    if (!front.command.empty() || !front.script.empty() || front.last_from_stdin) {
      return usage_error("--listen takes no command", "kvstore data.bin --listen 7878");
    }
  } else if (const auto code = check_server_options(app)) {
    return *code;
  }
  if (const auto code = check_front_options(options.front)) return *code;
  return options;
}

Parsed<ConnectOptions> parse_connect_options(const std::vector<std::string>& words) {
  ConnectOptions options;
  Raw raw;
  std::string address;
  CLI::App app("A shell on a kvstore server.", "kvstore connect");
  prepare(app, connect_usage(), connect_footer());
  add_front_options(app, options.front, raw);
  // ADDRESS is optional, so it is told from COMMAND by its shape. Options may
  // stand on either side of it.
  app.validate_positionals();
  app.add_option("ADDRESS", address, "[HOST:]PORT")
      ->type_name("")
      ->check(CLI::Validator(
          [](const std::string& word) {
            return server::looks_like_endpoint(word) ? std::string() : "is no [HOST:]PORT";
          },
          "", "endpoint"));

  auto parsed = parse(app, words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  auto& rest = std::get<Rest>(parsed);
  if (rest.is_marked && address.empty() && !rest.words.empty() &&
      server::looks_like_endpoint(rest.words.front())) {
    address = rest.take_first();
  }
  options.front.command = std::move(rest.words);
  if (const auto code = check_mode(raw)) return *code;
  take_front_options(raw, options.front);
  if (address.empty()) {
    if (const auto code = check_no_address(options.front.command)) return *code;
  } else {
    auto endpoint = server::parse_endpoint(address);
    if (!endpoint) {
      return usage_error(fmt::format("'{}' is not a [HOST:]PORT", address),
                         "kvstore connect 127.0.0.1:7878");
    }
    options.endpoint = std::move(*endpoint);
  }
  if (const auto code = check_front_options(options.front)) return *code;
  return options;
}

}  // namespace kvstore::cli
