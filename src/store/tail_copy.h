// Copies what was written after a point of one log into another store's writer: the same changes,
// with the seqs and times they had, batches whole. For a compaction, which catches up with the log
// that it replaces, and for a restore, which puts increments onto a copy.
//
// A REF becomes one that names the same bytes in the target, be they in the base; where the target
// has not got them, for they are of a past that it does not have, they are written out.
//
// Thread rule: one thread's, which has the writer lock of the target only within a call.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/base/hash.h"
#include "src/log/reference.h"
#include "src/store/log_places.h"
#include "src/store/moved_targets.h"
#include "src/store/pacer.h"
#include "src/store/writer.h"
#include "src/store/written_out.h"

namespace kvstore {

class TailCopy {
 public:
  // Records of `from`, a view of the file at `path`, from the offset `begin` on whose seqs are
  // above `seq`. `moved`: what the target has of the file's past. The others must outlive it.
  TailCopy(const log::View& from, std::string path, std::uint64_t begin, std::uint64_t seq,
           Writer* to, MovedTargets moved = {})
      : from_(from),
        path_(std::move(path)),
        to_(*to),
        moved_(std::move(moved)),
        reader_(from.up_to(begin), path_, {.end = begin, .seq = seq}),
        seq_(seq) {}

  // Up to the offset `end`, where a record ends. kDamaged: a record cannot be read; kCorrupt: what
  // a REF names; kSkipped: it was to stop, or cancelled; the target's errors. Throws
  // std::bad_alloc. After an error it is of no use, nor is the target.
  Status copy(std::uint64_t end, Pacer& pacer);
  // Where it stands in the log.
  std::uint64_t at() const { return reader_.at(); }
  std::uint64_t records() const { return copied_; }

 private:
  Status flush();
  Status add(const log::Record& record);
  Status add_written_out(const log::Record& record, PendingChange pending);
  void push(const PendingChange& pending);
  std::optional<std::string> moved(const log::Record& record) const;
  using Pieces = std::vector<log::ReferencePiece>;
  std::optional<Pieces> moved(const log::ReferencePiece& piece, std::uint64_t begin,
                              std::uint8_t type) const;
  Result<PendingChange> change_of(const log::Record& record) const;

  log::View from_;  // grows with what is copied: a REF names what was written before it
  const std::string path_;
  Writer& to_;
  MovedTargets moved_;
  LogReader reader_;
  std::uint64_t seq_;  // of the last record that was taken
  std::uint64_t time_ = 0;
  std::uint64_t copied_ = 0;          // records
  std::vector<log::Record> records_;  // of that seq
  std::vector<PendingChange> changes_;
  // Each key's last one of changes_, if there are several records.
  std::unordered_map<std::string_view, std::size_t, SeededHash> changed_;
  std::deque<std::string> references_;  // what changes_ has of them
  std::deque<WrittenOut> written_out_;
  struct StandsFor {
    std::size_t change = 0;    // one of changes_
    std::uint64_t target = 0;  // offset
    std::uint64_t begin = 0;   // of the piece that names it
  };
  std::vector<StandsFor> stand_for_;
};

}  // namespace kvstore
