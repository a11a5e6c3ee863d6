// kvstore replay [OPTIONS] FILE --to HOST:PORT|FILE
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "repl/progress.h"
#include "repl/report.h"
#include "repl/signals.h"
#include "src/base/cancel.h"
#include "src/cli/connected.h"
#include "src/cli/moment.h"
#include "src/cli/open_store.h"
#include "src/cli/place.h"
#include "src/cli/standard_outputs.h"
#include "src/cli/subcommands.h"
#include "src/maint/cli_parse.h"
#include "src/options/option_checks.h"
#include "src/store/at_check.h"
#include "src/transfer/replay_server.h"
#include "src/transfer/replay_store.h"

namespace kvstore::cli {
namespace {

constexpr const char* kReplayFooter = R"(
Every version that FILE has is made again, in the order of its log: each SET, APPEND and
DELETE as it was, with its expiry as a time, and a batch as one batch. FILE is only read,
beside whoever writes it, and up to the moment at which the replay began. The target gives
the versions seqs and times of its own; a file that exists is written to after what it has.

A file that was compacted begins with what was there then, key by key (--from start, which
is what happens if nothing is said); then its log follows. --from a seq or time before that
is refused.

--speed 1x keeps the times between the writes, 10x a tenth of them; max (if nothing is said)
waits for nothing.

When it is interrupted it ends after a whole version, and says which: --from the next one
goes on. --resume KEY keeps that in KEY of the target, written together with each version:
the same command goes on where it ended, however that was, and with what was written since.

Examples:
  kvstore replay data.bin --to copy.bin
  kvstore replay data.bin --to 127.0.0.1:7878 --speed 10x
  kvstore replay data.bin --to 6379 --protocol resp --prefix user:
  kvstore replay data.bin --to kvstores://writer@db.example:7878
  kvstore replay data.bin --to copy.bin --resume replayed
  kvstore replay data.bin --to then.bin --until 2026-03-01T14:30

Exit codes: 0 done; 1 the target refused a change, or history is gone; 2 wrong usage; 4 cannot
open or connect, or the connection was lost; 6 FILE is damaged; 7 disk full or I/O error)";

constexpr double kMaxSpeed = 1e9;

struct ReplayArguments {
  ConnectionOptions connection;
  std::string file, to, from, until, speed = "max", prefix, protocol = "text", resume;
  double wait_s = 5;
  bool quiet = false;
};

std::optional<ExitCode> parse(const std::vector<std::string>& words, ReplayArguments* arguments) {
  CLI::App app("Do again what was written to a database: to a server, or to another file.",
               "kvstore replay");
  app.footer(kReplayFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", arguments->file, "The database")->required()->type_name("");
  app.add_option("--to", arguments->to,
                 "A server ([HOST:]PORT, kvstore://..., unix:PATH), or a file; made if need be")
      ->type_name("TARGET")
      ->required();
  app.add_option("--from", arguments->from, "The first version: a seq, a time, or start")
      ->type_name("SEQ|TIME");
  app.add_option("--until", arguments->until, "The last version: a seq or a time")
      ->type_name("SEQ|TIME");
  app.add_option("--speed", arguments->speed, "Of the writes: 1x as they were, 10x, max")
      ->type_name("SPEED")
      ->default_str("max");
  app.add_option("--prefix", arguments->prefix, "Only keys that begin with TEXT")
      ->type_name("TEXT");
  app.add_option("--resume", arguments->resume, "Keep in KEY of the target how far it is")
      ->type_name("KEY");
  app.add_option("--protocol", arguments->protocol, "Of a server: text, resp")
      ->type_name("NAME")
      ->default_str("text")
      ->check(option_checks::one_of({"text", "resp"}, "resp"));
  arguments->connection.add_to(app);
  app.add_option("--wait", arguments->wait_s, "How long to wait for the lock of another writer")
      ->type_name("SECONDS")
      ->default_str("5")
      ->check(option_checks::number(0, 1e6, "5", true));
  app.add_flag("-q,--quiet", arguments->quiet, "No report, notices or progress");
  if (const auto code = maint::parse(app, words)) return code;
  if (const auto code = maint::refuse_dash(arguments->file)) return code;
  if (arguments->connection.any_given() && !looks_like_place(arguments->to, false)) {
    return maint::say_usage_error(
        "--user, --password-file and --tls are of a server, and " + arguments->to + " is a file",
        "--to HOST:PORT, with them");
  }
  return maint::refuse_dash(arguments->to);
}

// Parses "10x", "0.5x", "10" or "max".
Result<double> parse_speed(std::string_view text) {
  if (text == "max") return 0;
  const std::string word(text.substr(0, text.size() - (text.ends_with('x') ? 1 : 0)));
  std::string checked = word;
  if (option_checks::number(1e-6, kMaxSpeed, "10x", true)(checked).empty()) {
    return std::stod(word);
  }
  return fail(Code::kUsage, fmt::format("--speed: '{}' is neither a number nor max", text),
              "--speed 10x");
}

Result<transfer::ReplayOptions> take_options(const ReplayArguments& arguments, Store& store) {
  transfer::ReplayOptions options;
  options.prefix = arguments.prefix;
  options.resume_key = arguments.resume;
  KV_ASSIGN(options.speed, parse_speed(arguments.speed));
  if (arguments.from != "start") {
    KV_ASSIGN(options.from, parse_moment("--from", arguments.from, store.now_us()));
  }
  KV_ASSIGN(options.until, parse_moment("--until", arguments.until, store.now_us()));
  return options;
}

// Refuses versions in the future, and an end before the begin: a mistyped number would silently
// replay nothing. The next version is allowed, because an earlier replay names it as the place to
// continue.
Status check_moments(const transfer::ReplayOptions& options, Store& store, std::uint64_t newest) {
  const auto from = options.from.seq, until = options.until.seq;
  if (from && *from != newest + 1) KV_TRY(check_version(store, *from, "--from a seq of HISTORY"));
  if (until) KV_TRY(check_version(store, *until, "--until a seq of HISTORY, or without --until"));
  const auto from_us = options.from.time_us, until_us = options.until.time_us;
  const bool is_backwards =
      (from && until && *from > *until) || (from_us && until_us && *from_us > *until_us);
  if (!is_backwards) return {};
  return fail(Code::kUsage, "--until is before --from",
              "--from the earlier one, --until the later one");
}

// A word that can be an address is one; ./7878 is a file.
bool is_server(const ReplayArguments& arguments) { return looks_like_place(arguments.to, false); }

// The target that is written to.
struct OpenTarget {
  std::unique_ptr<Store> store;  // null for a server
  std::unique_ptr<transfer::ReplayTarget> target;
  bool is_atomic = true;
};

Result<OpenTarget> open_server(const ReplayArguments& arguments) {
  KV_ASSIGN(Place place, arguments.connection.place(arguments.to));
  // A password is asked for in the text protocol only, because only kvstore understands the
  // question.
  if (arguments.protocol == "text") KV_TRY(check_server(place));
  const auto protocol =
      arguments.protocol == "resp" ? wire::Protocol::kResp : wire::Protocol::kText;
  KV_ASSIGN(auto target, transfer::ServerReplay::connect(place.address, place.credentials, protocol,
                                                         arguments.resume));
  OpenTarget open;
  open.is_atomic = target->has_transactions();
  open.target = std::move(target);
  return open;
}

Status check_other_file(const ReplayArguments& arguments) {
  std::error_code unknown;
  if (!std::filesystem::equivalent(arguments.file, arguments.to, unknown)) return {};
  return fail(Code::kUsage, fmt::format("{} is the database that is read", arguments.to),
              "--to another file");
}

// Everything is synced before success is reported, so single writes need not wait.
Result<OpenTarget> open_file(const ReplayArguments& arguments) {
  KV_TRY(check_other_file(arguments));
  Options options;
  options.sync = SyncPolicy::none();
  options.lock_wait_ms = static_cast<std::uint32_t>(arguments.wait_s * 1e3);
  OpenTarget open;
  KV_ASSIGN(open.store, Store::open(arguments.to, options));
  const Stats stats = open.store->stats();
  if (stats.last_seq > 0 && !arguments.quiet && arguments.resume.empty()) {
    repl::say(
        fmt::format("kvstore: note: {} has {} versions already; others are written after them",
                    arguments.to, stats.last_seq));
  }
  KV_ASSIGN(open.target, transfer::StoreReplay::begin(*open.store, arguments.resume));
  return open;
}

transfer::ReplayReport run(const Snapshot& snapshot, transfer::ReplayTarget& target,
                           transfer::ReplayOptions options, const ReplayArguments& arguments) {
  repl::Progress progress(!arguments.quiet && ::isatty(STDERR_FILENO) == 1, "changes");
  std::uint64_t before = 0;
  options.on_progress = [&](std::uint64_t changes, std::uint64_t bytes) {
    progress.update(changes, bytes - std::exchange(before, bytes));
  };
  return transfer::replay(snapshot, target, options);
}

ExitCode exit_code_of(Code code) {
  if (code == Code::kCorrupt) return ExitCode::kDamaged;
  return exit_code_of_command(code);
}

void report_failure(const std::string& where, const Error& error) {
  repl::say_error(where, error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
}

ExitCode refuse_replay(const Error& error) {
  report_failure("kvstore", error);
  return error.code == Code::kFormat ? ExitCode::kCannotOpen : exit_code_of(error.code);
}

// Reports what the target has, and how to continue.
void say_how_far(const transfer::ReplayReport& report, const ReplayArguments& arguments) {
  const bool is_nothing = report.versions == 0 && report.attempted <= report.acknowledged;
  if (is_nothing) return repl::say("kvstore: nothing was replayed");
  std::string text = "kvstore: " + transfer::to_string(report);
  if (report.attempted > report.acknowledged) {
    text +=
        fmt::format("; what is after it, up to seq {}, may have been made, too", report.attempted);
  }
  if (!arguments.resume.empty()) {
    text += "; the same command goes on there";
  } else if (report.acknowledged != 0) {
    text += fmt::format("; --from {} goes on there", report.acknowledged + 1);
  } else if (report.in_base) {
    text += "; --from start starts over, and makes the same of what is there";
  }
  repl::say(text);
}

ExitCode tell(const transfer::ReplayReport& report, const ReplayArguments& arguments) {
  if (report.error) {
    report_failure("kvstore", *report.error);
    if (!arguments.quiet) say_how_far(report, arguments);
    return exit_code_of(report.error->code);
  }
  if (!arguments.quiet) {
    maint::print(fmt::format("{}, to {}\n", transfer::to_string(report), arguments.to));
  }
  return ExitCode::kDone;
}

Result<transfer::ReplayReport> replay_all(const ReplayArguments& arguments, Store& store) {
  KV_ASSIGN(auto options, take_options(arguments, store));
  KV_ASSIGN(const Snapshot snapshot, store.snapshot());
  KV_TRY(check_moments(options, store, snapshot.seq()));
  KV_ASSIGN(OpenTarget open, is_server(arguments) ? open_server(arguments) : open_file(arguments));
  if (!open.is_atomic && !arguments.quiet) {
    repl::say(
        "kvstore: note: the server has no transactions, or this user may not begin one; batches "
        "are "
        "made change by change");
  }
  auto report = run(snapshot, *open.target, std::move(options), arguments);
  open.target.reset();
  if (!open.store) return report;
  const Status closed = open.store->close();
  if (!closed && !report.error) report.error = closed.error();
  return report;
}

}  // namespace

ExitCode run_replay(const std::vector<std::string>& words) {
  ReplayArguments arguments;
  if (const auto code = parse(words, &arguments)) return *code;
  if (const Status may = check_standard_outputs(arguments.file); !may)
    return refuse_replay(may.error());
  Options options;
  options.read_only = true;
  options.manual_refresh = true;
  auto store = open_store(arguments.file, options, "", arguments.quiet);
  if (!store) return say_cannot_open(store.error(), "replay", arguments.file);
  repl::signals::install();
  const CancelScope scope(
      [] { return repl::signals::interrupted() || repl::signals::wants_end(); });
  const auto report = replay_all(arguments, **store);
  const ExitCode code = report ? tell(*report, arguments) : refuse_replay(report.error());
  repl::signals::end_if_asked();
  return code;
}

}  // namespace kvstore::cli
