// Copies what was written after a point of one log into another store's writer: the same changes,
// with their seqs and times, and whole batches. A compaction uses it to catch up with the log that
// it replaces, and a restore to apply increments to a copy.
//
// A REF is changed to name the same bytes in the target, possibly in its base. If the target lacks
// them, because they belong to history that it does not have, the bytes are written instead.
//
// Thread rule: one thread, which holds the writer lock of the target only within a call.
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
  // Copies records of `from`, a view of the file at `path`, from the offset `begin` on, if their
  // seqs are above `seq`. `moved`: the places in the target of older bytes. The others must outlive
  // this.
  TailCopy(const log::View& from, std::string path, std::uint64_t begin, std::uint64_t seq,
           Writer* to, MovedTargets moved = {})
      : from_(from),
        path_(std::move(path)),
        to_(*to),
        moved_(std::move(moved)),
        reader_(from.up_to(begin), path_, {.end = begin, .seq = seq}),
        seq_(seq) {}

  // Copies up to the offset `end`, which must be the end of a record. kDamaged: a record cannot be
  // read. kCorrupt: the bytes that a REF names cannot be read. kSkipped: stopped or cancelled. Also
  // the target's errors. Throws std::bad_alloc. After an error neither this object nor the target
  // is usable.
  Status copy(std::uint64_t end, Pacer& pacer);
  // The current offset in the log.
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

  log::View from_;  // grows during the copy: a REF names earlier bytes
  const std::string path_;
  Writer& to_;
  MovedTargets moved_;
  LogReader reader_;
  std::uint64_t seq_;  // of the last record taken
  std::uint64_t time_ = 0;
  std::uint64_t copied_ = 0;          // records copied
  std::vector<log::Record> records_;  // of that seq
  std::vector<PendingChange> changes_;
  // The last change of each key in changes_, if there are several records.
  std::unordered_map<std::string_view, std::size_t, SeededHash> changed_;
  std::deque<std::string> references_;  // the encoded references of changes_
  std::deque<WrittenOut> written_out_;
  struct StandsFor {
    std::size_t change = 0;    // index in changes_
    std::uint64_t target = 0;  // offset
    std::uint64_t begin = 0;   // begin of the piece that names the target
  };
  std::vector<StandsFor> stand_for_;
};

}  // namespace kvstore
