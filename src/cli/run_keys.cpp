// kvstore put|get|delete [OPTIONS] KEY...: one command on a server.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "repl/one_shot.h"
#include "repl/render.h"
#include "repl/report.h"
#include "src/cli/app.h"
#include "src/cli/command_line.h"
#include "src/cli/connected.h"
#include "src/cli/place.h"
#include "src/cli/subcommands.h"
#include "src/client/login.h"
#include "src/command/quote.h"
#include "src/log/header_page.h"
#include "src/maint/cli_parse.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

using command::Reply;

constexpr const char* kServerFooter = R"(
The server is that of --connect, of $KVSTORE_URL (kvstore://[USER[:PASSWORD]@]HOST[:PORT],
kvstores:// for TLS, unix:///PATH), or 127.0.0.1:7878. Options may stand before or after KEY;
what follows -- is taken as it is, also where it begins with dashes.
)";

constexpr const char* kPutFooter = R"(
VALUE is the next word, or with - or nothing in its place all of standard input, to the byte.
An empty one is stored where - or an empty word says so. After -- every word is taken as it is:
kvstore put KEY -- - stores a dash.

Examples:
  kvstore put greeting "hello world"
  kvstore put --ttl 3600 session:42 alice
  kvstore put photo - < photo.jpg
  KVSTORE_URL=kvstores://db.example kvstore put greeting hello

Exit codes: 0 done, and as durable as the server's --sync promises; 1 refused; 2 wrong usage;
4 cannot connect or log in, or the connection was lost; 6 the server's file is damaged; 7 its disk
is full or has failed, or standard input cannot be read)";

constexpr const char* kGetFooter = R"(
Prints the value and a newline, and nothing for a missing key.

Examples:
  kvstore get greeting
  kvstore get --no-newline photo > photo.jpg
  kvstore get --at -5m greeting

Exit codes: 0 done; 1 refused, or the value is damaged; 2 wrong usage; 3 there is no such key;
4 cannot connect or log in, or the connection was lost)";

constexpr const char* kDeleteFooter = R"(
Examples:
  kvstore delete greeting
  kvstore delete --quiet session:42 || echo "it was not there"

Exit codes: 0 deleted, and as durable as the server's --sync promises; 1 refused; 2 wrong usage;
3 there was no such key; 4 cannot connect or log in, or the connection was lost; 6 the server's
file is damaged; 7 its disk is full or has failed)";

struct KeyWords {
  ConnectionOptions connection;
  std::string connect, at;
  std::uint64_t ttl_s = 0;
  bool no_newline = false, json = false, quiet = false;
  std::vector<std::string> words;  // KEY, and what follows
  bool is_literal = false;         // VALUE is after --
};

struct Verb {
  const char *name, *command, *summary, *usage, *footer;
  std::size_t least, most;  // words
};

constexpr Verb kPut{"kvstore put",
                    "SET",
                    "Store a value on a server.",
                    "Usage: kvstore put [OPTIONS] KEY [VALUE|-]\n",
                    kPutFooter,
                    1,
                    2};
constexpr Verb kGet{"kvstore get",
                    "GET",
                    "Print a value of a server.",
                    "Usage: kvstore get [OPTIONS] KEY\n",
                    kGetFooter,
                    1,
                    1};
constexpr Verb kDelete{"kvstore delete",
                       "DELETE",
                       "Delete a key of a server.",
                       "Usage: kvstore delete [OPTIONS] KEY\n",
                       kDeleteFooter,
                       1,
                       1};

ExitCode refuse_keys(const Error& error) {
  repl::say_error("kvstore", error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return exit_code_of_open(error.code);
}

ExitCode refuse_words(const Verb& verb, const std::string& message) {
  const std::string_view usage(verb.usage);
  return refuse_keys(
      {Code::kUsage, message, std::string(usage.substr(7, usage.find_last_not_of('\n') - 6))});
}

bool is_database(const std::string& path) {
  std::array<char, 4096> page{};
  std::ifstream file(path, std::ios::binary);
  file.read(page.data(), page.size());
  const auto got = static_cast<std::uint64_t>(file.gcount());
  return got > 0 && log::has_magic(reinterpret_cast<const std::uint8_t*>(page.data()), got);
}

// `kvstore get data.bin greeting` was meant for the file; empty: there is no database `words[0]`.
std::string same_on_file(const Verb& verb, const std::vector<std::string>& words) {
  if (words.empty() || !is_database(words.front())) return {};
  std::string line = "kvstore" + shell_words({words.front(), verb.command});
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  const bool is_put = &verb == &kPut;
  if (rest.size() < std::size_t{is_put ? 2U : 1U}) return line + (is_put ? " KEY VALUE" : " KEY");
  return line + shell_words(rest);
}

void say_same_on_file(const Verb& verb, const KeyWords& words) {
  const std::string same = words.quiet ? "" : same_on_file(verb, words.words);
  if (same.empty()) return;
  repl::say(fmt::format("kvstore: note: {} is the server's key here; in the file of that name: {}",
                        command::quote(words.words.front()), same));
}

void add_options_of(CLI::App& app, const Verb& verb, KeyWords& words) {
  app.add_option("--connect", words.connect,
                 "The server: [HOST:]PORT, kvstore://[USER@]HOST:PORT or unix:PATH")
      ->type_name("ADDRESS");
  if (&verb == &kPut) {
    app.add_option("--ttl", words.ttl_s, "Seconds after which the key expires")
        ->type_name("SECONDS")
        ->check(option_checks::number(1, 2.5e11, "3600"));  // as in HTTP
  }
  if (&verb == &kGet) {
    app.add_flag("--no-newline", words.no_newline, "Print exactly the value's bytes");
    app.add_flag("--json", words.json, "A JSON string; null of a key that is not there");
    app.add_option("--at", words.at, "The value as it was: a seq, 2026-03-01T14:30Z, -5m")
        ->type_name("SEQ|TIME");
  }
  app.add_flag("-q,--quiet", words.quiet,
               &verb == &kPut ? "No notices" : "Say nothing of a key that is not there");
  words.connection.add_to(app);
}

// Separates options on either side of KEY, which CLI11 could not distinguish from values with a
// dash.
struct Split {
  std::vector<std::string> options, words;
  std::size_t marked = SIZE_MAX;  // index of the first word after --
  std::string unknown;            // the first word that looks like an unknown option
};

Split split(const CLI::App& app, const std::vector<std::string>& given) {
  Split split;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string& word = given[i];
    if (word == "--") {
      split.marked = split.words.size();
      split.words.insert(split.words.end(), given.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                         given.end());
      break;
    }
    const std::size_t equals = word.starts_with("--") ? word.find('=') : word.npos;
    const CLI::Option* const option =
        word.starts_with('-') ? app.get_option_no_throw(word.substr(0, equals)) : nullptr;
    if (option != nullptr) {
      split.options.push_back(word);
      const bool has_value = equals == word.npos && option->get_items_expected_max() > 0;
      if (has_value && i + 1 < given.size()) split.options.push_back(given[++i]);
      continue;
    }
    // -5 is a value, but not a key unless after --; -t is neither.
    const bool begins_so = word.size() > 1 && word[0] == '-';
    const bool is_number = begins_so && (word[1] == '.' || (word[1] >= '0' && word[1] <= '9'));
    const bool is_like_option = begins_so && (split.words.empty() || !is_number);
    if (is_like_option && split.unknown.empty()) split.unknown = word;
    split.words.push_back(word);
  }
  return split;
}

std::optional<ExitCode> check_words(const CLI::App& app, const Verb& verb, const Split& split) {
  if (!split.unknown.empty()) {
    Error error = option_checks::unknown_option(app, split.unknown);
    const bool is_raw = split.unknown == "--raw" && app.get_option_no_throw("--no-newline");
    if (is_raw) error.hint = "--no-newline";
    error.hint += "; what follows -- is not an option";
    return refuse_keys(error);
  }
  const std::size_t count = split.words.size();
  if (count < verb.least) return refuse_words(verb, "there is no KEY");
  if (count <= verb.most) return std::nullopt;
  const std::string message = fmt::format("too many words: {}; a value with blanks is quoted",
                                          command::quote(split.words[verb.most]));
  const std::string on_file = same_on_file(verb, split.words);
  if (on_file.empty()) return refuse_words(verb, message);
  return refuse_keys(
      {Code::kUsage, message, fmt::format("{}; {} is about a server", on_file, verb.name)});
}

std::optional<ExitCode> parse_words(const std::vector<std::string>& given, const Verb& verb,
                                    KeyWords* words) {
  CLI::App app(verb.summary, verb.name);
  prepare(app, verb.usage, std::string(kServerFooter) + verb.footer);
  add_options_of(app, verb, *words);
  Split parts = split(app, given);
  if (const auto code = maint::parse(app, parts.options)) return code;
  if (const auto code = check_words(app, verb, parts)) return code;
  words->words = std::move(parts.words);
  words->is_literal = parts.marked <= 1;
  return std::nullopt;
}

// Returns the last reply of one request.
Result<Reply> ask(const KeyWords& words, const std::vector<std::string>& argv) {
  KV_ASSIGN(Place place, words.connection.place(words.connect));
  KV_ASSIGN(const auto backend, connect(place));
  const std::vector<std::string_view> views(argv.begin(), argv.end());
  backend->submit(views);
  Reply answer = Reply::failure({Code::kNetwork, "no answer", {}});
  KV_TRY(backend->finish_pending([&](Reply&& reply) { answer = std::move(reply); }));
  if (answer.kind == Reply::Kind::kError) {
    answer.error = client::connection_error(std::move(answer.error), place.address);
  }
  return answer;
}

ExitCode say_missing(const Verb& verb, const KeyWords& words) {
  if (!words.quiet) {
    const std::string key = command::quote(words.words.front());
    repl::say(words.at.empty() ? fmt::format("kvstore: there is no key {}", key)
                               : fmt::format("kvstore: there was no key {} then", key));
  }
  say_same_on_file(verb, words);
  return ExitCode::kMissing;
}

void print_value(const Reply& reply, const KeyWords& words) {
  repl::Look look;
  look.mode = words.json ? repl::Mode::kJson : repl::Mode::kPlain;
  look.terminal = ::isatty(STDOUT_FILENO) == 1;
  look.newline = !words.no_newline;
  std::string text;
  repl::render(reply, look, &text);
  maint::print(text);
}

// A server's refusals are a failed command; what is about the way to it is not.
ExitCode finish(const Result<Reply>& reply, const Verb& verb, const KeyWords& words) {
  if (!reply) {
    Error error = reply.error();
    const std::string on_file = same_on_file(verb, words.words);
    if (!on_file.empty()) error.hint = fmt::format("{}; or for a server: {}", on_file, error.hint);
    return refuse_keys(error);
  }
  if (reply->kind == Reply::Kind::kError) {
    refuse_keys(reply->error);
    return exit_code_of_command(reply->error.code);
  }
  const bool is_missing = reply->kind == Reply::Kind::kMissing;
  if (&verb == &kGet && (!is_missing || words.json)) print_value(*reply, words);
  if (&verb == &kPut) say_same_on_file(verb, words);
  return is_missing ? say_missing(verb, words) : ExitCode::kDone;
}

Result<std::string> value_of(const KeyWords& words) {
  if (words.words.size() > 1 && (words.words[1] != "-" || words.is_literal)) return words.words[1];
  if (words.words.size() == 1 && ::isatty(STDIN_FILENO) == 1) {
    return fail(Code::kUsage, "there is no VALUE, and standard input is a terminal",
                "kvstore put KEY VALUE, or kvstore put KEY < FILE; - types it in here");
  }
  auto value = repl::read_argument(STDIN_FILENO);
  // With an unset variable in a script, or under cron, this would empty an existing key.
  if (value && value->empty() && words.words.size() == 1) {
    return fail(Code::kUsage, "there is no VALUE, and standard input is empty",
                "kvstore put KEY '', or kvstore put KEY -, to store an empty value");
  }
  return value;
}

}  // namespace

ExitCode run_put(const std::vector<std::string>& given) {
  KeyWords words;
  if (const auto code = parse_words(given, kPut, &words)) return *code;
  auto value = value_of(words);
  if (!value) return refuse_keys(value.error());
  std::vector<std::string> argv{"SET", words.words.front(), std::move(*value)};
  if (words.ttl_s != 0) argv.insert(argv.end(), {"EX", std::to_string(words.ttl_s)});
  return finish(ask(words, argv), kPut, words);
}

ExitCode run_get(const std::vector<std::string>& given) {
  KeyWords words;
  if (const auto code = parse_words(given, kGet, &words)) return *code;
  std::vector<std::string> argv{"GET", words.words.front()};
  if (!words.at.empty()) argv.insert(argv.end(), {"AT", words.at});
  auto reply = ask(words, argv);
  const bool is_no_time = reply && reply->kind == Reply::Kind::kError && !words.at.empty() &&
                          reply->error.code == Code::kNumber;
  if (is_no_time) {
    reply->error.hint = "--at 1234 (a seq), --at 2026-03-01T14:30Z, --at @1772373600 or --at -5m";
  }
  return finish(reply, kGet, words);
}

ExitCode run_delete(const std::vector<std::string>& given) {
  KeyWords words;
  if (const auto code = parse_words(given, kDelete, &words)) return *code;
  return finish(ask(words, {"DELETE", words.words.front()}), kDelete, words);
}

}  // namespace kvstore::cli
