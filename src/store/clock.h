// The store's clock: it gives records their times, decides which keys have expired, and maps a time
// to a version. It copes with a machine clock that is wrong for a while and then corrected.
//
// Now. It is the machine's time, except that
//   - a time before 2000 or from 2200 on is implausible: the last known time is used;
//   - after a step back of at most kTolerance the last known time is used until the clock has
//     caught up;
//   - a longer step back is followed: the times of records step back with it.
// Such steps are reported, and so are a step forward of more than kLeap beyond the newest record,
// and a clock that is implausible.
//
// Expired. A key is expired if its expiry is at or before now, or before the highest
// time known between its newest record and a later step back. So an expired key never
// returns when the clock is set back; and a clock that was wrong for a while expires
// what was written before it was set right, and nothing that is written afterwards.
// What was known at a step may be later than any record: then it must be told by the
// slot of the close, if nothing was written since (slot_time), and otherwise by a
// checkpoint (owes_peak).
//
// Whoever follows this clock must know what it has believed: an Instant, the present time and the
// peaks, which instant() takes with a look at the machine's clock, so that no step is missed. A
// clock that takes over the same file gets it by inherit(). A clock of a new file that is made of
// the same log is told of it as the log is copied (expect); its own time says nothing of that log
// until all of it is there (end_expected). A clock that follows another process's writes has times
// of its own: where a record steps back, they make a peak as well (replay).
//
// A time's version. Between steps times rise, so the log is a sequence of runs. AT a time is the
// state after the last record, in log order, whose time is at or before it: a search in the newest
// run that begins at or before that time. A run that begins later than a run after it can never be
// that run, so it is forgotten. The base of a compacted file (log/validity.h) counts as one record,
// written at the time of its floor: the times of the records in it affect neither order nor steps.
//
// Thread rule: record() and replay() under the writer lock (or while opening), the rest on any
// thread. now() takes a lock only at a step.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/mutex.h"
#include "src/log/checkpoint.h"
#include "src/log/expiry_counts.h"
#include "src/log/log.h"
#include "src/log/peaks.h"
#include "src/log/record.h"

namespace kvstore {

class StoreClock {
 public:
  static constexpr std::uint64_t kSecond = 1'000'000;
  static constexpr std::uint64_t kTolerance = 10 * kSecond;
  static constexpr std::uint64_t kLeap = std::uint64_t{366} * 86400 * kSecond;

  using Machine = std::uint64_t (*)();  // microseconds since 1970
  // `warn` is called with one sentence, while no lock is held; it may be empty.
  explicit StoreClock(std::function<void(const std::string&)> warn, Machine machine = now_us);

  // --- While opening, in this order: the state in the header and the newest slot, the records in
  // log order, and the end of the records (for now).
  using Mark = log::ClockMark;
  void begin(std::uint64_t created, const log::Floor& floor, const Mark& slot);
  void replay(std::uint64_t seq, std::uint64_t time);
  void end_replay();
  // What follows in the log was known by another clock: its peaks. Again whenever more of the
  // log is to be replayed, with those known by then; then that there is no more, and the other
  // clock's time. Under the writer's lock.
  void expect(std::vector<Mark> peaks);
  void end_expected(std::uint64_t known);

  // --- The state that a checkpoint stores. state(): under the writer lock. restore(): after
  // begin(), before the first replay(); `seq` is the last one that the state covers.
  log::ClockState state() const;
  // The time of the last record, which is part of state(). Under the writer lock.
  std::uint64_t record_time() const { return has_records_ ? record_time_ : 0; }
  void restore(const log::ClockState& state, std::uint64_t seq);

  std::uint64_t now();  // microseconds
  std::uint64_t now_ms() { return now() / 1000; }
  // The present time for a new record; call record() once the record is written.
  std::uint64_t stamp();
  void record(std::uint64_t seq, std::uint64_t time);

  // Takes seq and expiry of the key's newest record.
  bool is_expired(std::uint64_t seq, std::uint64_t expires_ms) {
    if (expires_ms == 0) return false;
    if (expires_ms <= now_ms()) {
      note_expired(expires_ms);
      return true;
    }
    return stepped_.load(std::memory_order_acquire) &&
           seq <= peaks_until_.load(std::memory_order_acquire) &&
           expires_ms <= known_after(seq) / 1000;
  }

  // A moment at which a snapshot judges expiry: later changes of the clock do not affect it.
  struct Instant {
    std::uint64_t time_us = 0;
    std::vector<Mark> peaks;  // known at that moment
  };
  Instant instant();
  // What another clock of the same log has believed counts here, too. Under the writer's lock, or
  // before anybody else uses this clock.
  void inherit(const Instant& believed);
  // The answer that is_expired() gave at that moment.
  bool was_expired(const Instant& then, std::uint64_t seq, std::uint64_t expires_ms);
  // True if the clock has stepped back since, so that now() alone does not decide what has expired.
  bool has_stepped_since(const Instant& then) const;

  // Requests that a slot records the present time: a key was reported as expired, and the file does
  // not show yet that the clock was so late. Without the note the key could return after the clock
  // is set back.
  void owe_note() { owes_note_.store(true, std::memory_order_relaxed); }
  bool owes_note() const { return owes_note_.load(std::memory_order_relaxed); }
  // For a slot that says that `seq` was the last one by now: now, or what was known by then.
  std::uint64_t slot_time(std::uint64_t seq);
  // Steps back after which keys stay expired that no record calls so. A checkpoint with a state()
  // that was taken when there were so many tells it.
  std::uint64_t untold_steps() const { return untold_steps_.load(std::memory_order_relaxed); }
  bool owes_peak() const { return untold_steps() != told_steps_.load(std::memory_order_relaxed); }
  void note_told(std::uint64_t steps) { told_steps_.store(steps, std::memory_order_relaxed); }

  // The records that AT a time covers: those before `first_seq`, and of the later ones those whose
  // time is not after it. nullopt: there was no record at that time.
  struct Version {
    std::uint64_t first_seq = 0;
  };
  std::optional<Version> version_at(std::uint64_t time_us) const;
  // Whether the history of that time is below the file's floor: the time is before the floor's
  // (without a base: before all records from the floor on), and before a later step back, if there
  // was one.
  bool is_purged(std::uint64_t time_us) const;

  // --- The count of live keys: a key's state by its newest record, and what replaces it.
  struct State {
    bool exists = false;
    std::uint64_t seq = 0;
    std::uint64_t expires_ms = 0;
  };
  static State state_of(const log::Record& record) {
    return {record.at && record.kind != log::Kind::kDelete, record.seq, record.expires};
  }
  struct Replaced {
    State old;
    State next;
  };
  void replace(const State& old, const State& next) {
    const Replaced one[] = {{old, next}};
    if (old.expires_ms != 0 || next.expires_ms != 0) return replace(one);
    if (old.exists != next.exists) live_keys_ += next.exists ? 1 : ~std::uint64_t{0};
  }
  // Applies all of these changes at once to live_keys().
  void replace(std::span<const Replaced> replaced);
  // All keys are deleted.
  void clear();
  // What a write replaces is not known: from now on keys must be counted one by one.
  void doubt_count();
  // nullopt: the count is not known, because memory ran out once, or because keys that are counted
  // together (log::ExpiryCounts) are expiring just now.
  std::optional<std::uint64_t> live_keys();
  std::uint64_t expiring_keys() const;
  // Keys that have expired since the store was opened.
  std::uint64_t expired_keys() const { return expired_keys_.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const;

  // Warnings for users, one sentence each: steps of the clock since the open, and a clock that is
  // implausible now.
  std::vector<std::string> warnings() const;

 private:
  void note_expired(std::uint64_t expires_ms) {
    if (expires_ms > noted_ms_) owes_note_.store(true, std::memory_order_relaxed);
  }
  std::uint64_t unusual(std::uint64_t said);
  std::uint64_t disbelieve(std::uint64_t said);
  void step_back(std::uint64_t from, std::uint64_t to) KV_REQUIRES(mutex_);
  void settle_at(const Mark& peak) KV_REQUIRES(mutex_);
  void settle_untold(const Mark& peak) KV_REQUIRES(mutex_);
  void settle_late(const Mark& peak) KV_REQUIRES(mutex_);
  void settle_expected(std::uint64_t before_seq) KV_REQUIRES(mutex_);
  void add_peak(const Mark& peak) KV_REQUIRES(mutex_);
  void begin_run(const Mark& run) KV_REQUIRES(mutex_);
  std::uint64_t known_after(std::uint64_t seq) const;
  std::uint64_t peak_after(std::uint64_t seq) const KV_REQUIRES(mutex_) {
    return log::peak_after(peaks_, seq);
  }
  bool is_taken(const State& state) const KV_REQUIRES(mutex_);
  void count_one(const Replaced& replaced) KV_REQUIRES(mutex_);
  void count_out(std::uint64_t until_ms, std::uint64_t limit) KV_REQUIRES(mutex_);
  void note(std::string sentence) KV_REQUIRES(mutex_);
  void tell(const std::string& sentence) const;

  const std::function<void(const std::string&)> warn_;
  const Machine machine_;

  std::atomic<std::uint64_t> known_{0};  // the highest time since the last step back
  std::atomic<std::uint64_t> last_seq_{0};
  std::atomic<bool> stepped_{false};           // whether peaks_ has elements
  std::atomic<std::uint64_t> peaks_until_{0};  // seq of the last peak: later records have none
  std::atomic<bool> disbelieves_{false};
  std::atomic<std::uint64_t> live_keys_{0};
  std::atomic<std::uint64_t> expired_keys_{0};
  std::atomic<bool> owes_note_{false};
  std::atomic<std::uint64_t> noted_ms_{0};  // the time that the file knew when it was opened
  std::atomic<std::uint64_t> untold_steps_{0}, told_steps_{0};

  // Used by the writer only.
  std::uint64_t record_time_ = 0;  // of the newest record
  bool has_records_ = false;
  Mark slot_;                   // until the records that it knows of were replayed
  std::vector<Mark> expected_;  // those that are to come
  bool expects_ = false;        // until end_expected()
  bool is_open_ = false;        // since end_replay(): known_ may be later than any record

  mutable Mutex mutex_;
  std::vector<Mark> peaks_ KV_GUARDED_BY(mutex_);
  // The first records of runs; their times rise.
  std::vector<Mark> runs_ KV_GUARDED_BY(mutex_);
  std::uint64_t floor_seq_ = 0;
  bool has_base_ = false;
  std::uint64_t floor_time_ KV_GUARDED_BY(mutex_) = UINT64_MAX;
  log::ExpiryCounts expiries_ KV_GUARDED_BY(mutex_);
  bool is_inexact_ KV_GUARDED_BY(mutex_) = false;
  std::vector<std::string> notes_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore
