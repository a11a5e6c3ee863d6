// Collects what keys have lost during a pass over the log, and which losses concern present values:
// a value that was set again has lost nothing, and has no marks of a repair.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/hash.h"
#include "src/base/random.h"
#include "src/log/view.h"
#include "src/maint/report.h"

namespace kvstore::maint {

// Length of the value before the record.
std::uint64_t length_before(const log::Record& record);

// A loss of bytes of the value before the record, or in it: a GAP, with everything but its place
// and size.
Loss gap_at(const log::Record& record);

class Losses {
 public:
  explicit Losses(Report* report) : report_(*report) {}

  void add(Loss loss);
  // Call it for a CLEAR: all earlier losses and marks become history.
  void clear();
  // Call it for each good record with a key, in order, before its own losses are added.
  void pass(const log::Record& record);
  // Call it at the end: adds the marks of earlier repairs to the report, and sorts everything.
  void finish(const log::View& view);

 private:
  void list_marks(const log::View& view);

  template <class T>
  using ByKey = std::unordered_map<std::string, std::vector<T>, SeededHash>;

  Report& report_;
  ByKey<std::size_t> open_losses_;   // indexes in the report, for values that were not set again
  ByKey<std::uint64_t> open_marks_;  // offsets of HOLEs and GAPs in present values
};

}  // namespace kvstore::maint
