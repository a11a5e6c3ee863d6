#include "src/transfer/replay.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/base/cancel.h"
#include "src/base/check.h"
#include "src/base/civil_time.h"
#include "src/base/human.h"
#include "src/base/quote.h"

namespace kvstore::transfer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kBetweenProgress = 512;  // changes
constexpr auto kLongestSleep = std::chrono::milliseconds(100);

// When a write is due that was made at that time, if those before it were when they were due.
class Pace {
 public:
  explicit Pace(double speed) : speed_(speed) {}

  // None: now. A clock that was set back begins anew.
  std::optional<Clock::time_point> due(std::uint64_t time_us) {
    if (speed_ <= 0) return std::nullopt;
    if (!last_us_ || time_us < *last_us_) {
      began_ = Clock::now();
      first_us_ = time_us;
    }
    last_us_ = time_us;
    const std::chrono::duration<double, std::micro> after(static_cast<double>(time_us - first_us_) /
                                                          speed_);
    return began_ + std::chrono::duration_cast<Clock::duration>(after);
  }

 private:
  const double speed_;
  std::optional<std::uint64_t> last_us_;
  std::uint64_t first_us_ = 0;
  Clock::time_point began_;
};

class Replayer {
 public:
  Replayer(const Snapshot& snapshot, ReplayTarget& target, const ReplayOptions& options)
      : snapshot_(snapshot), target_(target), options_(options), pace_(options.speed) {}

  ReplayReport run() {
    Status done = prepare();
    if (done) {
      done = go_over();
      const Status settled = target_.settle();
      if (!settled && (done || done.error().code == Code::kSkipped)) done = settled;
      note_end(done.has_value());
    }
    if (!done) report_.error = done.error();
    return std::move(report_);
  }

 private:
  Status prepare();
  Status resume();
  Status resume_in_base(const ReplayPosition& position) const;
  Status prove(const LoggedWrite& write);
  Status end_proof();
  Status went_another_way(const std::string& how) const;
  ReplayPosition position_after(std::span<const Change> changes) const;
  Status check_from() const;
  Status check_until() const;
  Status go_over();
  Status take(const LoggedWrite& write);
  bool is_base(std::uint64_t seq) const { return origin_.has_base && seq <= origin_.floor_seq; }
  bool is_wanted(const LoggedWrite& write);
  bool is_past_end(const LoggedWrite& write) const;
  Status take_wanted(const LoggedWrite& write);
  bool is_part(const LoggedWrite& write) const;
  Status keep_removals(const LoggedWrite& clear, std::vector<OwnedChange>* to) const;
  Status flush();
  Status apply(std::span<const Change> changes);
  Status wait_for(std::uint64_t time_us);
  void note_end(bool is_whole);

  const Snapshot& snapshot_;
  ReplayTarget& target_;
  const ReplayOptions& options_;
  Pace pace_;
  LogOrigin origin_;
  At from_;
  std::optional<ReplayPosition> unproven_;  // of the target; the log's version is still to be seen
  std::vector<OwnedChange> at_position_;    // that version, as the log has it
  bool has_begun_ = false;                  // what is after `from`
  bool saw_log_ = false;                    // beyond the base
  bool ended_ = false;                      // at `until`
  std::vector<OwnedChange> batch_;          // of one seq, not yet applied
  ReplayReport report_;
};

Status Replayer::prepare() {
  KV_ASSIGN(origin_, snapshot_.origin());
  from_ = options_.from;
  if (!options_.resume_key.empty()) KV_TRY(resume());
  KV_TRY(check_from());
  return check_until();
}

Status Replayer::resume() {
  KV_ASSIGN(const auto found, target_.position(options_.resume_key));
  if (!found) return {};
  KV_ASSIGN(const ReplayPosition position, ReplayPosition::parse(*found));
  if (position.database_id != origin_.database_id) {
    return fail(Code::kConflict,
                fmt::format("the target's key for the position is of another database ({}, and "
                            "this is {})",
                            position.database_id, origin_.database_id),
                "--resume with another key");
  }
  if (position.prefix != options_.prefix) {
    std::string prefix;
    append_quoted(position.prefix, &prefix);
    return fail(Code::kConflict,
                fmt::format("the target was made with --prefix {}, and has no other keys", prefix),
                fmt::format("--prefix {}, or --resume with another key", prefix));
  }
  report_.resumed_from = position.seq;
  if (position.seq == 0) return resume_in_base(position);
  if (position.seq < origin_.floor_seq) {
    return fail(Code::kPurged,
                fmt::format("the target has all up to seq {}, and what came then is gone: history "
                            "up to seq {} was compacted away",
                            position.seq, origin_.floor_seq),
                "a new target, with --from start");
  }
  from_ = {.seq = position.seq + 1, .time_us = {}};
  unproven_ = position;
  return {};
}

// It begins anew, which makes the same of what is there, if it is the same base.
Status Replayer::resume_in_base(const ReplayPosition& position) const {
  const Change of_base;
  if (position == position_after({&of_base, 1})) return {};
  return went_another_way("the target has a part of what another file began with");
}

Status Replayer::went_another_way(const std::string& how) const {
  return fail(Code::kConflict, how + ": the database has gone another way since",
              "a new target: nothing tells which of its changes this database has");
}

// Of each write, in the order of the log, until the version of the position is behind.
Status Replayer::prove(const LoggedWrite& write) {
  if (is_base(write.seq) || write.seq < unproven_->seq) return {};
  if (write.seq > unproven_->seq) return end_proof();
  if (is_part(write)) return keep_removals(write, &at_position_);
  if (write.part_end > kMaxValueSize) return {};  // no target has been given such a version
  if (write.key.starts_with(options_.prefix)) at_position_.emplace_back(change_of(write));
  return {};
}

// Of a floor only the time is known.
Status Replayer::end_proof() {
  const ReplayPosition position = std::move(*std::exchange(unproven_, std::nullopt));
  const std::vector<OwnedChange> owned = std::exchange(at_position_, {});
  std::vector<Change> changes;
  for (const OwnedChange& change : owned) changes.push_back(change.view());
  const bool is_floor = origin_.has_base && position.seq == origin_.floor_seq;
  const bool is_same = is_floor ? position.time_us == origin_.floor_time_us
                                : !changes.empty() && position == position_after(changes);
  if (is_same) return {};
  if (changes.empty() && !is_floor && snapshot_.seq() < position.seq) {
    return went_another_way(fmt::format("the target has all up to seq {}, and FILE ends at seq {}",
                                        position.seq, snapshot_.seq()));
  }
  return went_another_way(
      fmt::format("seq {}, the last that the target has, is another one in FILE", position.seq));
}

ReplayPosition Replayer::position_after(std::span<const Change> changes) const {
  const Change& first = changes[0];
  ReplayPosition position{origin_.database_id, 0, origin_.floor_time_us, origin_.floor_seq,
                          options_.prefix};
  if (is_base(first.seq)) return position;
  position.seq = first.seq;
  position.time_us = first.time_us;
  position.hash = ReplayPosition::hash_of(changes);
  return position;
}

Status Replayer::check_from() const {
  if (from_.now() || origin_.floor_seq == 0) return {};
  const std::uint64_t first = origin_.floor_seq + (origin_.has_base ? 1 : 0);
  const bool is_gone = from_.seq ? *from_.seq < first : *from_.time_us < origin_.floor_time_us;
  if (!is_gone) return {};
  return fail(
      Code::kPurged,
      fmt::format("history before seq {} ({}) is gone", first, iso_time(origin_.floor_time_us)),
      origin_.has_base ? fmt::format("--from start, which begins with what was there then, "
                                     "or --from {}",
                                     first)
                       : fmt::format("--from {}", first));
}

Status Replayer::check_until() const {
  const At& until = options_.until;
  if (!origin_.has_base || !from_.now() || until.now()) return {};
  const bool is_gone =
      until.seq ? *until.seq < origin_.floor_seq : *until.time_us < origin_.floor_time_us;
  if (!is_gone) return {};
  return fail(Code::kPurged,
              fmt::format("FILE begins with what was there at seq {} ({}), which is after --until",
                          origin_.floor_seq, iso_time(origin_.floor_time_us)),
              fmt::format("--until {}, or later", origin_.floor_seq));
}

Status Replayer::go_over() {
  Status taken;
  const Status gone = snapshot_.writes([&](const LoggedWrite& write) {
    taken = is_cancelled() ? Status(cancelled()) : take(write);
    return taken.has_value() && !ended_;
  });
  // What was read before a damaged place is whole, and a batch that was begun is not.
  KV_TRY(taken);
  if (!gone) return gone;
  if (unproven_ && !ended_) KV_TRY(end_proof());
  return flush();
}

Status Replayer::take(const LoggedWrite& write) {
  if (unproven_) KV_TRY(prove(write));
  if (!batch_.empty() && batch_.front().view().seq != write.seq) KV_TRY(flush());
  if (is_past_end(write)) {
    ended_ = true;
    return {};
  }
  if (!is_wanted(write)) return {};
  saw_log_ |= !is_base(write.seq);
  if (is_part(write)) return keep_removals(write, &batch_);
  if (!write.key.starts_with(options_.prefix)) return {};
  return take_wanted(write);
}

// A CLEAR of other keys than those that are played, too.
bool Replayer::is_part(const LoggedWrite& write) const {
  return write.kind == Version::Kind::kClear && !options_.prefix.empty();
}

Status Replayer::keep_removals(const LoggedWrite& clear, std::vector<OwnedChange>* to) const {
  return for_cleared_keys(snapshot_, options_.prefix, clear, [to](const Change& removal) -> Status {
    to->emplace_back(removal);
    return {};
  });
}

bool Replayer::is_past_end(const LoggedWrite& write) const {
  const At& until = options_.until;
  if (is_base(write.seq)) return false;  // check_until() has seen to it
  return (until.seq && write.seq > *until.seq) || (until.time_us && write.time_us > *until.time_us);
}

bool Replayer::is_wanted(const LoggedWrite& write) {
  if (from_.now() || has_begun_) return true;
  if (is_base(write.seq)) return false;
  has_begun_ = from_.seq ? write.seq >= *from_.seq : write.time_us >= *from_.time_us;
  return has_begun_;
}

Status Replayer::take_wanted(const LoggedWrite& write) {
  if (write.part_end > kMaxValueSize) {
    std::string key;
    append_quoted(write.key, &key, 64);
    return fail(
        Code::kTooBig,
        fmt::format("seq {}: key {} was given a value of more than {} bytes by RENAME, COPY "
                    "or UNDO, which no one write can",
                    write.seq, key, kMaxValueSize),
        fmt::format("--from {}, to go on behind it without that", write.seq + 1));
  }
  const Change change = change_of(write);
  if (change.kind == Change::Kind::kLost) {
    std::string key;
    append_quoted(write.key, &key, 64);
    return fail(Code::kCorrupt,
                fmt::format("seq {}: damage has taken what was written to key {}", write.seq, key),
                fmt::format("--from {}, to go on behind it without that", write.seq + 1));
  }
  if (write.in_batch && !is_base(write.seq)) {
    batch_.emplace_back(change);
    return {};
  }
  return apply({&change, 1});
}

Status Replayer::flush() {
  if (batch_.empty()) return {};
  std::vector<Change> changes;
  for (const OwnedChange& owned : batch_) changes.push_back(owned.view());
  const Status applied = apply(changes);
  batch_.clear();
  return applied;
}

Status Replayer::apply(std::span<const Change> changes) {
  const std::uint64_t seq = is_base(changes[0].seq) ? 0 : changes[0].seq;
  if (seq != 0) KV_TRY(wait_for(changes[0].time_us));
  std::string position;
  if (!options_.resume_key.empty()) position = position_after(changes).to_string();
  KV_TRY(target_.apply(changes, seq, position));
  const std::uint64_t before = report_.changes;
  report_.changes += changes.size();
  ++report_.versions;
  for (const Change& change : changes) report_.bytes += change.key.size() + change.value.size();
  const bool is_time = before / kBetweenProgress != report_.changes / kBetweenProgress;
  if (options_.on_progress && is_time) options_.on_progress(report_.changes, report_.bytes);
  return {};
}

Status Replayer::wait_for(std::uint64_t time_us) {
  const auto due = pace_.due(time_us);
  if (!due || *due <= Clock::now()) return {};
  KV_TRY(target_.settle());
  for (auto now = Clock::now(); now < *due; now = Clock::now()) {
    if (is_cancelled()) return cancelled();
    if (options_.on_progress) options_.on_progress(report_.changes, report_.bytes);
    std::this_thread::sleep_for(std::min<Clock::duration>(*due - now, kLongestSleep));
  }
  return {};
}

void Replayer::note_end(bool is_whole) {
  const ReplayTarget::Unanswered unanswered = target_.unanswered();
  KV_CHECK(unanswered.versions <= report_.versions && unanswered.changes <= report_.changes);
  report_.versions -= unanswered.versions;
  report_.changes -= unanswered.changes;
  report_.attempted = target_.attempted();
  report_.acknowledged = target_.acknowledged();
  if (is_whole && report_.acknowledged == 0 && origin_.has_base && from_.now()) {
    report_.acknowledged = origin_.floor_seq;
  }
  report_.in_base = origin_.has_base && from_.now() && !saw_log_;
}

}  // namespace

ReplayReport replay(const Snapshot& snapshot, ReplayTarget& target, const ReplayOptions& options) {
  return Replayer(snapshot, target, options).run();
}

std::string to_string(const ReplayReport& report) {
  std::string text = "replayed " + plural(report.versions, "version");
  if (report.changes != report.versions) text += " of " + plural(report.changes, "change");
  if (report.acknowledged != 0) text += fmt::format(", up to seq {}", report.acknowledged);
  return text;
}

}  // namespace kvstore::transfer
