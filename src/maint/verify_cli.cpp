// kvstore verify [OPTIONS] FILE
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/clock.h"
#include "src/maint/cli.h"
#include "src/maint/cli_parse.h"
#include "src/maint/print.h"
#include "src/maint/progress.h"
#include "src/maint/records.h"
#include "src/maint/reindex.h"
#include "src/maint/repair.h"
#include "src/maint/text.h"
#include "src/options/option_checks.h"

namespace kvstore::maint {
namespace {

constexpr const char* kVerifyFooter = R"(
Without options, verify reads the file once, changes nothing, and says what is
in it and what is wrong. It may run beside a program that writes the file.

A damaged place is either torn (the end of a write that never finished: normal
after a power loss) or rotten (bytes that were on the disk have changed). A
repair never changes the original: it writes a copy, and keeps the original as
FILE.damaged-TIME. What is lost is marked in the copy, so that the keys concerned
answer CORRUPT instead of an older value. Where records of unknown keys are lost,
nobody can say which keys have a newer value among them: those that may are listed
as ROLLED BACK and answer the newest value that is left, and a key that had no other record
is lost with its name. Keep that list: the copy does not remember it, nor that records are
missing, and a later verify calls it intact.

The index is made of the records, so damage to it loses nothing, and answers stay right:
what is damaged is built anew in memory when it is asked for, at each open. It is damage
all the same (exit code 6); --reindex builds it anew in the file.

Examples:
  kvstore verify data.bin
  kvstore verify --json data.bin
  kvstore verify --records --key greeting data.bin
  kvstore verify --repair --dry-run data.bin
  kvstore verify --repair data.bin
  kvstore verify --reindex data.bin
  kvstore verify --salvage saved.bin data.bin   even without any header

Exit codes: 0 intact, repaired, indexed or salvaged; 5 a torn tail, nothing worse;
6 damaged; 4 cannot read it, or in use (--repair, --reindex); 2 wrong usage; 7 disk full or
I/O error)";

struct Options {
  std::string file;
  bool json = false;
  bool quiet = false;
  bool records = false;
  std::optional<std::string> key;
  std::uint64_t from = 0;
  std::uint64_t limit = UINT64_MAX;
  bool repair = false;
  bool yes = false;
  bool dry_run = false;
  bool reindex = false;
  std::string salvage;
};

file::FileSystem& files() { return file::system_files(); }

Result<Report> audit_with_bar(const Source& source, Way way) {
  ProgressBar bar("reading", source.limit);
  return audit(source, way, now_ms(), [&bar](std::uint64_t at) { bar.update(at); });
}

struct Looked {
  Source source;
  Report report;
};

// Whether the file has changed since it was opened.
bool has_changed(const Source& source) {
  const auto slot = log::load_newest_slot(source.file->data(), *source.binding);
  return source.beside_writer || (slot && slot->counter != source.page.slot.counter) ||
         !source.file->still_at(source.path);
}

Result<Looked> look_once(const std::string& path) {
  KV_ASSIGN(Source source, open_source(files(), path, file::Mode::kReadOnly));
  KV_ASSIGN(Report report, audit_with_bar(source, Way::kJudged));
  return Looked{std::move(source), std::move(report)};
}

// If another process may have written the file meanwhile, a fault is reported only if a second look
// finds one, too.
Result<Looked> look(const std::string& path) {
  auto first = look_once(path);
  if (!first || first->report.state() == State::kIntact || !has_changed(first->source)) {
    return first;
  }
  return look_once(path);
}

void print_json(const nlohmann::ordered_json& json) {
  // Messages may contain text that is not UTF-8.
  print(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

std::string next_step(const Report& report) {
  if (report.state() == State::kIntact) return {};
  const std::string name = quoted_word(report.path);
  if (report.beside_writer) return "try: stop the program that writes it, then verify again\n";
  if (report.is_increment) {
    return fmt::format(
        "An increment cannot be repaired. The database has what it lost; to make it again:\n"
        "kvstore backup --since {} FILE NEW\n"
        "kvstore restore BACKUP {} OUT says up to which version it can be put onto its backup.\n",
        report.floor_seq, name);
  }
  if (report.state() == State::kIndexDamaged && report.ends_in_damage()) {
    return fmt::format(
        "What is damaged was made of the records, which are whole. The log ends in it, so writes "
        "are\n"
        "refused until there is a copy without it:\n"
        "kvstore verify --repair {}\n",
        name);
  }
  if (report.state() == State::kIndexDamaged && report.index.is_damaged()) {
    return fmt::format(
        "The index is made of the records, which are whole. To rebuild it:\n"
        "kvstore verify --reindex {}\n",
        name);
  }
  if (report.state() == State::kIndexDamaged) {
    return fmt::format(
        "What is damaged was made of the records, which are whole. A copy without it:\n"
        "kvstore verify --repair {}\n",
        name);
  }
  if (report.state() == State::kTorn) {
    return fmt::format(
        "The next open for writing cuts the torn tail by itself and keeps it beside the file.\n"
        "To do it now: kvstore verify --repair {}\n",
        name);
  }
  return fmt::format("try: kvstore verify --repair {}\n", name);
}

ExitCode run_report(const Options& options) {
  const auto looked = look(options.file);
  if (!looked) return say_error(looked.error());
  const Report& report = looked->report;
  const std::uint8_t* const data = looked->source.file->data();
  if (options.json) {
    print_json(to_json(report, data));
  } else if (!options.quiet || report.state() != State::kIntact) {
    print(describe(report, data, false) + next_step(report));
  }
  return report.exit_code();
}

ExitCode run_records(const Options& options) {
  const auto source = open_source(files(), options.file, file::Mode::kReadOnly);
  if (!source) return say_error(source.error());
  const RecordsOptions wanted{options.key, options.from, options.limit, options.json};
  const Status done = list_records(*source, wanted, [](std::string line) {
    line += '\n';
    return put(line);
  });
  flush();
  return done ? ExitCode::kDone : say_error(done.error());
}

// Asks the user; anything but yes means no.
bool confirm() {
  std::fputs("Repair it? Type yes or no: ", stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes" || answer == "y" || answer == "YES";
}

std::string describe_done(const Repaired& done) {
  std::string text = fmt::format("wrote {}: {}, {}\n", quoted_word(done.path),
                                 plural(done.records, "record"), bytes_text(done.size));
  if (!done.kept_as.empty()) {
    text += fmt::format("The original is kept as {}; remove it when nothing in it is missed.\n",
                        quoted_word(done.kept_as));
  }
  return text;
}

nlohmann::ordered_json json_of_done(const Repaired& done) {
  nlohmann::ordered_json json{
      {"path", json_of(done.path)}, {"records", done.records}, {"size", done.size}};
  if (!done.kept_as.empty()) json["original_kept_as"] = json_of(done.kept_as);
  return json;
}

// Prints the plan only.
ExitCode end_with_plan(const Options& options, const Source& source, const Report& report) {
  if (options.json) print_json(to_json(report, source.file->data()));
  return report.exit_code();
}

ExitCode carry_out_repair(const Options& options, const Source& source, const Report& report) {
  ProgressBar bar("writing", source.limit);
  const auto done = repair(files(), source, report, [&bar](std::uint64_t at) { bar.update(at); });
  if (!done) return say_error(done.error());
  if (options.json) {
    auto json = to_json(report, source.file->data());
    json["repaired"] = json_of_done(*done);
    print_json(json);
  } else {
    print(describe_done(*done));
  }
  return ExitCode::kDone;
}

ExitCode run_repair(const Options& options) {
  const bool asks = !options.yes && !options.dry_run;
  if (asks && ::isatty(STDIN_FILENO) != 1) {
    return say_usage_error(
        "--repair asks before it does anything, and there is no terminal to ask on",
        "--yes, or --dry-run to see the plan only");
  }
  const auto mode = options.dry_run ? file::Mode::kReadOnly : file::Mode::kReadWrite;
  const auto source = open_source(files(), options.file, mode);
  if (!source) return say_error(source.error());
  const auto report = audit_with_bar(*source, Way::kJudged);
  if (!report) return say_error(report.error());
  const std::uint8_t* data = source->file->data();
  if (!options.json) print(describe(*report, data, false));
  if (report->state() == State::kIntact) {
    if (!options.json) print("Nothing to repair.\n");
    return end_with_plan(options, *source, *report);
  }
  if (options.dry_run) {
    if (!options.json) print(next_step(*report));
    return end_with_plan(options, *source, *report);
  }
  if (!options.json) {
    print(
        fmt::format("A copy without the damage will be written beside {0} and take its name;\n"
                    "the original is kept as {0}.damaged-TIME.\n",
                    quoted_word(options.file)));
  }
  if (asks && !confirm()) {
    std::fputs("Nothing was changed.\n", stderr);
    return end_with_plan(options, *source, *report);
  }
  return carry_out_repair(options, *source, *report);
}

// Damage beyond the index must be repaired first: an index of the readable records would hide that
// there were more.
ExitCode refuse_reindex(const Report& report) {
  const std::string name = quoted_word(report.path);
  const bool is_torn = report.state() == State::kTorn;
  say_error({Code::kDamaged,
             fmt::format("{} {}: no index is made of it", report.path,
                         is_torn ? "has a torn tail" : "is damaged"),
             fmt::format("kvstore verify --repair {}", name)});
  return report.exit_code();
}

ExitCode run_reindex(const Options& options) {
  auto source = open_source(files(), options.file, file::Mode::kReadWrite);
  if (!source) return say_error(source.error());
  const auto report = audit_with_bar(*source, Way::kJudged);
  if (!report) return say_error(report.error());
  if (!options.json) print(describe(*report, source->file->data(), false));
  auto json = options.json ? to_json(*report, source->file->data()) : nlohmann::ordered_json();
  if (report->state() == State::kTorn || report->state() == State::kDamaged ||
      report->ends_in_damage()) {
    if (options.json) print_json(json);
    return refuse_reindex(*report);
  }
  ProgressBar bar("indexing", source->limit);
  const auto done = reindex(&*source, [&bar](std::uint64_t at) { bar.update(at); });
  if (!done) return say_error(done.error());
  if (options.json) {
    json["reindexed"] = {
        {"keys", done->keys}, {"segments", done->segments}, {"bytes", done->bytes}};
    print_json(json);
  } else {
    print(fmt::format("Wrote a new index: {} in {}, {}\n", plural(done->keys, "key"),
                      plural(done->segments, "segment"), bytes_text(done->bytes)));
  }
  return ExitCode::kDone;
}

ExitCode run_salvage(const Options& options) {
  const auto source = open_source(files(), options.file, file::Mode::kReadOnly);
  if (!source) return say_error(source.error());
  const auto report = audit_with_bar(*source, Way::kCarved);
  if (!report) return say_error(report.error());
  ProgressBar bar("writing", source->limit);
  const auto done = salvage(files(), *source, *report, options.salvage,
                            [&bar](std::uint64_t at) { bar.update(at); });
  if (!done) return say_error(done.error());
  const std::uint8_t* data = source->file->data();
  if (options.json) {
    auto json = to_json(*report, data);
    json["salvaged"] = json_of_done(*done);
    print_json(json);
  } else {
    print(describe(*report, data, false) + describe_done(*done));
    if (source->header_lost)
      print("The lost header named the database; the copy has a new db_id.\n");
  }
  return ExitCode::kDone;
}

std::string find_contradiction(const Options& options) {
  const int verbs = options.records + options.repair + options.reindex + !options.salvage.empty();
  if (verbs > 1) return "--records, --repair, --reindex and --salvage exclude each other";
  if (!options.repair && (options.yes || options.dry_run))
    return "--yes and --dry-run belong to --repair";
  const bool selects = options.key || options.from != 0 || options.limit != UINT64_MAX;
  if (options.quiet && (verbs > 0 || options.json)) return "--quiet belongs to the check alone";
  if (!options.records && selects) return "--key, --from and --limit belong to --records";
  return {};
}

bool is_empty_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) &&
         std::filesystem::file_size(path, error) == 0 && !error;
}

ExitCode report_empty(const Options& options) {
  if (options.quiet) return ExitCode::kDone;
  if (!options.json) {
    print(harmless(options.file) + ": empty, a new database with nothing in it yet\n");
  } else if (!options.records) {
    Report report;
    report.path = options.file;
    report.header_lost = true;  // it has no header yet
    auto json = to_json(report, nullptr);
    json["state"] = "intact";
    json["exit_code"] = 0;
    print_json(json);
  }
  return ExitCode::kDone;
}

}  // namespace

ExitCode run_verify(const std::vector<std::string>& words) {
  Options options;
  CLI::App app("Check a database file, list its records, repair it, or save what is good.",
               "kvstore verify");
  app.footer(kVerifyFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", options.file, "The database")->required()->type_name("");
  app.add_flag("--json", options.json, "For programs");
  app.add_flag("-q,--quiet", options.quiet, "Say nothing if it is intact");
  app.add_flag("--records", options.records, "List the records, with their offsets");
  app.add_option("--key", options.key, "--records: only this key's")->type_name("KEY");
  app.add_option("--from", options.from, "--records: from this offset on")
      ->type_name("OFFSET")
      ->check(option_checks::whole("4096"));
  app.add_option("--limit", options.limit, "--records: at most N")
      ->type_name("N")
      ->check(option_checks::whole("100"));
  app.add_flag("--repair", options.repair,
               "Replace FILE by a copy without damage; keep the original");
  app.add_flag("-y,--yes", options.yes, "--repair: do not ask");
  app.add_flag("-n,--dry-run", options.dry_run, "--repair: show the plan, change nothing");
  app.add_flag("--reindex", options.reindex, "Rebuild the index of FILE from its records");
  app.add_option("--salvage", options.salvage, "Write every good record into OUT, a new file")
      ->type_name("OUT");
  if (const auto code = parse(app, words)) return *code;
  if (const auto code = refuse_dash(options.salvage)) return *code;
  if (const std::string why = find_contradiction(options); !why.empty()) {
    return say_usage_error(why, "kvstore verify --help");
  }
  if (is_empty_file(options.file) && options.salvage.empty()) return report_empty(options);
  if (options.records) return run_records(options);
  if (options.repair) return run_repair(options);
  if (options.reindex) return run_reindex(options);
  if (!options.salvage.empty()) return run_salvage(options);
  return run_report(options);
}

}  // namespace kvstore::maint
