#include "src/transfer/replay.h"

#include <algorithm>
#include <chrono>
#include <memory>
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

// Computes when a write that was made at a given time is due, relative to the writes before it.
class Pace {
 public:
  explicit Pace(double speed) : speed_(speed) {}

  // nullopt: it is due now. If the clock was set back, the schedule starts again.
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
      : snapshot_(snapshot),
        target_(target),
        options_(options),
        most_at_once_(std::min(options.most_at_once, target.most_at_once())),
        pace_(options.speed) {}

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
  // A version that is being read, up to the place that was reached.
  struct Played {
    std::uint64_t seq = 0, time_us = 0;
    std::unique_ptr<VersionHash> hash;  // null if no hash is needed
  };

  Status prepare();
  Status check_resume_key() const;
  Status resume();
  Status resume_in_base(const ReplayPosition& position) const;
  Status prove(const LoggedWrite& write);
  Status end_proof();
  Status went_another_way(const std::string& how) const;
  using Visit = std::function<Status(const Change&)>;
  Status for_changes(const LoggedWrite& write, const Visit& visit) const;
  Status check_from() const;
  Status check_until() const;
  Status go_over();
  Status take(const LoggedWrite& write);
  bool is_base(std::uint64_t seq) const { return origin_.has_base && seq <= origin_.floor_seq; }
  bool is_wanted(const LoggedWrite& write);
  bool is_past_end(const LoggedWrite& write) const;
  Status take_change(const LoggedWrite& write, const Change& change);
  tl::unexpected<Error> lost(const LoggedWrite& write) const;
  Status begin_version(const LoggedWrite& write);
  Status begin_pieces(const std::string& key);
  Status cut(const Change& change);
  Status take_piece(const Change& change);
  Status end_version();
  Status apply(std::span<const Change> changes, bool ends_version);
  std::string position_of(const Played& version) const;
  ReplayPosition position_in_base() const;
  Status wait_for(std::uint64_t time_us);
  void note_end(bool is_whole);

  const Snapshot& snapshot_;
  ReplayTarget& target_;
  const ReplayOptions& options_;
  const std::uint64_t most_at_once_;
  Pace pace_;
  LogOrigin origin_;
  At from_;
  std::optional<ReplayPosition> unproven_;  // the target's position, until the log's version was
                                            // compared with it
  std::optional<Played> at_position_;       // that version, as it is in the log
  bool has_begun_ = false;                  // the first version after `from` was reached
  bool saw_log_ = false;                    // a version after the base was read
  bool ended_ = false;                      // `until` was reached
  std::optional<Played> version_;           // the version that is being replayed, after the base
  std::vector<OwnedChange> batch_;          // its changes that are not yet applied
  bool in_pieces_ = false;                  // one of its values is too long for one write
  std::optional<OwnedChange> held_piece_;   // the newest of those pieces, held back so that the
                                            // last one goes with the rest
  ReplayReport report_;
};

Status Replayer::prepare() {
  KV_ASSIGN(origin_, snapshot_.origin());
  from_ = options_.from;
  if (!options_.resume_key.empty()) {
    KV_TRY(check_resume_key());
    KV_TRY(resume());
  }
  KV_TRY(check_from());
  return check_until();
}

// The key for the position must not be one that is replayed: each would overwrite the other.
Status Replayer::check_resume_key() const {
  if (!options_.resume_key.starts_with(options_.prefix)) return {};
  bool is_there = false;
  // A key whose versions were all compacted away is not replayed.
  KV_TRY(snapshot_.history(options_.resume_key, 1, [&](const Version& version) {
    return is_there = version.kind != Version::Kind::kCut;
  }));
  if (!is_there) return {};
  std::string key;
  append_quoted(options_.resume_key, &key);
  return fail(Code::kConflict,
              fmt::format("FILE has a key {} itself, so the position cannot be kept there", key),
              "--resume with another key");
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

// Replays the base again from its beginning, with the same result if it is the same base.
Status Replayer::resume_in_base(const ReplayPosition& position) const {
  if (origin_.has_base && position == position_in_base()) return {};
  return went_another_way("the target has a part of what another file began with");
}

Status Replayer::went_another_way(const std::string& how) const {
  return fail(Code::kConflict, how + ": the database has gone another way since",
              "a new target: nothing tells which of its changes this database has");
}

// Compares each write with the position, in the log's order, until its version is complete.
Status Replayer::prove(const LoggedWrite& write) {
  if (is_base(write.seq) || write.seq < unproven_->seq) return {};
  if (write.seq > unproven_->seq) return end_proof();
  return for_changes(write, [&](const Change& change) -> Status {
    if (!at_position_) {
      at_position_ = Played{write.seq, write.time_us, std::make_unique<VersionHash>()};
    }
    at_position_->hash->add(change);
    return {};
  });
}

// Of the base's floor only the time can be compared.
Status Replayer::end_proof() {
  const ReplayPosition position = std::move(*std::exchange(unproven_, std::nullopt));
  const std::optional<Played> there = std::exchange(at_position_, std::nullopt);
  const bool is_floor = origin_.has_base && position.seq == origin_.floor_seq;
  const bool is_same = is_floor ? position.time_us == origin_.floor_time_us
                                : there && position.to_string() == position_of(*there);
  if (is_same) return {};
  if (!there && !is_floor && snapshot_.seq() < position.seq) {
    return went_another_way(fmt::format("the target has all up to seq {}, and FILE ends at seq {}",
                                        position.seq, snapshot_.seq()));
  }
  return went_another_way(
      fmt::format("seq {}, the last that the target has, is another one in FILE", position.seq));
}

std::string Replayer::position_of(const Played& version) const {
  return ReplayPosition{origin_.database_id, version.seq, version.time_us, version.hash->value(),
                        options_.prefix}
      .to_string();
}

ReplayPosition Replayer::position_in_base() const {
  return {origin_.database_id, 0, origin_.floor_time_us, origin_.floor_seq, options_.prefix};
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
  Status gone = snapshot_.writes([&](const LoggedWrite& write) {
    taken = is_cancelled() ? Status(cancelled()) : take(write);
    return taken.has_value() && !ended_;
  });
  // A version that was read completely before the damage is whole; a batch that was begun is not.
  KV_TRY(taken);
  if (!gone) return gone;
  if (unproven_ && !ended_) KV_TRY(end_proof());
  return end_version();
}

Status Replayer::take(const LoggedWrite& write) {
  if (unproven_) KV_TRY(prove(write));
  if (version_ && version_->seq != write.seq) KV_TRY(end_version());
  if (is_past_end(write)) {
    ended_ = true;
    return {};
  }
  if (!is_wanted(write)) return {};
  saw_log_ |= !is_base(write.seq);
  return for_changes(write, [&](const Change& change) { return take_change(write, change); });
}

// Visits the changes of a write that are replayed. A CLEAR also clears keys without the prefix.
Status Replayer::for_changes(const LoggedWrite& write, const Visit& visit) const {
  if (write.kind == Version::Kind::kClear && !options_.prefix.empty()) {
    return for_cleared_keys(snapshot_, options_.prefix, write, visit);
  }
  if (!write.key.starts_with(options_.prefix)) return {};
  return visit(change_of(write));
}

bool Replayer::is_past_end(const LoggedWrite& write) const {
  const At& until = options_.until;
  if (is_base(write.seq)) return false;  // check_until() has checked it
  return (until.seq && write.seq > *until.seq) || (until.time_us && write.time_us > *until.time_us);
}

bool Replayer::is_wanted(const LoggedWrite& write) {
  if (from_.now() || has_begun_) return true;
  if (is_base(write.seq)) return false;
  has_begun_ = from_.seq ? write.seq >= *from_.seq : write.time_us >= *from_.time_us;
  return has_begun_;
}

Status Replayer::take_change(const LoggedWrite& write, const Change& change) {
  if (change.kind == Change::Kind::kLost) return lost(write);
  if (is_base(write.seq)) return apply({&change, 1}, true);  // only short pieces
  if (!version_) KV_TRY(begin_version(write));
  if (version_->hash) version_->hash->add(change);
  const bool is_long = change.value.size() > most_at_once_;
  const bool is_alone = !write.in_batch && write.kind != Version::Kind::kClear && !is_long;
  if (is_alone) {
    KV_TRY(apply({&change, 1}, true));
    version_.reset();
    return {};
  }
  const bool needs_pieces = is_long || write.part_end > most_at_once_;
  if (needs_pieces && !in_pieces_) KV_TRY(begin_pieces(std::string(write.key)));
  if (is_long) return cut(change);
  if (in_pieces_ && change.is_part) return take_piece(change);
  batch_.emplace_back(change);
  return {};
}

tl::unexpected<Error> Replayer::lost(const LoggedWrite& write) const {
  std::string key;
  append_quoted(write.key, &key, 64);
  return fail(Code::kCorrupt,
              fmt::format("seq {}: damage has taken what was written to key {}", write.seq, key),
              fmt::format("--from {}, to go on after it without that", write.seq + 1));
}

Status Replayer::begin_version(const LoggedWrite& write) {
  KV_TRY(wait_for(write.time_us));
  const bool is_hashed = !options_.resume_key.empty();
  version_ =
      Played{write.seq, write.time_us, is_hashed ? std::make_unique<VersionHash>() : nullptr};
  return {};
}

// From here on parts of long values are applied one by one. Removals that come first in the batch
// are
// applied before them; the rest, and the last part, when the version ends.
Status Replayer::begin_pieces(const std::string& key) {
  in_pieces_ = true;
  bool removes = true;
  std::vector<OwnedChange> rest;
  for (OwnedChange& owned : std::exchange(batch_, {})) {
    const Change change = owned.view();
    removes =
        removes && (change.kind == Change::Kind::kClear || change.kind == Change::Kind::kRemove);
    if (removes) {
      KV_TRY(apply({&change, 1}, false));
    } else if (change.is_part && change.key == key) {
      KV_TRY(take_piece(change));
    } else {
      rest.push_back(std::move(owned));
    }
  }
  batch_ = std::move(rest);
  return {};
}

// Cuts a change into the change itself and APPENDs.
Status Replayer::cut(const Change& change) {
  Change piece = change;
  for (std::size_t at = 0; at < change.value.size(); at += piece.value.size()) {
    piece.value = change.value.substr(at, std::min(most_at_once_, LoggedWrite::kPart));
    KV_TRY(take_piece(piece));
    piece.kind = Change::Kind::kAppend;
    piece.was_append = false;
  }
  return {};
}

Status Replayer::take_piece(const Change& change) {
  if (held_piece_) {
    const Change before = held_piece_->view();
    KV_TRY(apply({&before, 1}, false));
  }
  held_piece_.emplace(change);
  return {};
}

Status Replayer::end_version() {
  if (!version_) return {};
  std::vector<Change> changes;
  if (held_piece_) changes.push_back(held_piece_->view());
  for (const OwnedChange& owned : batch_) changes.push_back(owned.view());
  KV_TRY(apply(changes, true));
  version_.reset();
  batch_.clear();
  held_piece_.reset();
  in_pieces_ = false;
  return {};
}

Status Replayer::apply(std::span<const Change> changes, bool ends_version) {
  ReplayStep step{changes, version_ ? version_->seq : 0, {}, ends_version};
  if (!options_.resume_key.empty() && ends_version) {
    step.position = version_ ? position_of(*version_) : position_in_base().to_string();
  }
  KV_TRY(target_.apply(step));
  const std::uint64_t before = report_.changes;
  report_.changes += changes.size();
  report_.versions += ends_version ? 1 : 0;
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
