// Computes a checkpoint's state of the store's clock from the records of a log.
#pragma once

#include <cstdint>

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
  // Then call it for each key's newest record. Throws std::bad_alloc.
  void count(const log::Record& newest);
  log::ClockState state() const;

 private:
  void add_peak(const log::ClockMark& peak);
  void begin_run(const log::ClockMark& run);

  log::ClockMark slot_;
  std::uint64_t base_seq_ = 0;  // records up to it are a base, which counts as one record
  log::ClockState clock_;
  std::uint64_t last_seq_ = 0;
  log::ExpiryCounts expiries_;
};

}  // namespace kvstore::maint
