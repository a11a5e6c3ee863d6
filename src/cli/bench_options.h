// The parsed command line of `kvstore bench`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repl/report.h"
#include "src/bench/plan.h"
#include "src/cli/options.h"
#include "src/cli/place.h"
#include "src/store/store.h"
#include "src/wire/reply_parser.h"

namespace kvstore::cli {

struct BenchOptions {
  std::vector<bench::Plan> plans;  // in the order of their execution
  std::string file;                // empty: a file without a name
  SyncPolicy sync;
  std::optional<Place> connect;  // nullopt: in this process
  wire::Protocol protocol = wire::Protocol::kText;
  double rate = 0;
  bool json = false, chart = true, quiet = false;
  std::string svg;  // file to create; empty: none; -: standard output
  bool shows_table() const { return !json && svg != "-"; }
  repl::Color color = repl::Color::kAuto;
};

Parsed<BenchOptions> parse_bench_options(const std::vector<std::string>& words);

}  // namespace kvstore::cli
