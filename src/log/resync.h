// Finds where a log continues after a place that holds no valid record.
//
// Both CRCs of a record are bound to its file and offset, so valid bytes are a record that was made
// for this place. But a value may contain such bytes, put there by someone who knows the file's id.
// If the header of the record around them is damaged, they must not be accepted. The context
// decides:
//
//   1. Each record has the key hash of the record before it. Where a record ends another begins;
//      if that one has another hash, the first is not a record.
//      It also tells whether the record before was the last of a batch (AFTER_BATCH), or a CLEAR
//      (AFTER_ALL).
//   2. Each record has its own seq, without gaps: between two records that do not touch, the
//      seqs must leave a gap for what was lost between them. Within a base seqs do not tell.
//   3. The newest slot: records before D have no seq above its last_seq, those after D none
//      below, and the last one before D has its key hash.
//
// Records that touch and agree (1) form a run. If two runs contradict each other (2), the one that
// reaches the end of the log is accepted, otherwise the longer one: planted bytes end within the
// record around them.
//
// It needs one pass over the headers after the place, and 64 bytes of memory for each run.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/log/header_page.h"
#include "src/log/record.h"
#include "src/log/view.h"

namespace kvstore::log {

// What a record implies for the records on its other side.
struct SeqEdge {
  std::uint64_t seq = 0;
  std::uint16_t epoch = 0;     // 0: unknown
  bool in_batch = false;       // the record is a batch member
  bool batch_goes_on = false;  // further members of its batch belong on the other side
  bool after_batch = false;    // the record before it is the last of a batch
  bool base_goes_on = false;   // further records of the base may follow, which seqs do not count
};

inline KnownEnd known_end_of(const Slot& slot) {
  return {slot.durable_end, slot.last_seq, slot.prev_key_hash, slot.last_not_in_batch,
          slot.checkpoint != 0};
}

class Resync {
 public:
  // derived_seen: the log has derived records, which take no seq.
  Resync(const View& view, const SeqEdge& before, const std::optional<KnownEnd>& known,
         bool derived_seen)
      : view_(view),
        before_(before),
        base_(view.base()),
        known_(known),
        derived_seen_(derived_seen || (known && known->has_derived)) {}

  // The offsets, ascending, at which the log continues after `from` and after each later place
  // without a valid record. Throws std::bad_alloc.
  std::vector<std::uint64_t> find(std::uint64_t from);

 private:
  struct Run {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t records = 0;
    SeqEdge first, last;
    bool contradicted = false;
    bool reaches_end = false;
    bool has_derived = false;  // whether it has derived records, even if none was seen before
  };
  SeqEdge edge_of(const Record& record, bool batch_goes_on) const;
  std::uint64_t seq_in_order(const Record& record) const;
  bool is_candidate(std::uint64_t offset, Record* record) const;
  bool agrees_with_slot(const Record& record) const;
  Run follow(const Record& first) const;
  bool leaves_seqs(const SeqEdge& before, const SeqEdge& behind) const;
  bool trim(const SeqEdge& before, Run* run) const;
  std::vector<std::uint64_t> choose(std::vector<Run> runs) const;
  SeqEdge behind_all() const;

  const View view_;
  const SeqEdge before_;
  const Base base_;
  const std::optional<KnownEnd> known_;
  bool derived_seen_;
};

}  // namespace kvstore::log
