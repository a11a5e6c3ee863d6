// Copies what was written after a point of one log into another store's writer: the same changes,
// with the seqs and times they had, batches whole. For a compaction, which catches up with the log
// that it replaces, and for a restore, which puts increments onto a copy.
//
// Thread rule: one thread's, which has the writer lock of the target only within a call.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/store/pacer.h"
#include "src/store/writer.h"

namespace kvstore {

// kDamaged, of a record that has to be copied and cannot be.
tl::unexpected<Error> unreadable_record(const std::string& path, std::uint64_t offset);
// Whether a batch, all of whose records these are, is what a repair has made of a damaged value:
// its pieces. A store's own batches have a key once.
bool is_in_pieces(const std::vector<log::Record>& batch);

class TailCopy {
 public:
  // Records of `from`, a view of the file at `path`, from the offset `begin` on whose seqs are
  // above `seq`. All must outlive it.
  TailCopy(const log::View& from, std::string path, std::uint64_t begin, std::uint64_t seq,
           Writer* to)
      : from_(from), path_(std::move(path)), to_(*to), at_(begin), seq_(seq) {}

  // Up to the offset `end`, where a record ends. kDamaged: a record cannot be read; kUsage: a
  // repair's batch, which holds the pieces of one value; kSkipped: it was to stop, or cancelled;
  // the target's errors. Throws std::bad_alloc. After an error it is of no use.
  Status copy(std::uint64_t end, Pacer& pacer);
  // Where it stands in the log.
  std::uint64_t at() const { return at_; }
  std::uint64_t records() const { return copied_; }

 private:
  Status flush();
  PendingChange change_of(const log::Record& record) const;

  const log::View from_;
  const std::string path_;
  Writer& to_;
  std::uint64_t at_;
  std::uint64_t seq_;  // of the last record that was taken
  std::uint64_t time_ = 0;
  std::uint64_t copied_ = 0;          // records
  std::vector<log::Record> records_;  // of that seq
  std::vector<PendingChange> changes_;
};

}  // namespace kvstore
