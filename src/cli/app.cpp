#include "src/cli/app.h"

#include <memory>
#include <utility>

#include "server/options.h"
#include "src/options/help_formatter.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

constexpr double kMaxWait_s = 1e6;

// CLI11's own usage line cannot tell that options end where COMMAND begins.
class Formatter final : public option_checks::HelpFormatter {
 public:
  explicit Formatter(std::string usage) : usage_(std::move(usage)) { column_width(32); }
  std::string make_usage(const CLI::App*, std::string) const override { return usage_; }
  std::string make_positionals(const CLI::App*) const override { return {}; }
  // CLI11 puts empty lines between groups, and two after some.
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    const bool is_first = group == "Options";
    std::string text =
        HelpFormatter::make_group(std::move(group), is_positional, std::move(options));
    return !is_first && text.starts_with('\n') ? text.substr(1) : text;
  }

 private:
  std::string usage_;
};

}  // namespace

void prepare(CLI::App& app, std::string usage, std::string footer) {
  app.formatter(std::make_shared<Formatter>(std::move(usage)));
  app.footer(std::move(footer));
  app.set_version_flag("--version", "kvstore " KVSTORE_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.prefix_command();
}

void add_front_options(CLI::App& app, FrontOptions& front, Raw& raw) {
  app.add_option("-f,--file", front.script, "Run the commands of a file (-: of stdin)")
      ->type_name("SCRIPT");
  auto* last = app.add_flag("-x", front.last_from_stdin,
                            "Take COMMAND's last argument from stdin, its last line end too");
  app.add_flag("--no-empty", front.refuse_empty,
               "With -x: refuse an empty stdin (a GET that found nothing prints a line)")
      ->needs(last);
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

void add_file_options(CLI::App& app, FileOptions& options, Raw& raw) {
  app.add_option("FILE", options.file, "The database")->type_name("")->default_str("data.bin");
  add_front_options(app, options.front, raw);
  app.add_option("--config", raw.config,
                 "Take options from a TOML file, too; $KVSTORE_NAME and --name come before it")
      ->type_name("FILE");
  app.add_flag("--print-config", raw.print_config,
               "Print what all options come to, and where from, and exit");
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
  options.store.compact_at = 50;
  app.add_option("--compact-at", options.store.compact_at,
                 "Compact by itself when that share of FILE is not needed any more: 50%, off")
      ->type_name("SHARE")
      ->default_str("50%")
      ->transform(option_checks::percent_or_off("50%"));
  app.add_option("--keep-history", raw.keep_history,
                 "What a compaction keeps of the past: none, 7d, a number of writes, all")
      ->type_name("HISTORY")
      ->default_str("1d");
  app.add_option("--compress", raw.compress,
                 "How a compaction stores values: none, zstd, zstd:LEVEL (1 to 22)")
      ->type_name("CODEC")
      ->default_str("as FILE has them");
  app.add_option("--compact-rate", options.store.compaction.rate,
                 "What a compaction may write a second: off (as fast as it goes), 50MiB")
      ->type_name("SIZE")
      ->default_str("off")
      ->transform(option_checks::size_or_off("50MiB"));
  app.add_flag("--read-only", options.store.read_only, "Refuse writes; needs no lock");
  app.add_option("--wait", raw.wait_s, "How long to wait for the lock of another writer")
      ->type_name("SECONDS")
      ->default_str("5")
      ->check(option_checks::number(0, kMaxWait_s, "5", true));
  app.add_option("--transaction-time", raw.transaction_s,
                 "How long a transaction may stay open; 0: no limit, as in a shell on a file")
      ->type_name("SECONDS")
      ->default_str("60")
      ->check(option_checks::number(0, kMaxWait_s, "60", true));
  app.add_option("--transaction-memory", options.store.transactions.bytes,
                 "What a transaction may take: its writes, and the keys it has read")
      ->type_name("SIZE")
      ->default_str("64MiB")
      ->transform(option_checks::size("64MiB"));
  app.add_option("--format", options.format, "Read an older, header-less file: plain32, plain64")
      ->type_name("FORMAT")
      ->check(option_checks::one_of({"plain32", "plain64"}));
  app.add_option("--listen", raw.listen, "Serve FILE over TCP (127.0.0.1:7878)")
      ->type_name("[[ADDR:]PORT]")
      ->expected(0, 1);
  server::add_options(app, options.server);
}

}  // namespace kvstore::cli
