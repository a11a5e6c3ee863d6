// The CLEARs of a log. Each deletes every key whose newest record is older. In the log "older"
// means "before", so offsets are compared. This holds also for records of a base, whose seqs do not
// tell, and for an entry of the index, whose record then need not be read.
//
// Each takes about 24 bytes of memory; a compaction drops those below its floor.
//
// Thread rule: queries run on any thread, concurrently with one thread that adds. Pointers that are
// returned are valid as long as this object.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "src/log/checkpoint.h"
#include "src/log/validity.h"
#include "src/log/view.h"

namespace kvstore {

class Clears {
 public:
  using Mark = log::ClearMark;

  // Offset of the newest CLEAR, whose seq may not be visible yet; 0: there is none.
  std::uint64_t newest_offset() const { return newest_.load(std::memory_order_acquire); }
  std::span<const Mark> all() const { return marks_.items(); }  // oldest first

  // The newest CLEAR whose seq is not above `seq`; null if there is none.
  const Mark* at_seq(std::uint64_t seq) const;
  // The newest of these that counts at a time (StoreClock::version_at).
  const Mark* at_time(std::uint64_t time_us, std::uint64_t first_seq, std::uint64_t seq) const;
  // The first CLEAR after an offset.
  const Mark* first_after(std::uint64_t offset) const;

  // Makes the next add() unable to fail. Throws std::bad_alloc, and then changes nothing.
  void reserve() { marks_.reserve_one(); }
  void add(const Mark& mark);
  // Loads the CLEARs that a checkpoint names, and the earlier ones, from the log. Must not overlap
  // queries. False: one of them cannot be read. Throws std::bad_alloc.
  bool restore(const log::Checkpoint& checkpoint, const log::View& view);
  // The CLEARs before `end` that a checkpoint names.
  std::vector<Mark> newest_before(std::uint64_t end) const;

 private:
  log::GrowingArray<Mark> marks_;
  std::atomic<std::uint64_t> newest_{0};
};

}  // namespace kvstore
