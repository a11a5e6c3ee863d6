#include "src/maint/tally.h"

namespace kvstore::maint {

using log::Kind;
using log::Record;

namespace {

constexpr std::uint64_t kShownSteps = 16;

}  // namespace

void Tally::count(const Record& record) {
  ++report_.record_count;
  ++report_.records[record.kind];
  const bool in_base = base_.holds(record.offset);
  if (report_.first_time == 0 || (in_base && record.time < report_.first_time)) {
    report_.first_time = record.time;
  }
  if (!in_base && record.time < time_before_ && ++report_.clock_step_count <= kShownSteps) {
    report_.clock_steps.push_back({record.seq, time_before_, record.time});
  }
  time_before_ = in_base ? floor_time_ : record.time;
  report_.last_time = std::max(report_.last_time, record.time);
}

bool Tally::is_live(const Record& record) const {
  const bool is_expired = record.expires != 0 && record.expires <= now_ms_;
  return record.kind != Kind::kDelete && record.kind != Kind::kHole && !is_expired;
}

void Tally::clear() {
  report_.deleted_keys += report_.live_keys + report_.expired_keys + report_.lost_keys;
  report_.live_keys = report_.expired_keys = report_.lost_keys = report_.live_size = 0;
}

// `one` is 1, or -1 modulo 2^64.
void Tally::weigh(const Record& record, std::uint64_t one) {
  if (record.kind == Kind::kDelete) {
    report_.deleted_keys += one;
  } else if (record.kind == Kind::kHole) {
    report_.lost_keys += one;
  } else if (!is_live(record)) {
    report_.expired_keys += one;
  } else {
    report_.live_keys += one;
    report_.live_size += one * (log::kRecordHeaderSize + record.key_size + record.total);
  }
}

}  // namespace kvstore::maint
