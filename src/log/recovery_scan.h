// Reads a log from its begin, or from the end of the last run, to its end, and classifies bad
// places:
//
//   torn    at the end of the log: never acknowledged, to be cut
//   rotten  damage to bytes that were on the disk: to be reported, not cut
//
// The bytes before D are known to be durable, where D is the highest in the newest slot and in
// later records; so is the whole base. A bad place at offset p is rotten if and only if
//   1. p < D, including the D of good records after p; or
//   2. both slots are lost, or older than the log (a record of a later epoch follows), so that D
//      is unknown: a torn write of a slot leaves the other one; or
//   3. there was no power loss since the slot was written (same boot id), and the place is not
//      just an unfinished last record or batch. (A batch whose first head is good was finished,
//      because that head is stored last. So was a record with a header_crc.)
// Above D a record counts only if head and body are valid and its batch is complete. Below D bodies
// are not read: damage there is found when the value is read.
//
// The same rules hold for all readers. A reader beside a writer (in another process) may find a
// record that is being built, so before it classifies a place as rotten it checks the place once
// more: what stands after it was written later.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/log/header_page.h"
#include "src/log/scanner.h"
#include "src/log/view.h"

namespace kvstore::log {

// The reason of a range that the device cannot read (src/file/bus_guard.h).
inline constexpr const char* kUnreadable = "the disk cannot read it";

struct CorruptRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  const char* reason = "";
  // The keys whose newest state may have been lost (set only if the key is unknown):
  bool names_affected_key = false;  // `affected_key_hash` is the key hash of a lost record
  std::uint32_t affected_key_hash = 0;
  bool others_lost = false;   // further keys, with any hash, may be affected
  bool lost_clear = false;    // the last lost record is a CLEAR
  std::uint64_t missing = 0;  // lost records, if the seqs tell; 0: none or unknown
  bool is_value = false;      // a record's head is good: its key is known
  // No record with a key was lost, because the seqs around the range leave no gap: it held derived
  // data.
  bool is_derived = false;
  // No record stands after it, and none may be written there: it may lie within the size that the
  // head of an EXTENT claims.
  bool ends_log = false;
  std::uint64_t first_seq = 0;  // no version below this was lost here
  bool operator==(const CorruptRange&) const = default;
};

// The range for a log that ends at `from`, but formerly reached to `end`. If the slot's D is `end`,
// the slot describes the last record. A file that was not closed cleanly may have had more.
CorruptRange missing_end(const Scanner& scanner, const Slot& slot, std::uint64_t from,
                         std::uint64_t end);

// The range for a bad place after which the log continues.
CorruptRange corrupt_range_of(const View& view, const Scanner::Bad& bad);

class RecoveryScan {
 public:
  struct Rules {
    Id boot_id{};                   // of the running machine; all zeros: unknown, matches none
    bool beside_writer = false;     // another process may be writing
    bool durable_end_lost = false;  // HeaderPage::durable_end_lost()
    bool slot_lost = false;         // one of the slots cannot be read
  };

  // `validity` collects the epochs and damage found by this scan, and the slot's D, for all later
  // scans of the log. It may be null; otherwise it must be the view's, too. `from` is where the
  // scan begins; it must not be after D.
  RecoveryScan(const View& view, const Slot& slot, const Rules& rules,
               ValidityMap* validity = nullptr, const Position& from = {});

  // Continues to the present end of the log, and calls `visit` for each good record in order; for
  // batches only once they are complete. kVersion: a record of a newer format.
  Status run(std::uint64_t limit, const std::function<void(const Record&)>& visit);

  // Beside a writer: the last run ended at a batch that extends beyond the limit. Run again with
  // the present size of the file, even if that is the same.
  bool stopped_at_limit() const { return stopped_at_limit_; }
  std::uint64_t end() const { return end_; }            // end of the log
  std::uint64_t durable() const { return durable_; }    // D
  std::uint64_t last_seq() const { return last_seq_; }  // at least the floor of a base
  std::uint16_t epoch() const { return epoch_; }
  std::uint32_t prev_key_hash() const { return prev_key_hash_; }  // of the last record
  std::uint64_t records() const { return records_; }
  bool last_in_batch() const { return last_in_batch_; }
  bool last_is_of_all() const { return last_is_of_all_; }  // the last record is a CLEAR
  // Whether more members of its batch follow the record that is being visited.
  bool in_open_batch() const { return scanner_.in_open_batch(); }
  // The torn bytes after end() are [end(), torn_end()); empty if there are none.
  std::uint64_t torn_end() const { return torn_end_; }
  // A good record has a later epoch than the newest slot. A recovery stores its epoch in a slot and
  // syncs before it writes a record, so the slots have reverted to old content, and their D is old,
  // too.
  bool slots_are_stale() const { return slots_are_stale_; }
  // Grows with each change of corrupt() and slots_are_stale().
  std::uint64_t findings() const { return findings_; }
  const std::vector<CorruptRange>& corrupt() const { return corrupt_ranges_; }

 private:
  struct Ahead {
    std::uint64_t durable = 0;
    std::uint64_t last_offset = 0;  // offset of the last good record; 0: none
    // The good records at the end that may be members of one batch without its first: their seq,
    // and the last good record before them.
    std::uint64_t run_seq = 0;
    std::uint64_t before_run = 0;
    std::uint16_t epoch = 0;  // of the last good record
  };
  Status run_to_end(std::uint64_t limit, const std::function<void(const Record&)>& visit);
  void note_unreadable_end();
  bool take(const Record& record, const std::function<void(const Record&)>& visit);
  void note_epoch(const Record& record);
  void note_stale_slots(std::uint16_t epoch);
  bool was_finished(std::uint64_t offset);
  bool ends_behind_limit(std::uint64_t end);
  std::uint64_t closed_end() const;
  bool header_is_zero(std::uint64_t offset) const;
  bool is_end_beside_writer();
  bool is_still_unfinished();
  bool take_newer_slot();
  bool is_finished_now(const Scanner& before) const;
  bool same_boot() const;
  bool proves_damage(std::uint64_t offset, bool header_is_good);
  bool batch_is_whole(const Record& first) const;
  // `before` is the scanner in front of the place; null if a good record head stands there.
  bool is_corrupt(std::uint64_t offset, const Scanner* before);
  Ahead look_ahead() const;
  void note_end(const CorruptRange& corrupt);
  void note_bad(const Scanner::Bad& bad);
  void stop_torn(std::uint64_t offset);

  Scanner scanner_;
  View view_;
  Slot slot_;
  const Rules rules_;
  ValidityMap* const validity_;
  std::uint64_t end_;
  std::uint64_t torn_end_;
  std::uint64_t durable_;
  std::uint64_t last_seq_;
  std::uint64_t records_ = 0;
  // The end of a damaged batch that was complete once: a bad place before it is rotten, even though
  // it is not known to have been on the disk.
  std::uint64_t written_ = 0;
  std::uint64_t judged_ = 0;       // batches up to here were checked
  std::optional<Ahead> ahead_;     // valid in this run
  std::uint64_t cut_limit_ = 0;    // limit beyond which a batch extended; 0: none
  bool stopped_at_limit_ = false;  // in this run
  bool tail_seen_ = false;         // beside a writer: the tail of the first run was searched
                                   // completely
  std::uint16_t epoch_;
  std::uint32_t prev_key_hash_;
  bool last_in_batch_;
  bool last_is_of_all_;
  bool slots_are_stale_ = false;
  std::uint64_t findings_ = 0;
  std::uint64_t unfinished_at_ = 0;  // beside a writer: where it was building, or was killed
  std::vector<CorruptRange> corrupt_ranges_;
  std::optional<std::size_t> end_range_;  // index of the missing end in corrupt_ranges_
};

}  // namespace kvstore::log
