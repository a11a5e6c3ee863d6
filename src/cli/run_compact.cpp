// kvstore compact [OPTIONS] FILE [OUT]
#include <chrono>
#include <thread>

#include <fmt/core.h>

#include "repl/report.h"
#include "src/base/cancel.h"
#include "src/base/human.h"
#include "src/cli/app.h"
#include "src/cli/copying.h"
#include "src/cli/subcommands.h"
#include "src/maint/cli_parse.h"
#include "src/maint/progress.h"
#include "src/maint/text.h"
#include "src/options/option_checks.h"
#include "src/store/store.h"

namespace kvstore::cli {
namespace {

constexpr const char* kFooter = R"(
Writes FILE anew without what is no longer needed: deleted and expired keys, earlier
versions of values, indexes that were replaced. Long values are put together, and keys
stand in their order, so that reading is faster, too. Seqs, times and expiries stay.
FILE must not be open for writing: there, use the command COMPACT. With OUT, FILE is only
read, also beside whoever writes it: OUT is a copy of one moment.

How much of the past can still be read (AT, HISTORY) afterwards: --keep-history
  7d, 12h, 30m, 90s   what was written in that time (1d, if nothing is said)
  1000                what the last 1,000 writes wrote
  none                the present only
What is younger stays as it was written: it is neither dropped nor compressed. With the usual
day, the file of a day's work does not get smaller.

--compress zstd stores the values compressed, where that makes them smaller: small ones with a
dictionary made from them, large ones by blocks, so that reading a part of one decompresses
little. What is written later is not compressed until the next compaction. Without --compress a
compressed file stays compressed (as zstd:3), and an uncompressed one uncompressed; --compress
none writes all values uncompressed again.

Examples:
  kvstore compact data.bin
  kvstore compact --compress zstd:19 data.bin
  kvstore compact --keep-history none data.bin
  kvstore compact data.bin small.bin          a copy; data.bin stays as it is

Exit codes: 0 done; 1 interrupted, FILE is as it was; 2 wrong usage; 4 cannot open it, in use,
or OUT exists; 6 damaged: verify --repair first; 7 disk full or I/O error)";

struct Words {
  std::string file, out, keep = "1d";
  std::optional<std::string> compress;
  std::uint64_t rate = 0;
  bool quiet = false;
};

// With OUT only a copy is made: FILE is only read.
Options options_of(const Words& words) {
  Options options;
  options.read_only = options.manual_refresh = !words.out.empty();
  return options;
}

// Runs on the store's own thread; this thread shows the progress and checks for signals.
Status compact_with_bar(Store& store, const Words& words, const CompactionOptions& options) {
  if (!words.out.empty()) return store.compact_into(words.out, options);
  KV_TRY(store.start_compaction(options));
  std::optional<maint::ProgressBar> bar;
  while (true) {
    const CompactionStatus status = store.compaction_status();
    if (status.ended_us != 0) {
      return status.failure ? fail(*status.failure) : Status{};
    }
    if (!bar && status.needed != 0) bar.emplace("compacting", status.needed);
    if (bar) bar->update(status.written);
    if (is_cancelled()) store.stop_compaction();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// Nothing has changed, and the new file was removed.
ExitCode refuse_compaction(const Error& error) {
  const bool is_damage = error.code == Code::kCorrupt || error.code == Code::kDamaged;
  const ExitCode code = refuse_copying(error);
  return is_damage ? ExitCode::kDamaged : code;
}

// Describes the last compaction of `store`, and what may be surprising in it.
std::string describe(const CompactionStatus& status, const Stats& before, const Words& words,
                     const Compression& compress) {
  const std::string& made = words.out.empty() ? words.file : words.out;
  std::string text =
      fmt::format("{}: {} of {}, was {}", maint::quoted_word(made), human_size(status.new_size),
                  plural(before.keys, "key"), human_size(status.old_size));
  if (compress.is_on() && status.keys != 0) {
    text += fmt::format("; values {} of {}", human_size(status.stored), human_size(status.raw));
  }
  return text + '\n';
}

// A note if much of the file is younger than the kept history, so that little was gained.
std::string note_of_young(const CompactionStatus& status, const Stats& before, const Words& words,
                          const Compression& compress) {
  const bool is_all_old = status.floor_seq >= before.last_seq;
  const bool shrank = status.new_size < status.old_size / 10 * 9;
  if (is_all_old || (shrank && !compress.is_on())) return {};
  if (shrank && status.keys >= before.keys / 10 * 9) return {};
  return fmt::format(
      "note: what is within --keep-history {} stays as it was written, {}\n"
      "  try: --keep-history none",
      words.keep, compress.is_on() ? "neither dropped nor compressed" : "and is not dropped");
}

}  // namespace

ExitCode run_compact(const std::vector<std::string>& given) {
  Words words;
  CLI::App app("Rewrite a database without what is no longer needed.", "kvstore compact");
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", words.file, "The database")->required()->type_name("");
  app.add_option("OUT", words.out, "A new file for it, instead of FILE's place")->type_name("");
  app.add_option("--keep-history", words.keep, "How much of the past to keep")
      ->type_name("HISTORY")
      ->default_str("1d");
  app.add_option("--compress", words.compress,
                 "Store values: none, zstd, zstd:LEVEL (1 to 22); as FILE has them")
      ->type_name("CODEC");
  app.add_option("--rate", words.rate, "Bytes to write a second, at most")
      ->type_name("SIZE")
      ->transform(option_checks::size("100MiB"));
  app.add_flag("-q,--quiet", words.quiet, "Say nothing if it went well");
  if (const auto code = maint::parse(app, given)) return *code;
  if (const auto code = maint::refuse_dash(words.out)) return *code;
  const auto keep = KeepHistory::parse(none_of(words.keep));
  if (!keep) return maint::say_usage_error(keep.error().message, keep.error().hint);
  CompactionOptions options{.keep = *keep, .rate = words.rate};
  if (words.compress) {
    const auto compress = Compression::parse(none_of(*words.compress));
    if (!compress) return maint::say_usage_error(compress.error().message, compress.error().hint);
    options.compress = *compress;
  }
  auto store = Store::open(words.file, options_of(words));
  if (!store) return maint::say_error(store.error());
  const EndedBySignals ended;
  const Stats before = (*store)->stats();
  const Status done = compact_with_bar(**store, words, options);
  if (!done) return refuse_compaction(done.error());
  const CompactionStatus status = (*store)->compaction_status();
  if (Status closed = (*store)->close(); !closed) return maint::say_error(closed.error());
  if (words.quiet) return ExitCode::kDone;
  const Compression codec = options.codec(status.file_is_compressed);
  maint::print(describe(status, before, words, codec));
  const std::string note = note_of_young(status, before, words, codec);
  if (!note.empty()) repl::say(note);
  return ExitCode::kDone;
}

}  // namespace kvstore::cli
