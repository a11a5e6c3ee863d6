// Goes over a log record by record, and past what is damaged.
//
// In order, a record is accepted if and only if its head is valid (record.h)
// and it continues the log: its epoch is not lower than its predecessor's
// (serial arithmetic: a lower one is the stale record of a tail that was cut), and its
// seq is higher, or the same within a batch or for derived kinds. In a base (Base in
// log/validity.h) its seq is not above the floor, and it is of no batch.
//
// After a place where none is, the scanner looks at every 8th byte for the next
// record that is accepted, whose body is valid, and that nothing good behind it
// contradicts (log/resync.h). The seqs on both sides say how many are missing; in a base
// they do not. There the previous record's key hash tells, for the keys are in order: if it
// is that of the last good key before the place, only records of that one key were lost.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/base/status.h"
#include "src/file/read_ahead.h"
#include "src/log/position.h"
#include "src/log/record.h"
#include "src/log/resync.h"
#include "src/log/view.h"

namespace kvstore::log {

class Scanner {
 public:
  enum class Step : std::uint8_t {
    kRecord,  // record()
    kBad,     // bad(): bytes that hold no record; the next step is behind them
    kZeros,   // end() is where only zeros follow up to the limit
    kEnd,     // end() is the limit
    kNewer,   // record() is of a newer format and critical: stop
  };

  // A range without acceptable records, and what the records around it tell of it.
  struct Bad {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;                // where the next good record begins, or the limit
    bool zeros = false;                   // it begins with a zeroed header
    bool has_next = false;                // a good record follows; then:
    std::uint64_t missing = 0;            // records lost, by the seqs; 0: none that has a key
    std::uint32_t affected_key_hash = 0;  // hash of the key of the last lost record
    bool others_lost = false;             // more than that one record may be lost
    bool lost_clear = false;              // the last lost record was a CLEAR
    std::uint64_t first_seq = 0;          // no version below this one was lost
  };

  // Goes on behind `from`, of which the records before it are known; by default, from the first.
  // (There may be derived records where it begins elsewhere.)
  explicit Scanner(const View& view, const Position& from = {});

  // The log has grown: the next step goes on where the last one ended.
  void set_limit(std::uint64_t limit) {
    goes_on_.reset();  // what stood after may have changed, too
    view_.limit = limit;
    may_wait_ = true;
  }
  // The log holds derived records, seen or not: where one was lost, the seqs leave none.
  void expect_derived() { derived_seen_ = true; }
  // What a slot says of the log's durable end, if it can be believed. By default, what the
  // view's ValidityMap knows of it.
  void set_known_end(const std::optional<KnownEnd>& known) { known_end_ = known; }

  Step next();
  const Record& record() const { return record_; }
  const Bad& bad() const { return bad_; }
  std::uint64_t end() const { return at_; }  // after the last step
  // Of the last record. Within and right behind a base: the floor.
  std::uint64_t last_seq() const { return last_seq_; }
  std::uint16_t epoch() const { return epoch_; }
  bool in_base() const { return view_.base().holds(at_); }  // more of it follows
  // The lowest version that a record which is lost here may be of; in a base they are in no order.
  std::uint64_t lowest_next_seq() const {
    return in_base() ? 0 : last_seq_ + (in_open_batch_ ? 0 : 1);
  }
  bool in_open_batch() const { return in_open_batch_; }  // as far as the heads tell
  // How many members of the open batch are still to come, if it is known to end
  // at `end`; else 0.
  std::uint64_t left_of_batch(std::uint64_t end) const {
    return in_open_batch_ && batch_end_ == end ? batch_left_ : 0;
  }

  // Whether the file goes on at `offset`, with nothing but zeros.
  bool is_preallocated(std::uint64_t offset) const {
    return offset < view_.limit && only_zeros_from(offset);
  }
  // A record that would continue the log at `offset`. For callers that look ahead.
  bool continues(const Record& record) const;

 private:
  Step find_next_good();
  bool only_derived_lost(const Record& next) const;
  void count_lost(const Record& next);
  void count_lost_behind_base(const Record& next);
  void count_lost_in_base(const Record& next);
  std::uint32_t published() const;  // the header_crc here: 0 until a record is whole
  bool wait_for_header();
  std::uint64_t lost_of_batch(const Record& next) const;
  bool only_zeros_from(std::uint64_t offset) const;
  Step accept();

  View view_;
  std::uint64_t at_;
  std::uint64_t last_seq_ = 0;
  std::uint16_t epoch_ = 0;
  std::uint64_t batch_end_ = 0;   // of the batch whose first member was seen last
  std::uint64_t batch_left_ = 0;  // members of it that are still to come; 0: none, or unknown
  bool may_wait_ = true;          // for a writer in another process
  bool in_open_batch_ = false;    // more members were to follow the last record
  bool last_in_batch_ = false;
  bool derived_seen_ = false;
  std::optional<std::uint32_t> last_key_hash_;  // in a base, of the last good record with a key
  std::optional<KnownEnd> known_end_;
  file::ReadAhead ahead_;
  // Where the log goes on after the bad places up to the limit; null: not looked yet.
  std::shared_ptr<const std::vector<std::uint64_t>> goes_on_;
  Record record_;
  Bad bad_;
};

// What to tell of the record at which a scan stopped with kNewer.
Error newer_record(const Record& record);

// Whether two records could have stood in these bytes.
inline bool holds_two(std::uint64_t begin, std::uint64_t end) {
  return end - begin >= 2 * kRecordHeaderSize;
}

}  // namespace kvstore::log
