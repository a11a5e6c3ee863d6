// What keys lose, as it comes to light in a pass over the log, and which of it still
// counts: a value that is written anew has lost nothing, and bears no marks of a repair.
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

// The value's length before the record.
std::uint64_t length_before(const log::Record& record);

// That bytes of the value before the record, or in it, are lost: a GAP, with all but its
// place and size.
Loss gap_at(const log::Record& record);

class Losses {
 public:
  explicit Losses(Report* report) : report_(*report) {}

  void add(Loss loss);
  // A CLEAR: all that was lost or marked before it is history.
  void clear();
  // For each good record with a key, in order, before what itself loses is added.
  void pass(const log::Record& record);
  // At the end: the marks of earlier repairs go into the report, and all is put in order.
  void finish(const log::View& view);

 private:
  void list_marks(const log::View& view);

  template <class T>
  using ByKey = std::unordered_map<std::string, std::vector<T>, SeededHash>;

  Report& report_;
  ByKey<std::size_t> open_losses_;   // numbers in the report, of values that were not written anew
  ByKey<std::uint64_t> open_marks_;  // offsets of HOLEs and GAPs in such values
};

}  // namespace kvstore::maint
