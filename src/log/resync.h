// Where a log goes on after a place that holds no record.
//
// Both CRCs of a record are bound to its file and its offset, so bytes that check out
// are a record that somebody made for this very place. But a value may hold such bytes,
// put there by whoever knows the file's id; when the header of the record around them
// is damaged, they must not be taken for a record. What is around them tells:
//
//   1. Each record names the hash of the key of the one before it. Where a record ends
//      another begins, so if the one found there names another key, the first is none.
//   2. Each record of its own seq, none is left out: between two records that do not
//      touch, the seqs must leave room for what was lost between them.
//      It also says whether that one was a batch's last (AFTER_BATCH), or a CLEAR
//      (AFTER_ALL). Within a base
//      the seqs tell nothing.
//   3. What the newest slot says: records before D have no seq above its last, those
//      after D none below, and of the last one before D it has the key's hash.
//
// Records that touch and agree (1) form a run. If two runs contradict each other (2),
// the one that reaches the end of the log is believed, else the longer one: planted
// bytes end within the record around them.
//
// One pass over the headers after the place, 64 bytes of memory a run.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/log/header_page.h"
#include "src/log/record.h"
#include "src/log/view.h"

namespace kvstore::log {

// What is known at a record, of the records on its other side.
struct SeqEdge {
  std::uint64_t seq = 0;
  std::uint16_t epoch = 0;     // 0: not known
  bool in_batch = false;       // the record is a batch member
  bool batch_goes_on = false;  // and others of its batch belong on the other side
  bool after_batch = false;    // the record before it is a batch's last
  bool base_goes_on = false;   // others of the base may follow, which no seq counts
};

inline KnownEnd known_end_of(const Slot& slot) {
  return {slot.durable_end, slot.last_seq, slot.prev_key_hash, slot.last_not_in_batch,
          slot.checkpoint != 0};
}

class Resync {
 public:
  // derived_seen: the log holds derived records, which consume no seq.
  Resync(const View& view, const SeqEdge& before, const std::optional<KnownEnd>& known,
         bool derived_seen)
      : view_(view),
        before_(before),
        base_(view.base()),
        known_(known),
        derived_seen_(derived_seen || (known && known->has_derived)) {}

  // The offsets, rising, at which the log goes on after `from` and after each later
  // place that holds no record. Throws std::bad_alloc.
  std::vector<std::uint64_t> find(std::uint64_t from);

 private:
  struct Run {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t records = 0;
    SeqEdge first, last;
    bool contradicted = false;
    bool reaches_end = false;
    bool has_derived = false;  // then the log has, whether one was seen before or not
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
