#include "src/cli/bench_options.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "src/maint/cli_parse.h"
#include "src/maint/text.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

// The default number of keys is limited by the total size of their values.
constexpr std::uint64_t kUsualKeys = 100'000;
constexpr std::uint64_t kUsualBytes = std::uint64_t{256} << 20;
constexpr double kUsualSeconds = 2, kLongest_s = 1e6, kMaxRate = 1e9;
constexpr unsigned kMaxClients = 10'000, kMaxDepth = 100'000;
constexpr std::uint64_t kMaxKeys = 1'000'000'000'000;

std::string workload_lines() {
  std::string text = "\nWorkloads (fill, read, append and readrange, if none is named):\n";
  for (const auto& workload : bench::workloads()) {
    text += fmt::format("  {:<10} {}\n", workload.name, workload.summary);
  }
  return text;
}

constexpr const char* kBenchFooter = R"(
Without --connect a store in this process is measured, in a file of its own that is gone
afterwards; no database is touched. Each combination of workload, size and number of clients
begins with fresh keys. Every value that is read is compared with what was written.

A server gets keys that begin with kvbench: and a random number, and they are deleted afterwards.
What was written stays in its log, and in its backups, as history until a compaction drops it
(after a day, unless --keep-history says otherwise): its file grows by all of it.

A measurement ends after --seconds, or after --count operations and however long they take; with
both, after whichever comes first.

Each client waits for an answer before it goes on, so a store that stalls is asked less
meanwhile. With --rate it is not: operations are due by a schedule, and a latency begins
when its operation was due.

Examples:
  kvstore bench
  kvstore bench read ycsb-a --sizes 64,1k,64k --clients 1,4,16
  kvstore bench fill --sync none --json > fill.json
  kvstore bench --connect 7878 --protocol resp --pipeline 16 --svg bench.svg
  kvstore bench ycsb-b --rate 20000 --seconds 30

Exit codes: 0 done; 1 an operation failed, or a value was wrong; 2 wrong usage; 4 cannot
connect, or a file that is to be made exists; 7 disk full or I/O error)";

struct BenchWords {
  ConnectionOptions connection;
  std::vector<std::string> workloads{"fill", "read", "append", "readrange"};
  std::vector<std::uint64_t> sizes{100};
  std::vector<unsigned> clients{1};
  std::string sync = "always", connect, protocol = "text", color = "auto";
  bench::Plan plan;  // options common to all plans
  bool no_chart = false;
};

CLI::Validator sizes_check() { return option_checks::size("64,1k,64k"); }

void add_workload_options(CLI::App& app, BenchWords& words) {
  std::vector<std::string> names;
  for (const auto& workload : bench::workloads()) names.emplace_back(workload.name);
  app.add_option("WORKLOAD", words.workloads, "What to do, as listed below")
      ->type_name("")
      ->check(option_checks::one_of(names, "fill"));
  app.add_option("--sizes", words.sizes, "Payloads: 64,1k,64k")
      ->type_name("SIZE,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->default_str("100")
      ->transform(sizes_check());
  app.add_option("--clients", words.clients, "Threads, each with a connection: 1,4,16")
      ->type_name("N,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->default_str("1")
      ->check(option_checks::number(1, kMaxClients, "1,4,16"));
  app.add_option("--seconds", words.plan.seconds, "How long each measurement takes")
      ->type_name("N")
      ->default_str("2")
      ->check(option_checks::number(0.001, kLongest_s, "10", true));
  app.add_option("--count", words.plan.count, "How many operations each one makes")
      ->type_name("N")
      ->check(option_checks::whole("100000"));
  app.add_option("--keys", words.plan.keys, "Keys that are there before a workload reads")
      ->type_name("N")
      ->default_str("100000, or fewer that take 256 MiB")
      ->check(option_checks::number(1, kMaxKeys, "100000"));
  app.add_option("--rate", words.plan.rate, "Operations a second, by a schedule")
      ->type_name("OPS")
      ->check(option_checks::number(0.001, kMaxRate, "20000", true));
  app.add_option("--range", words.plan.range, "Bytes that readrange reads")
      ->type_name("SIZE")
      ->default_str("256")
      ->transform(option_checks::size("256"));
  app.add_option("--space", words.plan.max_bytes, "End a measurement that has written so much")
      ->type_name("SIZE")
      ->default_str("2GiB")
      ->transform(option_checks::size_or_off("2GiB"));
  app.add_option("--seed", words.plan.seed, "Of the order of keys and operations")
      ->type_name("N")
      ->default_str("1")
      ->check(option_checks::whole("1"));
}

void add_place_options(CLI::App& app, BenchWords& words, BenchOptions& options) {
  app.add_option("--sync", words.sync, "When writes reach the disk: always, <N>ms, none")
      ->type_name("POLICY")
      ->default_str("always");
  app.add_option("--file", options.file, "Make the database there, and keep it")->type_name("FILE");
  app.add_option("--connect", words.connect,
                 "Measure a server: [HOST:]PORT, kvstore://[USER@]HOST:PORT or unix:PATH")
      ->type_name("ADDRESS");
  words.connection.add_to(app);
  app.add_option("--protocol", words.protocol, "Of the connections: text, resp")
      ->type_name("NAME")
      ->default_str("text")
      ->check(option_checks::one_of({"text", "resp"}, "resp"));
  app.add_option("--pipeline", words.plan.depth, "Operations sent before an answer is waited for")
      ->type_name("N")
      ->default_str("1")
      ->check(option_checks::number(1, kMaxDepth, "16"));
}

void add_output_options(CLI::App& app, BenchWords& words, BenchOptions& options) {
  app.add_flag("--json", options.json, "The results as JSON, instead of a table");
  app.add_option("--svg", options.svg,
                 "A picture of throughput and latency, too; - is stdout, without the table")
      ->type_name("OUT");
  app.add_flag("--no-chart", words.no_chart, "No bars after the table");
  app.add_option("--color", words.color, "When to use colours: auto, always, never")
      ->type_name("WHEN")
      ->default_str("auto")
      ->check(option_checks::one_of({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", options.quiet, "No progress");
}

// CLI11 skips empty items between commas.
std::optional<ExitCode> find_empty_item(const std::vector<std::string>& given,
                                        const std::string& name, std::string_view example) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool is_next = given[i] == name && i + 1 < given.size();
    if (!is_next && !given[i].starts_with(name + '=')) continue;
    const std::string list = is_next ? given[i + 1] : given[i].substr(name.size() + 1);
    if ((',' + list + ',').find(",,") == std::string::npos) continue;
    return maint::say_usage_error(
        fmt::format("{}: nothing stands beside a comma of {}", name, maint::quoted_word(list)),
        fmt::format("{} {}", name, example));
  }
  return std::nullopt;
}

// Refuses options that would silently have no effect.
std::optional<ExitCode> check_place(const CLI::App& app, const BenchWords& words) {
  const bool is_server = app.count("--connect") > 0;
  for (const char* const name : {"--protocol", "--pipeline"}) {
    if (is_server || app.count(name) == 0) continue;
    return maint::say_usage_error(fmt::format("{} is for a server, and needs --connect", name),
                                  "kvstore bench --connect 7878, with it");
  }
  if (!is_server && words.connection.any_given()) {
    return maint::say_usage_error("--user, --password-file and --tls are of a server",
                                  "kvstore bench --connect 7878, with them");
  }
  for (const char* const name : {"--sync", "--file"}) {
    if (!is_server || app.count(name) == 0) continue;
    return maint::say_usage_error(
        fmt::format("{} is of a store in this process; a server has its own", name),
        fmt::format("leave out {}, or --connect", name));
  }
  return std::nullopt;
}

std::optional<ExitCode> take_place(const BenchWords& words, BenchOptions& options) {
  const auto sync = SyncPolicy::parse(words.sync);
  if (!sync) return maint::say_usage_error(sync.error().message, sync.error().hint);
  options.sync = *sync;
  options.protocol = words.protocol == "resp" ? wire::Protocol::kResp : wire::Protocol::kText;
  if (words.connect.empty()) return std::nullopt;
  auto place = words.connection.place(words.connect);
  if (!place) return maint::say_error(place.error());
  options.connect = std::move(*place);
  return std::nullopt;
}

bench::Plan plan_of(const BenchWords& words, const bench::Workload& workload, std::uint64_t size,
                    unsigned clients) {
  bench::Plan plan = words.plan;
  plan.workload = &workload;
  plan.size = size;
  plan.clients = clients;
  const std::uint64_t fitting = std::max<std::uint64_t>(kUsualBytes / (size * workload.pieces), 1);
  if (plan.keys == 0) plan.keys = std::min(kUsualKeys, fitting);
  return plan;
}

std::optional<ExitCode> make_plans(const BenchWords& words, BenchOptions& options) {
  for (const std::uint64_t size : words.sizes) {
    if (size <= kMaxValueSize) continue;
    return maint::say_usage_error(
        fmt::format("--sizes: {} is over the limit of one write, {} bytes", size, kMaxValueSize),
        "--sizes 64,1k,64k");
  }
  for (const std::string& name : words.workloads) {
    for (const unsigned clients : words.clients) {
      for (const std::uint64_t size : words.sizes) {
        options.plans.push_back(plan_of(words, *bench::find_workload(name), size, clients));
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Parsed<BenchOptions> parse_bench_options(const std::vector<std::string>& given) {
  BenchOptions options;
  BenchWords words;
  words.plan.seconds = kUsualSeconds;
  words.plan.max_bytes = std::uint64_t{2} << 30;
  CLI::App app("Measure a store: operations a second and latencies.", "kvstore bench");
  app.footer(workload_lines() + kBenchFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  add_workload_options(app, words);
  add_place_options(app, words, options);
  add_output_options(app, words, options);
  if (const auto code = maint::parse(app, given)) return *code;
  if (app.count("--count") > 0 && words.plan.count == 0) {
    return maint::say_usage_error("--count 0 is nothing to measure", "--count 100000");
  }
  if (app.count("--count") > 0 && app.count("--seconds") == 0) words.plan.seconds = 0;
  if (const auto code = find_empty_item(given, "--sizes", "64,1k,64k")) return *code;
  if (const auto code = find_empty_item(given, "--clients", "1,4,16")) return *code;
  if (options.json && options.svg == "-") {
    return maint::say_usage_error("--json and --svg - both write to standard output",
                                  "kvstore bench --json --svg bench.svg");
  }
  if (const auto code = check_place(app, words)) return *code;
  if (const auto code = take_place(words, options)) return *code;
  if (const auto code = make_plans(words, options)) return *code;
  options.rate = words.plan.rate;
  options.chart = !words.no_chart;
  options.color = words.color == "always"  ? repl::Color::kAlways
                  : words.color == "never" ? repl::Color::kNever
                                           : repl::Color::kAuto;
  return options;
}

}  // namespace kvstore::cli
