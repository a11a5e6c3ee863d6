// Scans a log record by record, and continues after damage.
//
// In order, a record is accepted if and only if its head is valid (record.h) and it continues the
// log: its epoch is not lower than its predecessor's (in serial arithmetic; a lower one is a stale
// record of a tail that was cut), and its seq is higher, or equal within a batch or for derived
// kinds. In a base (Base in log/validity.h) its seq is not above the floor, and it is in no batch.
//
// After a place without such a record, the scanner tries every 8th byte for the next record that is
// accepted, has a valid body, and is not contradicted by good records after it (log/resync.h). The
// seqs on both sides tell how many records are missing, but not in a base. There the keys are in
// order, and the previous record's key hash tells: if it is that of the last good key before the
// place, only records of that key were lost.
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
    kBad,     // bad(): bytes without a record; the next step is after them
    kZeros,   // from end() on there are only zeros up to the limit
    kEnd,     // end() is the limit
    kNewer,   // record() has a newer, critical format: stop
  };

  // A range without acceptable records, and what the records around it imply.
  struct Bad {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;                // begin of the next good record, or the limit
    bool zeros = false;                   // it begins with a zeroed header
    bool has_next = false;                // a good record follows; then:
    std::uint64_t missing = 0;            // lost records, by the seqs; 0: none with a key
    std::uint32_t affected_key_hash = 0;  // key hash of the last lost record
    bool others_lost = false;             // more than that record may be lost
    bool lost_clear = false;              // the last lost record was a CLEAR
    std::uint64_t first_seq = 0;          // no version below this was lost
  };

  // Begins after the position `from`, or by default at the first record. (Before `from` there may
  // be derived records.)
  explicit Scanner(const View& view, const Position& from = {});

  // Sets the limit after the log has grown: the next step continues where the last one ended.
  void set_limit(std::uint64_t limit) {
    goes_on_.reset();  // what follows may have changed, too
    view_.limit = limit;
    may_wait_ = true;
  }
  // The log has derived records, even if none was seen: if one was lost, the seqs have no gap.
  void expect_derived() { derived_seen_ = true; }
  // Sets the durable end by a slot, if that is trustworthy. Default: that of the view's
  // ValidityMap.
  void set_known_end(const std::optional<KnownEnd>& known) { known_end_ = known; }

  Step next();
  const Record& record() const { return record_; }
  const Bad& bad() const { return bad_; }
  std::uint64_t end() const { return at_; }  // after the last step
  // The seq of the last record. Within and right after a base: the floor.
  std::uint64_t last_seq() const { return last_seq_; }
  std::uint16_t epoch() const { return epoch_; }
  bool in_base() const { return view_.base().holds(at_); }  // more of it follows
  // The lowest version that a lost record here may have; 0 in a base, where they are unordered.
  std::uint64_t lowest_next_seq() const {
    return in_base() ? 0 : last_seq_ + (in_open_batch_ ? 0 : 1);
  }
  bool in_open_batch() const { return in_open_batch_; }  // by the record heads
  // Number of members that the open batch still lacks, if it is known to end at `end`; else 0.
  std::uint64_t left_of_batch(std::uint64_t end) const {
    return in_open_batch_ && batch_end_ == end ? batch_left_ : 0;
  }

  // Whether the file continues at `offset` with nothing but zeros.
  bool is_preallocated(std::uint64_t offset) const {
    return offset < view_.limit && only_zeros_from(offset);
  }
  // Whether the record would continue the log at its offset. For callers that look ahead.
  bool continues(const Record& record) const;

 private:
  Step find_next_good();
  bool only_derived_lost(const Record& next) const;
  void count_lost(const Record& next);
  void count_lost_behind_base(const Record& next);
  void count_lost_in_base(const Record& next);
  std::uint32_t published() const;  // header_crc at the present offset: 0 until a record is
                                    // complete
  bool wait_for_header();
  std::uint64_t lost_of_batch(const Record& next) const;
  bool only_zeros_from(std::uint64_t offset) const;
  Step accept();

  View view_;
  std::uint64_t at_;
  std::uint64_t last_seq_ = 0;
  std::uint16_t epoch_ = 0;
  std::uint64_t batch_end_ = 0;   // of the batch whose first member was seen last
  std::uint64_t batch_left_ = 0;  // members of it that are missing yet; 0: none, or unknown
  bool may_wait_ = true;          // may still wait for a writer in another process
  bool in_open_batch_ = false;    // more members were expected after the last record
  bool last_in_batch_ = false;
  bool derived_seen_ = false;
  std::optional<std::uint32_t> last_key_hash_;  // in a base: of the last good record with a key
  std::optional<KnownEnd> known_end_;
  file::ReadAhead ahead_;
  // Where the log continues after the bad places up to the limit; null: not searched yet.
  std::shared_ptr<const std::vector<std::uint64_t>> goes_on_;
  Record record_;
  Bad bad_;
};

// The error for the record at which a scan stopped with kNewer.
Error newer_record(const Record& record);

// Whether these bytes can have held two records.
inline bool holds_two(std::uint64_t begin, std::uint64_t end) {
  return end - begin >= 2 * kRecordHeaderSize;
}

}  // namespace kvstore::log
