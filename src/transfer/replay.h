// A store's log as ordered input to another store, or to a server.
//
// Each version is made in the order of the log, as the change that it was: a SET, an APPEND, a
// DELETE with its expiry as a time; a batch as one batch where the target can. The target gives
// them seqs and times of its own. A file that was compacted begins with what was there at its
// floor, key by key; then its log follows. A value that is too long for one write there is made by
// a SET and APPENDs, each by itself, before the rest of its batch; who begins again within it does
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

// What a target is given at once: a version, or one batch of them; or a part of a version with a
// value that no one write can hold.
struct ReplayStep {
  std::span<const Change> changes;
  std::uint64_t seq = 0;
  std::string position = {};  // if it is not empty: for the target's key for it, with the changes
  bool ends_version = true;   // false: others of this seq follow
};

// Thread rule: one thread.
class ReplayTarget {
 public:
  virtual ~ReplayTarget() = default;
  // Makes the changes, after all before. It may only have been sent when it returns; what failed
  // earlier may be answered now.
  virtual Status apply(const ReplayStep& step) = 0;
  // Waits until all that was applied is done, and on the disk if the target puts it there. Also
  // before the replay is to wait for a time.
  virtual Status settle() = 0;
  // All up to that seq are done for sure, and none after `attempted` was sent.
  virtual std::uint64_t acknowledged() const = 0;
  virtual std::uint64_t attempted() const = 0;
  // Of what apply() has taken with success: what is not known to be done.
  struct Unanswered {
    std::uint64_t versions = 0, changes = 0;
  };
  virtual Unanswered unanswered() const { return {}; }
  // Bytes of a value that it takes in one write, and in one batch.
  virtual std::uint64_t most_at_once() const { return kMaxValueSize; }
  // What is stored at its key for the position; nullopt if there is none.
  virtual Result<std::optional<std::string>> position(std::string_view key) = 0;
};

struct ReplayOptions {
  // The first and the last version, by seq or time: of times the first write at or after `from`,
  // and all before the first one later than `until`. `from` now: the file's beginning.
  At from = {}, until = {};
  double speed = 0;         // 2: twice as fast as it was written; 0: as fast as it goes
  std::string prefix = {};  // keys that begin with it
  // The target's key for the position; empty: none. What is found there instead of `from`.
  std::string resume_key = {};
  std::function<void(std::uint64_t changes, std::uint64_t bytes)> on_progress = {};
  std::uint64_t most_at_once = kMaxValueSize;  // if that is less than the target's
};

struct ReplayReport {
  std::uint64_t changes = 0;   // that were done; the target may have done more that is unanswered
  std::uint64_t versions = 0;  // seqs: a batch is one
  std::uint64_t bytes = 0;     // of keys and values
  std::uint64_t resumed_from = 0;  // what the position said; 0: there was none
  std::uint64_t acknowledged = 0;  // seq; the target has all that was wanted up to here
  std::uint64_t attempted = 0;     // what is after it and up to here it may have
  bool in_base = false;            // it ended before the base was whole
  std::optional<Error> error;      // why it ended before its end
};

// To the end of the snapshot or of what is wanted, or to the first error: kPurged (`from` is
// below the floor), kCorrupt (damage in the log, or a version that damage has taken, by name),
// kSkipped (cancelled, base/cancel.h; after a whole version), kConflict (the position is one of
// another database or prefix, or this one has gone another way since), and the target's. Memory: a
// batch's changes, or one value; of those longer than kMaxValueSize that much at most.
ReplayReport replay(const Snapshot& snapshot, ReplayTarget& target, const ReplayOptions& options);

// "replayed 1,234 versions (1,300 changes), up to seq 1300".
std::string to_string(const ReplayReport& report);

}  // namespace kvstore::transfer
