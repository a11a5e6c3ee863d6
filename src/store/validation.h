// Checks at the commit of a transaction that what it has read is unchanged. If so, the transaction
// has the effect of running entirely at that moment, so it is serializable, whatever it writes.
//
// What was written since its snapshot is the end of the log. Most of that is read before the writer
// lock is taken, so that others wait for the rest only. An expiry that has passed since is a
// change, too.
//
// Thread rule: one thread. The snapshot, the reads and the generation must outlive this.
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
  // `current` is open for writing. The snapshot may be of another generation: of the same file when
  // it was open for reading, or of a file that this one has replaced.
  Validation(const SnapshotState& snapshot, const ReadSet& reads, const Generation& current)
      : snapshot_(snapshot), reads_(reads), current_(current) {}

  // Call these in this order, those after the first under the writer lock. kConflict: something
  // that was read has changed. kCorrupt: that cannot be decided because of damage.
  Status check_before_lock();
  Status check_rest();
  // Call it right before the writes, because time passes.
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
  std::uint64_t checked_until_ = 0;  // offset in the log
};

}  // namespace kvstore
