// kvstore export [OPTIONS] FILE [OUT], or --connect ADDRESS [OUT]
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "repl/progress.h"
#include "repl/report.h"
#include "repl/signals.h"
#include "repl/transfer.h"
#include "src/base/cancel.h"
#include "src/base/civil_time.h"
#include "src/base/function_ref.h"
#include "src/base/human.h"
#include "src/cli/connected.h"
#include "src/cli/moment.h"
#include "src/cli/open_store.h"
#include "src/cli/place.h"
#include "src/cli/standard_outputs.h"
#include "src/cli/subcommands.h"
#include "src/client/login.h"
#include "src/maint/cli_parse.h"
#include "src/options/option_checks.h"
#include "src/store/at_check.h"
#include "src/transfer/export.h"
#include "src/transfer/server_export.h"

namespace kvstore::cli {
namespace {

constexpr const char* kExportFooter = R"(
OUT must not exist; without it, or as -, the export goes to standard output. FILE is only
read, beside whoever writes it; all of the export is of one moment.

Formats (unless --format says, as OUT ends; else kv):
  kv     SET and ZADD lines: kvstore NEW < dump.kv runs them, kvstore import reads them
  jsonl  {"key":"a","value":"b","expires":"2026-12-31T23:59:59.000Z"}, a line for each key;
         what is not UTF-8 is {"base64":"..."}; of a sorted set, with "type":"zset", the value
         is "members":[["ann",10],["bob","-inf"]], in the order of the scores
  csv    RFC 4180, with a header row; the column base64 says what is in base64, the
         column type what is a sorted set
  resp   Redis' commands: redis-cli --pipe < dump.resp, or an append-only file

--history has every version with seq, time and kind, deletions, too, in the order of writing.

--connect exports what a server has, as the user who logs in may read it: keys, values, expiries
and sorted sets as they are now. It is of one moment, too, that of a read-only transaction; the
server ends that after its --transaction-time (60 s), and the export fails. There is no --at and
no --history of a server.

Examples:
  kvstore export data.bin > dump.kv
  kvstore export --prefix user: data.bin users.jsonl
  kvstore export --at -1h data.bin yesterday.csv
  kvstore export data.bin | kvstore import other.bin
  kvstore export --connect kvstores://backup@db.example users.jsonl --prefix user:

Exit codes: 0 done; 1 a key or version cannot be read; 2 wrong usage; 4 cannot open FILE,
connect or log in, or OUT exists; 7 disk full or I/O error, or the reader of the output went away)";

struct ExportArguments {
  ConnectionOptions connection;
  std::string file, out, connect, format, prefix, at;
  bool history = false, quiet = false;
};

std::optional<ExitCode> check_file(const ExportArguments& arguments) {
  const std::string& file = arguments.file;
  if (file.empty()) {
    return maint::say_usage_error("FILE is required", "kvstore export data.bin, or --connect 7878");
  }
  if (arguments.connection.any_given()) {
    return maint::say_usage_error("--user, --password-file and --tls are of a server",
                                  "kvstore export --connect 7878, with them");
  }
  std::error_code ignored;
  if (looks_like_place(file, false) && !std::filesystem::exists(file, ignored)) {
    return maint::say_usage_error(
        fmt::format("FILE is a database, and {0} looks like a server's address; for a file of that "
                    "name: ./{0}",
                    file),
        fmt::format("kvstore export --connect {}", file));
  }
  return maint::refuse_dash(file);
}

// With --connect the only word is OUT.
std::optional<ExitCode> check_server_words(ExportArguments* arguments) {
  if (!arguments->out.empty()) {
    return maint::say_usage_error("with --connect there is no FILE, only OUT",
                                  "kvstore export --connect ADDRESS OUT");
  }
  if (arguments->history || !arguments->at.empty()) {
    return maint::say_usage_error(
        "--at and --history need a file: a server is asked for what it "
        "has now",
        "kvstore export --history FILE, where the file is");
  }
  arguments->out = std::exchange(arguments->file, {});
  return std::nullopt;
}

std::optional<ExitCode> parse(const std::vector<std::string>& words, ExportArguments* arguments) {
  CLI::App app("Write keys and values as text, JSON, CSV or Redis' commands.", "kvstore export");
  app.footer(kExportFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", arguments->file, "The database; none with --connect")->type_name("");
  app.add_option("OUT", arguments->out, "The file to make; standard output without it")
      ->type_name("");
  app.add_option("--format", arguments->format, "Of OUT: kv, jsonl, csv, resp")
      ->type_name("FORMAT")
      ->check(option_checks::one_of(transfer::format_names()));
  app.add_option("--prefix", arguments->prefix, "Only keys that begin with TEXT")
      ->type_name("TEXT");
  app.add_option("--at", arguments->at, "As it was: a seq, 2026-03-01T14:30Z, @1772373600, -5m")
      ->type_name("SEQ|TIME");
  app.add_flag("--history", arguments->history, "Every version, not only the newest");
  app.add_flag("-q,--quiet", arguments->quiet, "No notices, no progress");
  app.add_option("--connect", arguments->connect,
                 "A server, not FILE: [HOST:]PORT, kvstore://[USER@]HOST:PORT or unix:PATH")
      ->type_name("ADDRESS");
  arguments->connection.add_to(app);
  if (const auto code = maint::parse(app, words)) return code;
  return arguments->connect.empty() ? check_file(*arguments) : check_server_words(arguments);
}

bool goes_to_stdout(const ExportArguments& arguments) {
  return arguments.out.empty() || arguments.out == "-";
}

// A note if the file's suffix is not that of a format.
std::string note_on_format(const ExportArguments& arguments) {
  if (!arguments.format.empty()) return "";
  if (!transfer::format_of_path(arguments.out)) {
    return " as kv (another: --format jsonl, csv or resp)";
  }
  return arguments.out.ends_with(".json") ? " as jsonl, an object a line" : "";
}

transfer::ExportOptions take_options(const ExportArguments& arguments) {
  transfer::ExportOptions options;
  options.format = transfer::Format::kKv;
  if (const auto named = transfer::format_of_name(arguments.format)) {
    options.format = *named;
  } else if (const auto ending = transfer::format_of_path(arguments.out)) {
    options.format = *ending;
  }
  options.prefix = arguments.prefix;
  options.history = arguments.history;
  return options;
}

// A progress line on stderr would disturb output on the same screen.
bool wants_progress(const ExportArguments& arguments) {
  const bool disturbs = goes_to_stdout(arguments) && ::isatty(STDOUT_FILENO) == 1;
  return !arguments.quiet && !disturbs && ::isatty(STDERR_FILENO) == 1;
}

using Export =
    FunctionRef<Result<transfer::ExportReport>(const transfer::ExportOptions&, transfer::Sink&)>;

Result<transfer::ExportReport> write(const ExportArguments& arguments,
                                     transfer::ExportOptions options,
                                     transfer::DescriptorSink& standard_output, Export export_to) {
  repl::Progress progress(wants_progress(arguments), options.history ? "versions" : "keys");
  std::uint64_t before = 0;
  options.on_progress = [&](std::uint64_t changes, std::uint64_t bytes) {
    progress.update(changes, bytes - std::exchange(before, bytes));
  };
  if (goes_to_stdout(arguments)) {
    repl::TerminalSink screen(standard_output);
    return ::isatty(STDOUT_FILENO) == 1 ? export_to(options, screen)
                                        : export_to(options, standard_output);
  }
  KV_ASSIGN(transfer::NewFile sink, transfer::NewFile::make(arguments.out));
  KV_ASSIGN(const transfer::ExportReport report, export_to(options, sink));
  KV_TRY(sink.finish());
  return report;
}

// As in restore --until.
Status check_is_there(Store& store, const Snapshot& snapshot, const At& at) {
  if (at.seq) {
    KV_TRY(check_version(store, *at.seq, "--at a seq of HISTORY, or a time"));
  }
  if (!at.time_us) return {};
  std::uint64_t first_us = UINT64_MAX;
  KV_TRY(snapshot.writes([&](const LoggedWrite& write) {
    first_us = write.time_us;
    return false;
  }));
  KV_ASSIGN(const LogOrigin origin, snapshot.origin());
  if (origin.has_base || *at.time_us >= first_us) return {};  // for a base the error is PURGED
  return fail(Code::kNumber,
              fmt::format("what was before the first write, at {}, is not in this file",
                          iso_seconds(*at.time_us)),
              fmt::format("--at a time from {} on", iso_seconds(first_us)));
}

Result<transfer::ExportReport> run(const ExportArguments& arguments, Store& store,
                                   transfer::DescriptorSink& out) {
  transfer::ExportOptions options = take_options(arguments);
  KV_ASSIGN(options.at, parse_moment("--at", arguments.at, store.now_us()));
  KV_ASSIGN(const Snapshot snapshot, store.snapshot());
  KV_TRY(check_is_there(store, snapshot, options.at));
  return write(arguments, std::move(options), out, [&](const auto& chosen, transfer::Sink& sink) {
    return transfer::export_to(snapshot, chosen, sink);
  });
}

Result<transfer::ExportReport> run(const ExportArguments& arguments, const Place& place,
                                   transfer::DescriptorSink& out) {
  const auto export_to = [&](const auto& options, transfer::Sink& sink) {
    return transfer::export_from(place.address, place.credentials, options, sink);
  };
  return write(arguments, take_options(arguments), out, export_to);
}

ExitCode refuse(const Error& error) {
  repl::say_error("kvstore", error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return exit_code_of_command(error.code);
}

ExitCode refuse_run(const Error& error) {
  const ExitCode code = refuse(error);
  return error.code == Code::kExists ? ExitCode::kCannotOpen : code;
}

// Runs the export of a store or a server, and reports the result.
template <class From>
ExitCode run_and_tell(const ExportArguments& arguments, From& from) {
  repl::signals::install();
  const CancelScope scope(
      [] { return repl::signals::interrupted() || repl::signals::wants_end(); });
  transfer::DescriptorSink standard_output(STDOUT_FILENO, "standard output");
  const auto report = run(arguments, from, standard_output);
  // If the reader has gone (`| head -1`) only the exit code tells.
  if (!report && standard_output.has_no_reader()) return ExitCode::kIo;
  if (!report) {
    const ExitCode code = refuse_run(report.error());
    repl::signals::end_if_asked();
    return code;
  }
  if (!goes_to_stdout(arguments)) {
    maint::print(fmt::format("wrote {} to {}{}\n",
                             plural(report->changes, arguments.history ? "version" : "key"),
                             arguments.out, note_on_format(arguments)));
  }
  return ExitCode::kDone;
}

ExitCode export_file(const ExportArguments& arguments) {
  if (const Status may = check_standard_outputs(arguments.file); !may) return refuse(may.error());
  Options options;
  options.read_only = true;
  options.manual_refresh = true;
  auto store = open_store(arguments.file, options, "", arguments.quiet);
  if (!store) return say_cannot_open(store.error(), "export", arguments.file);
  return run_and_tell(arguments, **store);
}

ExitCode export_server(const ExportArguments& arguments) {
  auto place = arguments.connection.place(arguments.connect);
  if (!place) return refuse(place.error());
  const Status can_log_in = check_server(*place);
  if (!can_log_in) {
    refuse(client::connection_error(can_log_in.error(), place->address));
    return exit_code_of_open(can_log_in.error().code);
  }
  return run_and_tell(arguments, *place);
}

}  // namespace

ExitCode run_export(const std::vector<std::string>& words) {
  ExportArguments arguments;
  if (const auto code = parse(words, &arguments)) return *code;
  return arguments.connect.empty() ? export_file(arguments) : export_server(arguments);
}

}  // namespace kvstore::cli
