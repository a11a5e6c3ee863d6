// Counts for a report: records, keys by their newest records, and steps of the clock.
#pragma once

#include <cstdint>

#include "src/log/header_page.h"
#include "src/maint/report.h"

namespace kvstore::maint {

class Tally {
 public:
  Tally(Report* report, std::uint64_t now_ms, const log::HeaderPage& page)
      : report_(*report), now_ms_(now_ms), base_(page.base), floor_time_(page.header.floor_time) {}

  void count(const log::Record& record);  // call it for each record, in order
  // Add and remove a key's newest record: first remove the old one, then add the new one.
  void add_newest(const log::Record& record) { weigh(record, 1); }
  void drop_newest(const log::Record& record) { weigh(record, ~std::uint64_t{0}); }
  // clear(): a CLEAR deletes all keys. drop_cleared(): one of those gets another record.
  void clear();
  void drop_cleared() { --report_.deleted_keys; }
  // True if a key's newest record is neither a deletion, nor lost, nor expired.
  bool is_live(const log::Record& record) const;

 private:
  void weigh(const log::Record& record, std::uint64_t one);

  Report& report_;
  const std::uint64_t now_ms_;
  const log::Base base_;
  const std::uint64_t floor_time_;
  std::uint64_t time_before_ = 0;  // the last record's
};

}  // namespace kvstore::maint
