#include "bench/peers/report.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/peers/data.h"

namespace peers {
namespace {

constexpr std::string_view kBegin = "<!-- bench-peers: begin -->\n";
constexpr std::string_view kEnd = "<!-- bench-peers: end -->\n";

// Two or three digits that mean something.
std::string number(double value) {
  if (value < 0.1) return fmt::format("{:.2g}", value);
  const int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string cell(const Report& report, const RowText& row, const std::string& peer) {
  const std::vector<double> values = report.sheet.values(row.row, peer);
  return values.empty() ? "-" : number(median(values) / row.divisor);
}

std::string count_of(std::uint64_t keys) {
  return keys % 1'000'000 == 0 ? fmt::format("{} M", keys / 1'000'000) : fmt::format("{}", keys);
}

std::string title(const Report& report, const RowText& row) {
  std::string text = row.title;
  if (const std::size_t at = text.find('%'); at != std::string::npos) {
    text.replace(at, 1, count_of(report.plan.full_keys));
  }
  return *row.unit ? fmt::format("{}, {}", text, row.unit) : text;
}

// Of a workload that was left out.
bool is_empty(const Report& report, const RowText& row) {
  return std::all_of(report.peers.begin(), report.peers.end(), [&](const PeerText& peer) {
    return report.sheet.values(row.row, peer.name).empty();
  });
}

using Line = std::vector<std::string>;

std::vector<Line> lines_of(const Report& report) {
  Line header{""};
  for (const PeerText& peer : report.peers) header.push_back(peer.name);
  header.insert(header.end(), {"best peer", "ratio"});
  std::vector<Line> lines{header};
  for (const RowText& row : row_texts()) {
    if (is_empty(report, row)) continue;
    Line line{title(report, row)};
    for (const PeerText& peer : report.peers) line.push_back(cell(report, row, peer.name));
    const auto comparison = compare(report, row);
    line.push_back(comparison ? comparison->best_peer : "-");
    line.push_back(comparison ? number(comparison->ratio) : "-");
    lines.push_back(line);
  }
  return lines;
}

std::string circumstances(const Report& report) {
  const Circumstances& at = report.circumstances;
  return fmt::format(
      "{}, {} cores of {}, {:.0f} GiB, {}. Medians of {} rounds, a measurement of reads or synced "
      "writes at most {} s, scale {}, values of {} bytes. Load average {:.1f} before and {:.1f} after the run; other "
      "processes and the kernel's threads used {:.2f} cores meanwhile.",
      at.date, at.cores, at.cpu, at.memory_gib, at.file_system, report.plan.rounds,
      report.plan.seconds, report.plan.scale, report.plan.value_size, at.load_before, at.load_after, at.others_cores);
}

// A busy machine's figures say little: they must not be read without this.
std::string warning(const Report& report) {
  if (report.circumstances.others_cores < 0.25) return "";
  return "**The machine was not quiet**: figures are too low, and ratios uncertain.";
}

nlohmann::ordered_json json_of(const Report& report, const RowText& row) {
  nlohmann::ordered_json json{{"id", row.id},
                              {"title", title(report, row)},
                              {"unit", row.unit},
                              {"lower_is_better", row.lower_is_better},
                              {"informative", row.informative}};
  for (const PeerText& peer : report.peers) {
    std::vector<double> values = report.sheet.values(row.row, peer.name);
    if (values.empty()) continue;
    for (double& value : values) value /= row.divisor;
    json["peers"][peer.name] = {{"median", median(values)}, {"rounds", values}};
  }
  if (const auto comparison = compare(report, row)) {
    json["best_peer"] = comparison->best_peer;
    json["ratio"] = comparison->ratio;
  }
  return json;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Comparison> compare(const Report& report, const RowText& row) {
  const std::vector<double> own = report.sheet.values(row.row, report.peers.front().name);
  std::optional<Comparison> best;
  for (std::size_t i = 1; i < report.peers.size(); ++i) {
    const std::vector<double> values = report.sheet.values(row.row, report.peers[i].name);
    if (own.empty() || values.empty()) continue;
    const double ratio =
        row.lower_is_better ? median(values) / median(own) : median(own) / median(values);
    if (!best || ratio < best->ratio) best = Comparison{report.peers[i].name, ratio};
  }
  return best;
}

std::string as_table(const Report& report) {
  const std::vector<Line> lines = lines_of(report);
  std::string table;
  for (const Line& line : lines) {
    table += fmt::format("{:<48}", line[0]);
    for (std::size_t i = 1; i < line.size(); ++i) {
      table += fmt::format(" {:>{}}", line[i], std::max<std::size_t>(lines[0][i].size(), 8));
    }
    table += '\n';
  }
  return table + "\nratio: kvstore to the best peer; above 1 kvstore is better.\n" +
         circumstances(report) + "\n" + warning(report) + (warning(report).empty() ? "" : "\n");
}

std::string as_json(const Report& report) {
  const Circumstances& at = report.circumstances;
  nlohmann::ordered_json json{
      {"date", at.date},
      {"machine",
       {{"cpu", at.cpu},
        {"cores", at.cores},
        {"memory_gib", at.memory_gib},
        {"file_system", at.file_system}}},
      {"load_average", {{"before", at.load_before}, {"after", at.load_after}}},
      {"other_processes_cores", at.others_cores},
      {"scale", report.plan.scale},
      {"rounds", report.plan.rounds},
      {"seconds", report.plan.seconds}};
  for (const PeerText& peer : report.peers) {
    json["configurations"][peer.name] = peer.configuration;
  }
  for (const RowText& row : row_texts()) json["rows"].push_back(json_of(report, row));
  return json.dump(2) + "\n";
}

std::string as_markdown(const Report& report) {
  std::string text = circumstances(report) + "\n\n";
  if (!warning(report).empty()) text += warning(report) + "\n\n";
  const std::vector<Line> lines = lines_of(report);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += fmt::format("| {} |\n", fmt::join(lines[i], " | "));
    if (i == 0) {
      text += "|---|";
      for (std::size_t column = 1; column < lines[0].size(); ++column) text += "---:|";
      text += "\n";
    }
  }
  text += "\nRatio: kvstore to the best peer; above 1 kvstore is better.\n\n";
  for (const PeerText& peer : report.peers) {
    text += fmt::format("- **{}**: {}\n", peer.name, peer.configuration);
  }
  return text;
}

MarkdownFile::MarkdownFile(std::string path) : path_(std::move(path)) {
  std::ifstream in(path_);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = text.find(kBegin), end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    fail(fmt::format("{} has no part between the lines\n{}{}to write anew", path_, kBegin, kEnd));
  }
  before_ = text.substr(0, begin + kBegin.size());
  after_ = text.substr(end);
}

void MarkdownFile::write(const std::string& part) const {
  std::ofstream out(path_);
  out << before_ << '\n' << part << '\n' << after_;
  if (!out.flush()) fail("cannot write " + path_);
}

}  // namespace peers
