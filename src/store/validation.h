// Whether what a transaction has read is still so when it commits. If it is, the transaction
// might as well have run at that moment, in between all others: that is what makes it
// serializable, whatever it writes.
//
// What was written since its snapshot is the end of the log. Most of it is looked at before
// the writer lock is taken, so that others wait for the rest only. An expiry that has passed
// since is a change like any other.
//
// Thread rule: one thread's. The snapshot, the reads and the generation must outlive it.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/status.h"
#include "src/store/generation.h"
#include "src/store/open_snapshots.h"
#include "src/store/read_set.h"

namespace kvstore {

class Validation {
 public:
  // `current` is the one that is open for writing. The snapshot may be of another, of the
  // same file when it was open for reading, or of a file whose place it has taken.
  Validation(const SnapshotState& snapshot, const ReadSet& reads, const Generation& current)
      : snapshot_(snapshot), reads_(reads), current_(current) {}

  // In this order, those after the first under the writer lock. kConflict: something that was
  // read has changed. kCorrupt: it can no longer be told.
  Status check_before_lock();
  Status check_rest();
  // Right before the writes, for time goes on.
  Status check_expiries() const;

 private:
  bool is_same_file() const;
  bool is_compacted() const;
  Status check_file() const;
  Status check_keys() const;
  Status check_log(std::uint64_t end);

  const SnapshotState& snapshot_;
  const ReadSet& reads_;
  const Generation& current_;
  std::uint64_t checked_until_ = 0;  // of the log
};

}  // namespace kvstore
