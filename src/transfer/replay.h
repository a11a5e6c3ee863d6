// A store's log as ordered input to another store, or to a server.
//
// Each version is made in the order of the log, as the change that it was: a SET, an APPEND, a
// DELETE with its expiry as a time; a batch as one batch where the target can. The target gives
// them seqs and times of its own. A file that was compacted begins with what was there at its
// floor, key by key; then its log follows.
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

// Thread rule: one thread.
class ReplayTarget {
 public:
  virtual ~ReplayTarget() = default;
  // Makes the changes, one version or one batch of them, after all before. It may only have been
  // sent when it returns; what failed earlier may be answered now. `position`, if it is not
  // empty, is written to the target's key for it, and with the changes.
  virtual Status apply(std::span<const Change> changes, std::uint64_t seq,
                       const std::string& position) = 0;
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
// batch's changes, or one value.
ReplayReport replay(const Snapshot& snapshot, ReplayTarget& target, const ReplayOptions& options);

// "replayed 1,234 versions (1,300 changes), up to seq 1300".
std::string to_string(const ReplayReport& report);

}  // namespace kvstore::transfer
