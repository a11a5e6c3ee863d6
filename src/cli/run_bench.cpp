// kvstore bench [OPTIONS] [WORKLOAD...]
#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "repl/report.h"
#include "repl/signals.h"
#include "repl/terminal_kind.h"
#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/base/human.h"
#include "src/bench/report.h"
#include "src/bench/runner.h"
#include "src/bench/server_target.h"
#include "src/bench/store_target.h"
#include "src/cli/bench_options.h"
#include "src/cli/connected.h"
#include "src/cli/subcommands.h"
#include "src/maint/cli_parse.h"
#include "src/transfer/sink.h"

namespace kvstore::cli {
namespace {

bool is_ended() { return repl::signals::interrupted() || repl::signals::wants_end(); }

// A progress line on a terminal.
class BenchProgress {
 public:
  explicit BenchProgress(bool quiet)
      : wanted_(!quiet && ::isatty(STDERR_FILENO) == 1 && repl::understands_escapes()) {}
  ~BenchProgress() { clear(); }

  void show(const bench::Plan& plan, std::string_view what, std::uint64_t operations,
            double seconds) {
    if (!wanted_) return;
    shown_ = true;
    const double rate = static_cast<double>(operations) / (seconds > 0 ? seconds : 1);
    fmt::print(stderr, "\r\033[K{}, {}, {}: {:.1f} s, {} operations, {}/s", what,
               bench::size_label(plan.size), bench::clients_label(plan.clients), seconds,
               with_commas(operations), with_commas(static_cast<std::uint64_t>(rate)));
  }
  void clear() {
    if (std::exchange(shown_, false)) std::fputs("\r\033[K", stderr);
  }

 private:
  const bool wanted_;
  bool shown_ = false;
};

bool terminal_is_utf8() {
  std::setlocale(LC_CTYPE, "");
  return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
}

std::unique_ptr<bench::Target> make_target(const BenchOptions& options) {
  if (!options.connect) return std::make_unique<bench::StoreTarget>(options.file, options.sync);
  return std::make_unique<bench::ServerTarget>(options.connect->address,
                                               options.connect->credentials, options.protocol);
}

// Runs all plans, or those until it was ended. Rows of the table are shown as they come.
Status measure_all(const BenchOptions& options, bench::Target& target, bench::Sheet& sheet) {
  BenchProgress progress(options.quiet);
  bench::Watch watch;
  watch.wants_end = is_ended;
  watch.on_progress = [&](const bench::Plan& plan, std::string_view what, std::uint64_t operations,
                          double seconds) { progress.show(plan, what, operations, seconds); };
  for (const bench::Plan& plan : options.plans) {
    if (is_ended()) return {};
    auto measured = bench::measure(target, plan, watch);
    progress.clear();
    if (!measured) return fail(measured.error());
    sheet.results.push_back(std::move(*measured));
    if (!options.shows_table()) continue;
    // Only with a row: an error alone needs no table.
    if (sheet.results.size() == 1) maint::print(bench::table_head(sheet));
    maint::print(bench::table_row(sheet.results.back()));
    maint::print(bench::table_notes(sheet.results.back()));
  }
  return {};
}

void print_rest(const BenchOptions& options, const bench::Sheet& sheet) {
  if (options.json) return maint::print(bench::to_json(sheet));
  if (!options.chart || !options.shows_table() || sheet.results.size() < 2) return;
  const bench::ChartLook look{.unicode = terminal_is_utf8(),
                              .color = repl::use_color(options.color, STDOUT_FILENO)};
  maint::print('\n' + bench::to_chart(sheet, look));
}

Status write_picture(const BenchOptions& options, std::optional<transfer::NewFile>& picture,
                     const bench::Sheet& sheet) {
  if (sheet.results.empty()) return {};
  if (options.svg == "-") maint::print(bench::to_svg(sheet));
  if (!picture) return {};
  KV_TRY(picture->write(bench::to_svg(sheet)));
  return picture->finish();
}

Status refuse_existing(const std::string& path) {
  if (path.empty() || ::access(path.c_str(), F_OK) != 0) return {};
  return fail(Code::kExists, fmt::format("{} exists: a benchmark makes its own file", path),
              "another name for --file, or none");
}

ExitCode refuse_bench(const Error& error) {
  repl::say_error("kvstore", error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return error.code == Code::kExists ? ExitCode::kCannotOpen : exit_code_of_command(error.code);
}

// A password is asked for in the text protocol only.
Status check_place(BenchOptions& options) {
  if (options.protocol == wire::Protocol::kText) return check_server(*options.connect);
  const Place& place = *options.connect;
  return bench::ServerTarget(place.address, place.credentials, options.protocol).check();
}

Result<std::optional<transfer::NewFile>> begin_picture(const std::string& path) {
  if (path.empty() || path == "-") return std::nullopt;
  KV_ASSIGN(transfer::NewFile picture, transfer::NewFile::make(path));
  return std::optional(std::move(picture));
}

// Reports the first failed operation; the results have the number of failures.
ExitCode tell_failure(const bench::Sheet& sheet) {
  for (const bench::Measured& one : sheet.results) {
    if (one.errors == 0) continue;
    if (!one.first_error) return ExitCode::kCommandFailed;
    const bool is_io = refuse_bench(*one.first_error) == ExitCode::kIo;
    return is_io ? ExitCode::kIo : ExitCode::kCommandFailed;
  }
  return ExitCode::kDone;
}

ExitCode run(const BenchOptions& options) {
  if (const Status may = refuse_existing(options.file); !may) return refuse_bench(may.error());
  auto picture = begin_picture(options.svg);
  if (!picture) return refuse_bench(picture.error());
  const auto target = make_target(options);
  bench::Sheet sheet{.target = target->description(),
                     .when = iso_seconds(believed_now_us()),
                     .results = {},
                     .rate = options.rate};
  const Status measured = measure_all(options, *target, sheet);
  if (measured || !sheet.results.empty()) print_rest(options, sheet);
  if (const Status drawn = write_picture(options, *picture, sheet); !drawn)
    return refuse_bench(drawn.error());
  if (!measured && !is_ended()) return refuse_bench(measured.error());
  if (!options.file.empty() && !options.quiet) repl::say("kvstore: " + options.file + " is kept");
  return tell_failure(sheet);
}

}  // namespace

ExitCode run_bench(const std::vector<std::string>& words) {
  auto parsed = parse_bench_options(words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  auto& options = std::get<BenchOptions>(parsed);
  if (options.connect) {
    const Status checked = check_place(options);
    if (!checked) return refuse_bench(checked.error());
  }
  repl::signals::install();
  const ExitCode code = run(options);
  repl::signals::end_if_asked();
  return code;
}

}  // namespace kvstore::cli
