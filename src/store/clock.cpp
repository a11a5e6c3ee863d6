#include "src/store/clock.h"

#include <algorithm>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "src/base/civil_time.h"

namespace kvstore {
namespace {

constexpr std::uint64_t kGrain = 1000;     // granularity of known_: expiries are in milliseconds
constexpr std::size_t kNotes = 16;         // kept for warnings()
constexpr std::uint64_t kTakenAtOnce = 8;  // expired keys that a write counts out at most

}  // namespace

StoreClock::StoreClock(std::function<void(const std::string&)> warn, Machine machine)
    : warn_(std::move(warn)), machine_(machine) {}

void StoreClock::begin(std::uint64_t created, const log::Floor& floor, const Mark& slot) {
  MutexLock lock(mutex_);
  if (is_believable(created)) known_ = created;
  floor_seq_ = floor.seq;
  floor_time_ = created;
  if (is_believable(slot.time)) slot_ = slot;
  if (!floor.has_base) return;
  has_base_ = has_records_ = true;
  floor_time_ = record_time_ = floor.time_us;
  last_seq_ = floor.seq;
  begin_run({floor.seq + 1, floor.time_us});  // the seqs before it match at any time
  // Which may be before the file's creation, if the clock was set back since.
  if (is_believable(floor.time_us)) known_ = floor.time_us;
}

void StoreClock::replay(std::uint64_t seq, std::uint64_t time) {
  if (has_base_ && seq <= floor_seq_) return;
  if (!expected_.empty()) [[unlikely]] {
    MutexLock lock(mutex_);
    settle_expected(seq);
  }
  // What the slot does not know of was written after it, or was not durable then.
  if (slot_.time != 0 && seq > slot_.seq) {
    // It was stored up to a moment later than those it does not know of were stamped.
    const std::uint64_t known = slot_.time - std::min(slot_.time, kTolerance);
    if (has_records_ && known > record_time_ && time < known) {
      MutexLock lock(mutex_);
      settle_untold({last_seq_, known});  // the slot will be stored over
    }
    record_time_ = std::max(record_time_, known);
    slot_ = {};
  }
  // The first record says more of the time than the file's creation.
  const bool stepped = !has_records_ || time < record_time_;
  if (stepped && has_records_ && is_open_ && !expects_ && known_ > record_time_) {
    MutexLock lock(mutex_);
    settle_untold({last_seq_, known_});
  }
  record(seq, time);
  if (is_believable(time)) known_ = stepped ? time : std::max(known_.load(), time);
}

void StoreClock::end_replay() {
  known_ = std::max(known_.load(), slot_.time);
  if (noted_ms_ == 0) noted_ms_ = known_ / 1000;
  slot_ = {};
  is_open_ = true;
}

void StoreClock::expect(std::vector<Mark> peaks) {
  MutexLock lock(mutex_);
  std::erase_if(peaks, [this](const Mark& peak) KV_REQUIRES(mutex_) {
    return peak.seq < last_seq_ || peak_after(peak.seq) >= peak.time;
  });
  expected_ = std::move(peaks);
  expects_ = true;
}

void StoreClock::end_expected(std::uint64_t known) {
  MutexLock lock(mutex_);
  settle_expected(UINT64_MAX);
  expects_ = false;
  known_ = std::max(known_.load(), known);
  if (expiries_.taken_until() <= known_ / 1000) return;
  is_inexact_ = true;  // the machine's clock was set back during the copy, unnoticed by the other
  expiries_.forget_taken();
}

void StoreClock::inherit(const Instant& believed) {
  MutexLock lock(mutex_);
  for (const Mark& peak : believed.peaks) {
    if (peak_after(peak.seq) >= peak.time) continue;
    if (peak.seq < last_seq_)
      settle_late(peak);
    else
      settle_untold({last_seq_, peak.time});
  }
  known_ = std::max(known_.load(), believed.time_us);
}

// Of what was known before the record of this seq was written.
void StoreClock::settle_expected(std::uint64_t before_seq) {
  std::size_t done = 0;
  for (; done < expected_.size() && expected_[done].seq < before_seq; ++done) {
    const auto [seq, time] = expected_[done];
    if (peak_after(seq) < time) settle_untold({std::min(seq, last_seq_.load()), time});
  }
  expected_.erase(expected_.begin(), expected_.begin() + static_cast<std::ptrdiff_t>(done));
}

std::uint64_t StoreClock::slot_time(std::uint64_t seq) {
  const std::uint64_t time = now();
  MutexLock lock(mutex_);
  return std::max(time, peak_after(seq));
}

log::ClockState StoreClock::state() const {
  log::ClockState state;
  MutexLock lock(mutex_);
  state.record_time = record_time();
  state.live_keys = live_keys_;
  state.peaks = peaks_;
  state.runs = runs_;
  state.taken_until_ms = expiries_.taken_until();
  state.counts_are_exact = !is_inexact_;
  state.expiry_grain_ms = expiries_.grain();
  if (!state.counts_are_exact) return state;
  for (const auto& [expires, keys] : expiries_.all()) state.expiries.push_back({expires, keys});
  return state;
}

void StoreClock::restore(const log::ClockState& state, std::uint64_t seq) {
  MutexLock lock(mutex_);
  last_seq_ = seq;
  has_records_ = !state.runs.empty();
  record_time_ = state.record_time;
  // Times before it, the file's creation too, say nothing of now.
  if (has_records_ && is_believable(record_time_)) known_ = record_time_;
  live_keys_ = state.live_keys;
  peaks_ = state.peaks;
  runs_ = state.runs;
  is_inexact_ = !state.counts_are_exact;
  expiries_ = log::ExpiryCounts(state.expiry_grain_ms);
  for (const auto& [expires, keys] : state.expiries) expiries_.add(expires, keys);
  expiries_.restore_taken(state.taken_until_ms);
  if (peaks_.empty()) return;
  peaks_until_.store(peaks_.back().seq, std::memory_order_release);
  stepped_.store(true, std::memory_order_release);
}

std::uint64_t StoreClock::now() {
  const std::uint64_t said = machine_();
  std::uint64_t known = known_.load(std::memory_order_relaxed);
  const bool usual = said >= known && is_believable(said);
  if (!usual || disbelieves_.load(std::memory_order_relaxed)) [[unlikely]]
    return unusual(said);
  while (said / kGrain > known / kGrain) {
    if (known_.compare_exchange_weak(known, said, std::memory_order_relaxed)) break;
  }
  return said;
}

std::uint64_t StoreClock::unusual(std::uint64_t said) {
  if (!is_believable(said)) return disbelieve(said);
  disbelieves_ = false;
  std::string told;
  std::uint64_t now = said;
  {
    MutexLock lock(mutex_);
    const std::uint64_t known = known_;
    if (said + kTolerance >= known) {
      now = std::max(said, known);
      known_ = now;
    } else {
      step_back(known, said);
      told = notes_.back();
    }
  }
  if (!told.empty()) tell(told);
  return now;
}

std::uint64_t StoreClock::disbelieve(std::uint64_t said) {
  const std::uint64_t known = known_ != 0 ? known_.load() : kEarliestBelieved;
  if (disbelieves_.exchange(true)) return known;
  tell(fmt::format("the machine's clock says {}, which cannot be; {} is taken for now",
                   iso_seconds(said), iso_seconds(known)));
  return known;
}

void StoreClock::step_back(std::uint64_t from, std::uint64_t to) {
  note(
      fmt::format("the clock went back from {} to {} (after version {}); what had expired by "
                  "then stays so",
                  iso_seconds(from), iso_seconds(to), last_seq_.load()));
  settle_untold({last_seq_, from});
  known_ = to;
}

// Where no key has expired since the step before, there is nothing to be told.
void StoreClock::settle_untold(const Mark& peak) {
  count_out(peak.time / 1000, UINT64_MAX);
  const bool has_expired = expiries_.taken_until() != 0 || expiries_.splits(peak.time / 1000);
  settle_at(peak);
  if (has_expired || is_inexact_) ++untold_steps_;
}

// What has expired by a time that may not come again is counted out for good. What was counted out
// by a later time stays so: that is the machine's, by which a log is copied.
void StoreClock::settle_at(const Mark& peak) {
  add_peak(peak);
  count_out(peak.time / 1000, UINT64_MAX);
  is_inexact_ |= expiries_.splits(peak.time / 1000);
  if (expiries_.taken_until() <= peak.time / 1000) expiries_.forget_taken();
}

// Records after the peak were counted already, and it does not affect them: which of the keys that
// expire by then are older is not known.
void StoreClock::settle_late(const Mark& peak) {
  add_peak(peak);
  const auto& expiries = expiries_.all();
  if (expiries.empty() || expiries.begin()->first >= peak.time / 1000 + expiries_.grain()) return;
  is_inexact_ = true;
  ++untold_steps_;
}

void StoreClock::add_peak(const Mark& peak) {
  if (!log::add_peak(peak, &peaks_)) return;
  peaks_until_.store(peaks_.back().seq, std::memory_order_release);
  stepped_.store(true, std::memory_order_release);
}

void StoreClock::begin_run(const Mark& run) {
  while (!runs_.empty() && runs_.back().time >= run.time) runs_.pop_back();
  runs_.push_back(run);
}

std::uint64_t StoreClock::stamp() {
  std::uint64_t time = now();
  if (!has_records_ || time < record_time_) [[unlikely]] {
    // Reserve now, because record() must not fail.
    MutexLock lock(mutex_);
    runs_.reserve(runs_.size() + 1);
    peaks_.reserve(peaks_.size() + 1);
  }
  if (time < record_time_ && record_time_ - time <= kTolerance) time = record_time_;
  if (has_records_ && time > record_time_ && time - record_time_ > kLeap &&
      record_time_ >= kEarliestBelieved + kLeap) [[unlikely]] {
    MutexLock lock(mutex_);
    note(
        fmt::format("the clock says {}, long after the newest write ({}); if it is wrong, set "
                    "it right: later times count from then on",
                    iso_seconds(time), iso_seconds(record_time_)));
    const std::string told = notes_.back();
    lock.unlock();
    tell(told);
  }
  return time;
}

void StoreClock::record(std::uint64_t seq, std::uint64_t time) {
  if (!has_records_ || time < record_time_) [[unlikely]] {
    MutexLock lock(mutex_);
    try {
      if (has_records_ && is_believable(record_time_)) settle_at({last_seq_, record_time_});
      begin_run({seq, time});
    } catch (const std::bad_alloc&) {
      is_inexact_ = true;  // a step back in between has used the space that stamp() reserved
    }
    has_records_ = true;
  }
  if (floor_seq_ != 0 && !has_base_ && seq >= floor_seq_) {
    MutexLock lock(mutex_);
    floor_time_ = std::min(floor_time_, time);
  }
  record_time_ = time;
  last_seq_.store(seq, std::memory_order_relaxed);
}

std::uint64_t StoreClock::known_after(std::uint64_t seq) const {
  MutexLock lock(mutex_);
  return peak_after(seq);
}

StoreClock::Instant StoreClock::instant() {
  Instant instant{now(), {}};
  if (stepped_.load(std::memory_order_acquire)) {
    MutexLock lock(mutex_);
    instant.peaks = peaks_;
  }
  return instant;
}

bool StoreClock::was_expired(const Instant& then, std::uint64_t seq, std::uint64_t expires_ms) {
  if (expires_ms == 0) return false;
  const bool expired = expires_ms <= then.time_us / 1000;
  if (expired) note_expired(expires_ms);
  return expired || expires_ms <= log::peak_after(then.peaks, seq) / 1000;
}

bool StoreClock::has_stepped_since(const Instant& then) const {
  if (!stepped_.load(std::memory_order_acquire)) return false;
  MutexLock lock(mutex_);
  return peaks_ != then.peaks;
}

std::optional<StoreClock::Version> StoreClock::version_at(std::uint64_t time_us) const {
  MutexLock lock(mutex_);
  const auto later =
      std::upper_bound(runs_.begin(), runs_.end(), time_us,
                       [](std::uint64_t wanted, const Mark& run) { return wanted < run.time; });
  if (later == runs_.begin()) return std::nullopt;
  return Version{(later - 1)->seq};
}

bool StoreClock::is_purged(std::uint64_t time_us) const {
  if (floor_seq_ == 0) return false;
  const auto version = version_at(time_us);
  MutexLock lock(mutex_);
  return time_us < floor_time_ && (!version || version->first_seq <= floor_seq_);
}

bool StoreClock::is_taken(const State& state) const {
  return state.expires_ms <= expiries_.taken_until() ||
         state.expires_ms <= peak_after(state.seq) / 1000;
}

void StoreClock::replace(std::span<const Replaced> replaced) {
  MutexLock lock(mutex_);
  count_out(known_ / 1000, kTakenAtOnce);
  for (const Replaced& one : replaced) count_one(one);
}

void StoreClock::count_out(std::uint64_t until_ms, std::uint64_t limit) {
  const std::uint64_t taken = expiries_.take(until_ms, limit);
  if (taken == 0) return;
  live_keys_ -= taken;
  expired_keys_ += taken;
}

void StoreClock::clear() {
  MutexLock lock(mutex_);
  const std::uint64_t taken = expiries_.taken_until();
  live_keys_ = 0;
  expiries_ = log::ExpiryCounts();
  expiries_.restore_taken(taken);
  is_inexact_ = false;
}

void StoreClock::doubt_count() {
  MutexLock lock(mutex_);
  is_inexact_ = true;
}

void StoreClock::count_one(const Replaced& replaced) {
  const auto& [old, next] = replaced;
  if (old.exists && (old.expires_ms == 0 || !is_taken(old))) {
    if (old.expires_ms != 0) expiries_.remove(old.expires_ms);
    --live_keys_;
  }
  if (!next.exists || (next.expires_ms != 0 && is_taken(next))) return;
  ++live_keys_;
  if (next.expires_ms == 0) return;
  try {
    expiries_.add(next.expires_ms);
  } catch (const std::bad_alloc&) {
    is_inexact_ = true;
  }
}

std::optional<std::uint64_t> StoreClock::live_keys() {
  const std::uint64_t until = now_ms();
  MutexLock lock(mutex_);
  if (is_inexact_) return std::nullopt;
  const std::uint64_t passed = std::min(until, known_ / 1000);
  count_out(passed, UINT64_MAX);
  if (expiries_.splits(passed)) return std::nullopt;
  const std::uint64_t live = live_keys_;
  // Negative: a checkpoint has counted fewer keys than there were.
  is_inexact_ = live > std::numeric_limits<std::int64_t>::max();
  if (is_inexact_) return std::nullopt;
  return live;
}

std::uint64_t StoreClock::expiring_keys() const {
  MutexLock lock(mutex_);
  return expiries_.keys();
}

std::uint64_t StoreClock::bytes() const {
  MutexLock lock(mutex_);
  return expiries_.bytes() + (peaks_.capacity() + runs_.capacity()) * sizeof(Mark);
}

void StoreClock::note(std::string sentence) {
  if (notes_.size() == kNotes) notes_.erase(notes_.begin());
  notes_.push_back(std::move(sentence));
}

void StoreClock::tell(const std::string& sentence) const {
  if (warn_) warn_(sentence);
}

std::vector<std::string> StoreClock::warnings() const {
  std::vector<std::string> all;
  {
    MutexLock lock(mutex_);
    all = notes_;
  }
  if (disbelieves_) {
    all.push_back(
        fmt::format("the machine's clock is not believed: it is before 2000 or after "
                    "2200; {} is taken for now",
                    iso_seconds(known_)));
  }
  return all;
}

}  // namespace kvstore
