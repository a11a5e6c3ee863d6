// The command line of `kvstore bench` as data.
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
  std::vector<bench::Plan> plans;  // in the order in which they are run
  std::string file;                // empty: one without a name
  SyncPolicy sync;
  std::optional<Place> connect;  // else in this process
  wire::Protocol protocol = wire::Protocol::kText;
  double rate = 0;
  bool json = false, chart = true, quiet = false;
  std::string svg;  // a file to make; empty: none; -: standard output
  bool shows_table() const { return !json && svg != "-"; }
  repl::Color color = repl::Color::kAuto;
};

Parsed<BenchOptions> parse_bench_options(const std::vector<std::string>& words);

}  // namespace kvstore::cli
