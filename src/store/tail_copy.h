// Copies what was written after a point of one log into another store's writer: the same changes,
// with the seqs and times they had, batches whole.
//
// Thread rule: one thread's, which has the writer lock of the target only within a call.
#pragma once

#include <cstdint>
#include <vector>

#include "src/store/pacer.h"
#include "src/store/writer.h"

namespace kvstore {

// kDamaged, of a record that has to be copied and cannot be.
tl::unexpected<Error> unreadable_record(const Generation& from, std::uint64_t offset);

class TailCopy {
 public:
  // Records of `from` from the offset `begin` on whose seqs are above `seq`. All must outlive it.
  TailCopy(const Generation& from, std::uint64_t begin, std::uint64_t seq, Writer* to)
      : from_(from), to_(*to), at_(begin), seq_(seq) {}

  // Up to the offset `end`, where a record ends. kDamaged: a record cannot be read; kUsage: a
  // repair's batch, which holds the pieces of one value; kSkipped: it was to stop; the target's
  // errors. Throws std::bad_alloc. After an error it is of no use.
  Status copy(std::uint64_t end, Pacer& pacer);
  // Where it stands in the log.
  std::uint64_t at() const { return at_; }

 private:
  Status flush();
  PendingChange change_of(const log::Record& record) const;

  const Generation& from_;
  Writer& to_;
  std::uint64_t at_;
  std::uint64_t seq_;  // of the last record that was taken
  std::uint64_t time_ = 0;
  std::vector<log::Record> records_;  // of that seq
  std::vector<PendingChange> changes_;
};

}  // namespace kvstore
