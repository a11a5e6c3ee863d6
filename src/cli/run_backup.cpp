// kvstore backup [OPTIONS] FILE OUT
#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/base/human.h"
#include "src/cli/backup_directory.h"
#include "src/cli/copying.h"
#include "src/cli/subcommands.h"
#include "src/maint/cli_parse.h"
#include "src/maint/text.h"
#include "src/options/option_checks.h"
#include "src/store/store.h"

namespace kvstore::cli {
namespace {

constexpr const char* kBackupFooter = R"(
Copies FILE as it is at one moment, beside whoever writes it, and verifies the copy: all of
it is read once more from the disk. The copy is a database itself. OUT must not exist; it
is there when it is whole. Where the file system can, it shares FILE's blocks.

--since makes an increment: what was written after a version, or after what another backup or
increment ends with. kvstore restore puts it onto that. Where the history since then is gone
(kvstore compact), a whole backup is needed.

--to names the backups by their time, for a line of crontab: with --every, nothing is done
while the newest one is younger; with --keep, older ones of FILE are removed afterwards.

Examples:
  kvstore backup data.bin monday.kvs
  kvstore backup --since monday.kvs data.bin tuesday.inc
  kvstore backup --to /backups --every 1h --keep 24 -q data.bin
  kvstore backup --rate 50MiB data.bin /mnt/usb/data.kvs

Exit codes: 0 done, or nothing to do; 1 an increment does not fit, or interrupted; 2 wrong
usage; 4 cannot open FILE, or OUT exists; 6 FILE is damaged: verify --repair, or --damaged; 7 disk
full or I/O error)";

struct BackupWords {
  std::string file = "data.bin", out, to, since, every;
  std::size_t keep = 0;
  std::uint64_t rate = 0;
  bool damaged = false, quiet = false;
};

std::optional<ExitCode> parse(const std::vector<std::string>& given, BackupWords* words) {
  CLI::App app("Copy a database, or what has come since, while it is in use.", "kvstore backup");
  app.footer(kBackupFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", words->file, "The database (data.bin)")->type_name("");
  app.add_option("OUT", words->out, "The file to make")->type_name("");
  app.add_option("--since", words->since, "An increment: after a seq, or a backup's end")
      ->type_name("SEQ|BACKUP");
  app.add_option("--to", words->to, "Instead of OUT: a name in DIR by the time")->type_name("DIR");
  app.add_option("--every", words->every, "--to: not while the newest one is younger")
      ->type_name("TIME");
  app.add_option("--keep", words->keep, "--to: how many to keep")
      ->type_name("N")
      ->check(option_checks::number(1, 1e6, "24"));
  app.add_option("--rate", words->rate, "Bytes to copy a second, at most")
      ->type_name("SIZE")
      ->transform(option_checks::size("100MiB"));
  app.add_flag("--damaged", words->damaged, "Copy a damaged database, too, as it is");
  app.add_flag("-q,--quiet", words->quiet, "Say nothing if it went well");
  if (const auto code = maint::parse(app, given)) return code;
  if (const auto code = maint::refuse_dash(words->out)) return code;
  return maint::refuse_dash(words->file);
}

std::string find_contradiction(const BackupWords& words) {
  if (words.out.empty() && words.to.empty()) return "no OUT is named, and no --to DIR";
  if (!words.out.empty() && !words.to.empty()) return "OUT and --to exclude each other";
  if (words.to.empty() && (!words.every.empty() || words.keep != 0))
    return "--every and --keep belong to --to";
  if (!words.to.empty() && !words.since.empty()) return "--since and --to exclude each other";
  return {};
}

// Parses "1h"; in microseconds.
Result<std::uint64_t> parse_every(const std::string& text) {
  const auto parsed = KeepHistory::parse(text);
  if (parsed && parsed->time_us) return *parsed->time_us;
  return fail(Code::kUsage, fmt::format("{} is not a length of time", text),
              "--every 1h (90s, 30m, 12h, 7d)");
}

BackupOptions options_of(const BackupWords& words) {
  BackupOptions options;
  options.rate = words.rate;
  options.damaged = words.damaged;
  const bool is_seq = !words.since.empty() && words.since.size() < 20 &&
                      words.since.find_first_not_of("0123456789") == std::string::npos;
  if (is_seq) {
    options.since_seq = std::stoull(words.since);
  } else {
    options.since_file = words.since;
  }
  return options;
}

std::string describe(const BackupReport& report, const std::string& out) {
  std::string text = fmt::format("{}: {}, ", maint::quoted_word(out), human_size(report.size));
  if (report.is_increment) {
    text += fmt::format("{} after version {} ", plural(report.writes, "write"), report.since_seq);
  }
  text += fmt::format("up to version {}", report.seq);
  if (report.time_us != 0) text += fmt::format(" of {}", iso_seconds(report.time_us));
  return text + fmt::format(", in {:.1f} s\n", static_cast<double>(report.elapsed_us) / 1e6);
}

Result<BackupReport> make(const BackupWords& words, const std::string& out) {
  Options reading;
  reading.read_only = true;
  reading.manual_refresh = true;
  const auto store = Store::open(words.file, reading);
  if (!store) return fail(name_old_format(store.error(), words.file));
  CopyBar bar("copying", words.quiet);
  BackupOptions options = options_of(words);
  options.on_progress = bar.progress();
  return (*store)->backup(out, options);
}

ExitCode make_and_tell(const BackupWords& words, const std::string& out) {
  const auto report = make(words, out);
  if (!report) return refuse_copying(report.error());
  if (!words.quiet) maint::print(describe(*report, out));
  if (report->damaged_places == 0) return ExitCode::kDone;
  (void)maint::say_error({Code::kDamaged,
                          fmt::format("{} is as damaged as {}, at {}: {}", out, words.file,
                                      plural(report->damaged_places, "place"), report->damage),
                          "kvstore verify --repair " + out});
  return ExitCode::kDamaged;
}

// True if the newest backup is recent enough.
bool is_fresh(const BackupWords& words, const BackupDirectory& directory, std::uint64_t every_us) {
  const std::uint64_t now = now_us();
  const auto [there, of_future] = directory.backups(now);
  for (const auto& backup : of_future) {
    if (words.quiet) break;
    fmt::print(stderr, "note: the name of {} is of the future: neither counted nor removed\n",
               maint::quoted_word(backup.path));
  }
  if (every_us == 0 || there.empty() || now >= there.back().time_us + every_us) return false;
  if (!words.quiet) {
    maint::print(fmt::format("{} is younger than {}: nothing to do\n",
                             maint::quoted_word(there.back().path), words.every));
  }
  return true;
}

ExitCode run_into_directory(const BackupWords& words) {
  std::uint64_t every_us = 0;
  if (!words.every.empty()) {
    const auto parsed = parse_every(words.every);
    if (!parsed) return maint::say_error(parsed.error());
    every_us = *parsed;
  }
  const auto directory = BackupDirectory::open(words.to, words.file);
  if (!directory) return refuse_copying(name_old_format(directory.error(), words.file));
  if (is_fresh(words, *directory, every_us)) return ExitCode::kDone;
  const ExitCode made = make_and_tell(words, directory->next_name(now_us()));
  if (made != ExitCode::kDone || words.keep == 0) return made;
  const std::size_t removed = directory->keep_newest(words.keep, now_us());
  if (removed > 0 && !words.quiet) {
    maint::print(fmt::format("removed {}\n", plural(removed, "older backup")));
  }
  return made;
}

}  // namespace

ExitCode run_backup(const std::vector<std::string>& given) {
  BackupWords words;
  if (const auto code = parse(given, &words)) return *code;
  if (const std::string why = find_contradiction(words); !why.empty()) {
    return maint::say_usage_error(why, "kvstore backup FILE OUT, or kvstore backup --help");
  }
  const EndedBySignals ended;
  return words.to.empty() ? make_and_tell(words, words.out) : run_into_directory(words);
}

}  // namespace kvstore::cli
