#include "src/maint/clock_tally.h"

#include <algorithm>
#include <utility>

#include "src/base/clock.h"

namespace kvstore::maint {
namespace {

constexpr std::uint64_t kTolerance = 10'000'000;  // as in the store, which does not follow shorter
                                                  // steps

}  // namespace

bool is_counted_out(const log::ClockState& clock, const log::Record& newest) {
  if (newest.expires <= clock.taken_until_ms) return true;
  const auto peak = std::lower_bound(
      clock.peaks.begin(), clock.peaks.end(), newest.seq,
      [](const log::ClockMark& mark, std::uint64_t seq) { return mark.seq < seq; });
  return peak != clock.peaks.end() && newest.expires <= peak->time / 1000;
}

ClockTally::ClockTally(const log::ClockMark& slot, const log::Floor& floor) : slot_(slot) {
  if (!floor.has_base) return;
  base_seq_ = last_seq_ = floor.seq;
  clock_.record_time = floor.time_us;
  begin_run({floor.seq + 1, floor.time_us});
}

void ClockTally::record(std::uint64_t seq, std::uint64_t time) {
  if (seq <= base_seq_) return;
  const bool is_first = clock_.runs.empty();
  if (slot_.time != 0 && seq > slot_.seq) {
    const std::uint64_t known = slot_.time - std::min(slot_.time, kTolerance);
    clock_.record_time = std::max(clock_.record_time, known);
    slot_ = {};
  }
  if (is_first || time < clock_.record_time) {
    if (!is_first && is_believable(clock_.record_time)) add_peak({last_seq_, clock_.record_time});
    begin_run({seq, time});
  }
  clock_.record_time = time;
  last_seq_ = seq;
}

void ClockTally::end_records(std::uint64_t now_us) {
  if (slot_.time > now_us + kTolerance && is_believable(slot_.time)) {
    add_peak({last_seq_, slot_.time});
  }
  if (!checkpoint_) return;
  const auto known = log::decode_checkpoint(checkpoint_->stored(), checkpoint_->offset);
  if (known) learn(known->clock.peaks);
}

void ClockTally::learn(const std::vector<log::ClockMark>& peaks) {
  std::vector<log::ClockMark> all = std::exchange(clock_.peaks, {});
  all.insert(all.end(), peaks.begin(), peaks.end());
  std::sort(all.begin(), all.end(), [](const log::ClockMark& a, const log::ClockMark& b) {
    return std::pair(a.seq, a.time) < std::pair(b.seq, b.time);
  });
  for (const log::ClockMark& peak : all) add_peak(peak);
}

void ClockTally::add_peak(const log::ClockMark& peak) {
  auto& peaks = clock_.peaks;
  while (!peaks.empty() && peaks.back().time <= peak.time) peaks.pop_back();
  const bool is_redundant = !peaks.empty() && peaks.back().seq == peak.seq;
  if (!is_redundant) peaks.push_back(peak);
}

void ClockTally::begin_run(const log::ClockMark& run) {
  auto& runs = clock_.runs;
  while (!runs.empty() && runs.back().time >= run.time) runs.pop_back();
  runs.push_back(run);
}

void ClockTally::count(const log::Record& newest) {
  if (newest.kind == log::Kind::kDelete) return;
  if (newest.expires != 0 && is_counted_out(clock_, newest)) return;
  ++clock_.live_keys;
  if (newest.expires != 0) expiries_.add(newest.expires);
}

log::ClockState ClockTally::state() const {
  log::ClockState clock = clock_;
  clock.expiry_grain_ms = expiries_.grain();
  for (const auto& [expires, keys] : expiries_.all()) clock.expiries.push_back({expires, keys});
  return clock;
}

}  // namespace kvstore::maint
