// What a run found: as a table, as JSON, and as the peers' part of bench/RESULTS.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/peers/machine.h"
#include "bench/peers/plan.h"
#include "bench/peers/sheet.h"

namespace peers {

struct PeerText {
  std::string name, configuration;
};

struct Report {
  Plan plan;
  Circumstances circumstances;
  std::vector<PeerText> peers;  // kvstore first
  Sheet sheet;
};

double median(std::vector<double> values);

struct Comparison {
  std::string best_peer;
  double ratio = 0;  // kvstore to the best peer; above 1 kvstore is better
};
// None where kvstore or all others have no such row.
std::optional<Comparison> compare(const Report& report, const RowText& row);

std::string as_table(const Report& report);
std::string as_json(const Report& report);
std::string as_markdown(const Report& report);

// A file with a part between two lines that is written anew; all else stays. Fails when
// made, before anything is measured, where there is no such part.
class MarkdownFile {
 public:
  explicit MarkdownFile(std::string path);
  void write(const std::string& part) const;

 private:
  std::string path_, before_, after_;
};

}  // namespace peers
