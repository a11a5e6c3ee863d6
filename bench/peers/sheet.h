// The rows of the table, and what was measured for them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace peers {

// In the table's order.
enum class Row {
  kSet,
  kSetSynced1,
  kSetSynced16,
  kSetsPerSync,
  kGet1,
  kGet2,
  kGetAbsent,
  kAppend100,
  kAppend4096,
  kRead100Of1,
  kRead100Of2,
  kRead4096Of1,
  kRead4096Of2,
  kWhole100,
  kWhole4096,
  kReopen,
  kRange,
  kScan,
  kScanKeys,
  kDisk,
  kAnonymous,
};

struct RowText {
  Row row;
  const char* id;  // in the JSON
  const char* title;  // %: the number of keys
  const char* unit;
  double divisor;  // from operations, bytes or seconds to the unit
  bool lower_is_better = false;
  bool informative = false;  // no aim is set for it
};

const std::vector<RowText>& row_texts();

class Sheet {
 public:
  // A rate: operations or bytes a second; or, where lower is better, seconds.
  void note(Row row, const std::string& peer, double value) {
    values_[{row, peer}].push_back(value);
  }
  // Empty: the peer has no such row.
  std::vector<double> values(Row row, const std::string& peer) const {
    const auto found = values_.find({row, peer});
    return found == values_.end() ? std::vector<double>{} : found->second;
  }

 private:
  std::map<std::pair<Row, std::string>, std::vector<double>> values_;
};

}  // namespace peers
