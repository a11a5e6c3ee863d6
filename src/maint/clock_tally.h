// Computes a checkpoint's state of the store's clock from the records of a log.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/log/checkpoint.h"
#include "src/log/expiry_counts.h"
#include "src/log/log.h"
#include "src/log/record.h"

namespace kvstore::maint {

// Whether the key with this newest record was counted out as expired: at a time up to which all
// expired keys were, or before the clock was set back.
bool is_counted_out(const log::ClockState& clock, const log::Record& newest);

class ClockTally {
 public:
  // `slot`: seq of the last record before D, and time of the newest slot.
  ClockTally(const log::ClockMark& slot, const log::Floor& floor);

  // Call it for each record with a key, in log order.
  void record(std::uint64_t seq, std::uint64_t time);
  // Call it for each CHECKPOINT that is valid, in log order.
  void checkpoint(const log::Record& record) { checkpoint_ = record; }
  // Then the peaks that no record tells: the newest checkpoint's; and that of the slot, if the
  // clock, which says `now_us`, was set back since and nothing was written after it.
  void end_records(std::uint64_t now_us);
  // Peaks that were known otherwise. Only those count that are not below a later one.
  void learn(const std::vector<log::ClockMark>& peaks);
  const std::vector<log::ClockMark>& peaks() const { return clock_.peaks; }
  // Then call it for each key's newest record. Throws std::bad_alloc.
  void count(const log::Record& newest);
  log::ClockState state() const;

 private:
  void add_peak(const log::ClockMark& peak);
  void begin_run(const log::ClockMark& run);

  log::ClockMark slot_;  // until a record that it does not know of
  std::optional<log::Record> checkpoint_;
  std::uint64_t base_seq_ = 0;  // records up to it are a base, which counts as one record
  log::ClockState clock_;
  std::uint64_t last_seq_ = 0;
  log::ExpiryCounts expiries_;
};

}  // namespace kvstore::maint
