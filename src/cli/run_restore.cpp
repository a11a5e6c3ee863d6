// kvstore restore [OPTIONS] BACKUP [INCREMENT...] OUT
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/base/human.h"
#include "src/cli/copying.h"
#include "src/cli/moment.h"
#include "src/cli/subcommands.h"
#include "src/maint/cli_parse.h"
#include "src/maint/text.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

constexpr const char* kRestoreFooter = R"(
BACKUP is a whole backup, or any database; increments follow in the order in which they were
made, and each must continue what comes before it. OUT must not exist; it is there when it is
whole and verified. Nothing else is changed.

--until leaves out what was written later: after a version (a seq, as HISTORY and BACKUP show
it), or after a time, by the rule of AT: 2026-11-26T16:15Z, @1796141700, -2h

Examples:
  kvstore restore monday.kvs data.bin
  kvstore restore monday.kvs tuesday.inc wednesday.inc data.bin
  kvstore restore --until 2026-11-25T09:59Z monday.kvs tuesday.inc before.bin

Exit codes: 0 done; 1 the files do not fit together, or do not reach back, or interrupted; 2
wrong usage; 4 cannot open one, or OUT exists; 6 one is damaged; 7 disk full or I/O error)";

struct RestoreWords {
  std::vector<std::string> files;  // the last one is OUT
  std::string until;
  std::uint64_t rate = 0;
  bool quiet = false;
};

std::optional<ExitCode> parse(const std::vector<std::string>& given, RestoreWords* words) {
  CLI::App app("Make a database of a backup and increments, as of any moment that they have.",
               "kvstore restore");
  app.footer(kRestoreFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILES", words->files, "BACKUP, its INCREMENTs in order, and OUT, the new file")
      ->type_name("");
  app.add_option("--until", words->until, "Leave out what was written after it")
      ->type_name("SEQ|TIME");
  app.add_option("--rate", words->rate, "Bytes to copy a second, at most")
      ->type_name("SIZE")
      ->transform(option_checks::size("100MiB"));
  app.add_flag("-q,--quiet", words->quiet, "Say nothing if it went well");
  if (const auto code = maint::parse(app, given)) return code;
  if (words->files.size() < 2) {
    return maint::say_usage_error("a backup and a name for the new file are needed",
                                  "kvstore restore BACKUP [INCREMENT...] OUT");
  }
  return maint::refuse_dash(words->files.back());
}

Result<RestoreOptions> options_of(const RestoreWords& words) {
  RestoreOptions options;
  options.backup = words.files.front();
  options.increments.assign(words.files.begin() + 1, words.files.end() - 1);
  options.rate = words.rate;
  KV_ASSIGN(options.until, parse_moment("--until", words.until, now_us()));
  return options;
}

std::string describe(const RestoreReport& report, const std::string& out) {
  std::string text = fmt::format("{}: {}, {}, up to version {}", maint::quoted_word(out),
                                 plural(report.keys, "key"), human_size(report.size), report.seq);
  if (report.time_us != 0) text += fmt::format(" of {}", iso_seconds(report.time_us));
  return text + fmt::format(", in {:.1f} s\n", static_cast<double>(report.elapsed_us) / 1e6);
}

}  // namespace

ExitCode run_restore(const std::vector<std::string>& given) {
  RestoreWords words;
  if (const auto code = parse(given, &words)) return *code;
  auto options = options_of(words);
  if (!options) return maint::say_usage_error(options.error().message, options.error().hint);
  const EndedBySignals ended;
  CopyBar bar("restoring", words.quiet);
  options->on_progress = bar.progress();
  const std::string& out = words.files.back();
  const auto report = restore(out, *options);
  if (!report) return refuse_copying(report.error());
  if (!words.quiet) maint::print(describe(*report, out));
  return ExitCode::kDone;
}

}  // namespace kvstore::cli
