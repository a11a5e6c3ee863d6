// Reports of measurements, for people and for programs. They are made from the Sheet alone, by any
// thread; texts of several lines end with a newline.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/bench/plan.h"

namespace kvstore::bench {

struct Sheet {
  std::string target;  // Target::description()
  std::string when;    // ISO 8601
  std::vector<Measured> results;
  double rate = 0;  // the Plan's rate, of all clients together
};

// "100 B", "64 KiB".
std::string size_label(std::uint64_t bytes);
// "1 client"
std::string clients_label(unsigned clients);
double to_us(std::uint64_t ns);
// Three significant digits: "0.42", "12.3", "4,810".
std::string us_label(std::uint64_t ns);

// Lines of the table, each with its newline. The head explains what the latencies are.
std::string table_head(const Sheet& sheet);
std::string table_row(const Measured& measured);
// Notes that do not fit into columns: errors, and what ended the measurement. May be empty.
std::string table_notes(const Measured& measured);

std::string to_json(const Sheet& sheet);

struct ChartLook {
  bool unicode = true;
  bool color = false;
};
// Bars of throughput and latency by payload, for a terminal of 80 columns.
std::string to_chart(const Sheet& sheet, const ChartLook& look);

// An SVG picture of the same: a row for each number of clients, a line for each workload.
std::string to_svg(const Sheet& sheet);

}  // namespace kvstore::bench
