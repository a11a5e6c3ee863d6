// Replays a store's log, in order, into another store or a server.
//
// Each version is applied in the order of the log as the change that it was: a SET, an APPEND, a
// DELETE, with its expiry as a time, and a batch as one batch if the target can do that. The target
// assigns its own seqs and times. A file that was compacted begins with the keys that existed at
// its
// floor; its log follows. A value that is too long for one write in the target is applied as a SET
// and APPENDs, each by itself, before the rest of its batch; a replay that resumes within it
// applies
// all of it again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "src/base/status.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/transfer/change.h"
#include "src/transfer/replay_position.h"

namespace kvstore::transfer {

// What a target is given at once: a whole version (or one batch), or a part of a version with a
// value
// that is too long for one write.
struct ReplayStep {
  std::span<const Change> changes;
  std::uint64_t seq = 0;
  std::string position = {};  // if not empty: to be stored at the target's position key, with the
                              // changes
  bool ends_version = true;   // false: more changes of this seq follow
};

// Thread rule: one thread.
class ReplayTarget {
 public:
  virtual ~ReplayTarget() = default;
  // Applies the changes, after all earlier ones. On return they may only have been sent; an error
  // may be
  // that of an earlier call.
  virtual Status apply(const ReplayStep& step) = 0;
  // Waits until everything that was applied is done, and on the disk if the target writes there.
  // The
  // replay also calls it before it waits for a time.
  virtual Status settle() = 0;
  // Every version up to this seq is certainly done, and none after `attempted` was sent.
  virtual std::uint64_t acknowledged() const = 0;
  virtual std::uint64_t attempted() const = 0;
  // What apply() has accepted and is not known to be done.
  struct Unanswered {
    std::uint64_t versions = 0, changes = 0;
  };
  virtual Unanswered unanswered() const { return {}; }
  // The bytes of a value that the target takes in one write, and in one batch.
  virtual std::uint64_t most_at_once() const { return kMaxValueSize; }
  // The value of the target's key for the position; nullopt if there is none.
  virtual Result<std::optional<std::string>> position(std::string_view key) = 0;
};

struct ReplayOptions {
  // The first and the last version, by seq or time. With times: from the first write at or after
  // `from`
  // to the last one before the first write later than `until`. The default `from` is the file's
  // beginning.
  At from = {}, until = {};
  double speed = 0;         // 2: twice the original speed; 0: as fast as possible
  std::string prefix = {};  // only keys with this prefix
  // The target's key for the position, or empty for none. A position that is found there is used
  // instead
  // of `from`.
  std::string resume_key = {};
  std::function<void(std::uint64_t changes, std::uint64_t bytes)> on_progress = {};
  std::uint64_t most_at_once = kMaxValueSize;  // if it is less than the target's
};

struct ReplayReport {
  std::uint64_t changes = 0;   // changes that are done; the target may have done more that it has
                               // not answered
  std::uint64_t versions = 0;  // seqs: a batch counts once
  std::uint64_t bytes = 0;     // bytes of keys and values
  std::uint64_t resumed_from = 0;  // the seq of the position that was found; 0: there was none
  std::uint64_t acknowledged = 0;  // seq: the target has all replayed versions up to this one
  std::uint64_t attempted = 0;     // seq: the target may have versions after `acknowledged` up to
                                   // this one
  bool in_base = false;            // it ended before the base was complete
  std::optional<Error> error;      // why it ended early
};

// Replays to the end of the snapshot or to `until`, or to the first error: kPurged (`from` is below
// the
// floor), kCorrupt (damage in the log, or a version that was lost to damage; the message names it),
// kSkipped (cancelled, base/cancel.h; after a whole version), kConflict (the position is that of
// another database or prefix, or this database has diverged since), and the target's errors. Takes
// memory for a batch's changes or for one value, and at most kMaxValueSize for a longer value.
ReplayReport replay(const Snapshot& snapshot, ReplayTarget& target, const ReplayOptions& options);

// "replayed 1,234 versions (1,300 changes), up to seq 1300".
std::string to_string(const ReplayReport& report);

}  // namespace kvstore::transfer
