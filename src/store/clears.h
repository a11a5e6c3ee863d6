// The CLEARs of a log, each of which deletes every key whose newest record is older. In the log
// "older" is "before", so offsets are compared: also of the records of a base, whose seqs tell
// nothing, and of an entry of the index, whose record need not be read.
//
// Some 24 bytes of memory each; a compaction drops what is below its floor.
//
// Thread rule: what asks from any thread, beside one that adds. What is pointed to lives as long as
// this.
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

  // Where the newest one is, which may be of a seq that does not show yet; 0: there is none.
  std::uint64_t newest_offset() const { return newest_.load(std::memory_order_acquire); }
  std::span<const Mark> all() const { return marks_.items(); }  // oldest first

  // Null for none. The newest one of those not above the seq.
  const Mark* at_seq(std::uint64_t seq) const;
  // Of those, the newest one that counts at a time (StoreClock::version_at).
  const Mark* at_time(std::uint64_t time_us, std::uint64_t first_seq, std::uint64_t seq) const;
  // The first one behind an offset.
  const Mark* first_after(std::uint64_t offset) const;

  // Throws std::bad_alloc, and changes nothing; the next add() does not.
  void reserve() { marks_.reserve_one(); }
  void add(const Mark& mark);
  // While nobody asks: those that a checkpoint names, and those before them, which the log has.
  // False: one of those cannot be read. Throws std::bad_alloc.
  bool restore(const log::Checkpoint& checkpoint, const log::View& view);
  // Those before `end` that a checkpoint names.
  std::vector<Mark> newest_before(std::uint64_t end) const;

 private:
  log::GrowingArray<Mark> marks_;
  std::atomic<std::uint64_t> newest_{0};
};

}  // namespace kvstore
