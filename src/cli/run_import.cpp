// kvstore import [OPTIONS] FILE [INPUT]
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "repl/progress.h"
#include "repl/report.h"
#include "repl/signals.h"
#include "server/options.h"
#include "src/base/cancel.h"
#include "src/cli/open_store.h"
#include "src/cli/standard_outputs.h"
#include "src/cli/subcommands.h"
#include "src/maint/cli_parse.h"
#include "src/options/option_checks.h"
#include "src/transfer/import.h"

namespace kvstore::cli {
namespace {

constexpr const char* kImportFooter = R"(
INPUT is what kvstore export writes, or anything of these formats (export --help says what they
are); standard input without it, or as -. Its format is seen by how it begins. An append-only
file of Redis is one of them, too, and so is the directory with its manifest (7.0 and newer):
strings and sorted sets come over, what is about other types is passed over and counted, and
the keys that it has changed are left out. RDB files are not read.

A CSV has a header row with key and value, and may have expires and base64 (export --help).
Another table is made into one: of time,symbol,price, say, with
  awk -F, 'NR == 1 { print "key,value"; next } { print $2 ":" $1 "," $3 }' ticks.csv

It ends at the first line that is wrong, and names it. What stood before that line was imported,
and is on the disk before it says so. A history is played in its order, as new versions. --dry-run
imports into a scratch file in $TMPDIR, which needs as much room as FILE would, and is gone
afterwards.

Keys that are in FILE already (--on-conflict):
  fail     end at the first of them
  skip     keep what is in FILE
  replace  take what is in INPUT

Examples:
  kvstore import data.bin dump.kv
  kvstore import --on-conflict skip data.bin users.jsonl
  kvstore import --dry-run data.bin dump.csv
  zcat dump.kv.gz | kvstore import data.bin
  kvstore import data.bin /var/lib/redis/appendonlydir

Exit codes: 0 done; 1 a line is wrong, or a key is there already; 2 wrong usage; 4 cannot open
FILE or INPUT, or INPUT is of no such format; 7 disk full or I/O error)";

constexpr double kLongestWait_s = 1e6;

struct ImportArguments {
  std::string file, input = "-", format, on_conflict = "fail";
  std::uint64_t database = 0;
  double wait_s = 5;
  bool dry_run = false, quiet = false;
};

// replay and connect take an address, so a file name like one is probably a mistake.
std::optional<ExitCode> refuse_address(const std::string& file) {
  std::error_code ignored;
  if (!server::looks_like_endpoint(file) || std::filesystem::exists(file, ignored)) {
    return std::nullopt;
  }
  return maint::say_usage_error(
      fmt::format("FILE is a database, and {0} looks like a server's address; for a file of that "
                  "name: ./{0}",
                  file),
      fmt::format("kvstore import new.bin INPUT, then kvstore replay new.bin --to {}", file));
}

std::optional<ExitCode> parse(const std::vector<std::string>& words, ImportArguments* arguments) {
  CLI::App app("Read what export writes, or Redis' append-only files.", "kvstore import");
  app.footer(kImportFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", arguments->file, "The database; made if need be")
      ->required()
      ->type_name("");
  app.add_option("INPUT", arguments->input, "The file to read; standard input without it")
      ->type_name("");
  app.add_option("--format", arguments->format,
                 "Of INPUT, where it cannot be seen: kv, jsonl, csv, resp")
      ->type_name("FORMAT")
      ->check(option_checks::one_of(transfer::format_names()));
  app.add_option("--on-conflict", arguments->on_conflict,
                 "Keys that are there: fail, skip, replace")
      ->type_name("WHAT")
      ->default_str("fail")
      ->check(option_checks::one_of({"fail", "skip", "replace"}, "skip"));
  app.add_flag("--dry-run", arguments->dry_run, "Say what would be imported: into a scratch file");
  app.add_option("--db", arguments->database, "Which of Redis' numbered databases to read")
      ->type_name("NUMBER")
      ->default_str("0")
      ->check(option_checks::whole("0"));
  app.add_option("--wait", arguments->wait_s, "How long to wait for the lock of another writer")
      ->type_name("SECONDS")
      ->default_str("5")
      ->check(option_checks::number(0, kLongestWait_s, "5", true));
  app.add_flag("-q,--quiet", arguments->quiet, "No report, notices or progress");
  if (const auto code = maint::parse(app, words)) return code;
  if (const auto code = refuse_address(arguments->file)) return code;
  return maint::refuse_dash(arguments->file);
}

void complain(std::string_view where, const Error& error) {
  repl::say_error(where, error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
}

transfer::ImportOptions options_of(const ImportArguments& arguments) {
  transfer::ImportOptions options;
  options.format = transfer::format_of_name(arguments.format);
  options.on_conflict = arguments.on_conflict == "skip"      ? transfer::OnConflict::kSkip
                        : arguments.on_conflict == "replace" ? transfer::OnConflict::kReplace
                                                             : transfer::OnConflict::kFail;
  options.dry_run = arguments.dry_run;
  options.database = arguments.database;
  return options;
}

// Everything is synced before success is reported, so single writes need not wait. For a dry run,
// nullopt if there is no such file, which then counts as empty.
Result<std::optional<OpenedStore>> open(const ImportArguments& arguments) {
  Options options;
  options.read_only = arguments.dry_run;
  options.sync = SyncPolicy::none();
  options.lock_wait_ms = static_cast<std::uint32_t>(arguments.wait_s * 1e3);
  auto store = open_store(arguments.file, options, "", arguments.quiet);
  if (store) return std::optional(std::move(*store));
  if (arguments.dry_run && store.error().code == Code::kNotFound) return std::nullopt;
  return fail(store.error());
}

transfer::ImportReport run(std::vector<transfer::Source>& sources, Store* store,
                           const ImportArguments& arguments) {
  const bool wanted = !arguments.quiet && ::isatty(STDERR_FILENO) == 1;
  repl::Progress progress(wanted, "changes");
  std::uint64_t before = 0;
  transfer::ImportOptions options = options_of(arguments);
  options.on_progress = [&](std::uint64_t changes, std::uint64_t bytes) {
    progress.update(changes, bytes - std::exchange(before, bytes));
  };
  return transfer::import_from(sources, store, options);
}

ExitCode tell(const transfer::ImportReport& report, const ImportArguments& arguments) {
  if (report.error) complain(report.place, *report.error);
  if (!arguments.quiet && (!report.error || report.counts.all() > 0)) {
    maint::print(transfer::to_string(report, arguments.dry_run) + '\n');
  }
  return report.error ? exit_code_of_command(report.error->code) : ExitCode::kDone;
}

ExitCode close(Store& store, ExitCode code) {
  const Status closed = store.close();
  if (closed || code != ExitCode::kDone) return code;
  complain("kvstore", closed.error());
  return ExitCode::kIo;
}

}  // namespace

ExitCode run_import(const std::vector<std::string>& words) {
  ImportArguments arguments;
  if (const auto code = parse(words, &arguments)) return *code;
  const Status may = check_standard_outputs(arguments.file);
  auto sources = may ? transfer::Source::open(arguments.input, arguments.file)
                     : Result<std::vector<transfer::Source>>(fail(may.error()));
  if (!sources) {
    complain("kvstore", sources.error());
    return exit_code_of_open(sources.error().code);
  }
  if (arguments.input == "-" && !arguments.quiet && ::isatty(STDIN_FILENO) == 1) {
    repl::say("kvstore: reading from the terminal, up to Ctrl-D");
  }
  repl::signals::install();
  const CancelScope scope(
      [] { return repl::signals::interrupted() || repl::signals::wants_end(); });
  auto store = open(arguments);
  if (!store) {
    complain("kvstore", store.error());
    return exit_code_of_open(store.error().code);
  }
  Store* const opened = *store ? &***store : nullptr;
  ExitCode code = tell(run(*sources, opened, arguments), arguments);
  if (opened) code = close(*opened, code);
  repl::signals::end_if_asked();
  return code;
}

}  // namespace kvstore::cli
