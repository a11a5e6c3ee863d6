// Reading a log from its beginning (or from where the last reading ended) to
// where it ends, and deciding what a bad place is:
//
//   torn    the end of the log: never acknowledged, to be cut
//   rotten  damage to bytes that were on the disk: to be reported, not cut
//
// Known durable are the bytes before D: the newest slot's, or any later
// record's, and the whole base. A bad place at offset p is rotten if and only if
//   1. p < D, where D counts what good records after p say; or
//   2. both slots are lost, or older than the log (a record of a later epoch follows),
//      so that nobody says what D is: a torn write of a slot leaves the other one; or
//   3. no power was lost since the slot was written (same boot id), and it is
//      not just an unfinished last record or batch. (A batch whose first head is
//      good was finished: that head is stored last. So was a record whose header_crc
//      is there.)
// Above D a record counts only if head and body check and its batch is whole.
// Below D bodies are not read: a damaged one is found when it is asked for.
//
// The same rules hold for every kind of reader. One beside a writer (in another
// process) may meet a record that is just being built, so before it calls a place
// rotten it looks at it once more: what stands after was written later.
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

// The reason of a range where the device fails (src/file/bus_guard.h).
inline constexpr const char* kUnreadable = "the disk cannot read it";

struct CorruptRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  const char* reason = "";
  // Whose newest state may have been lost here (only where the key is unknown):
  bool names_affected_key = false;  // `affected_key_hash` is the hash of a lost record's key
  std::uint32_t affected_key_hash = 0;
  bool others_lost = false;   // keys of any hash may have been lost, too
  bool lost_clear = false;    // the last record that was lost here is a CLEAR
  std::uint64_t missing = 0;  // how many records, if the seqs tell; 0 for none
  bool is_value = false;      // a record's head is good: its key is known
  // No record with a key was lost here, for the seqs around it leave none: what stood here was
  // derived from others.
  bool is_derived = false;
  // No record stands after it, and none may be written there: it may lie within what the head
  // of an EXTENT claims.
  bool ends_log = false;
  std::uint64_t first_seq = 0;  // no version below this one was lost here
  bool operator==(const CorruptRange&) const = default;
};

// The log ends at `from`, and once reached to `end`. If that is where the slot has
// it end, the slot says what its last record was. A file that was not closed may
// have gone on after.
CorruptRange missing_end(const Scanner& scanner, const Slot& slot, std::uint64_t from,
                         std::uint64_t end);

// What is known of a bad place after which the log goes on.
CorruptRange corrupt_range_of(const View& view, const Scanner::Bad& bad);

class RecoveryScan {
 public:
  struct Rules {
    Id boot_id{};                   // of the running machine; all zeros: unknown, like no other
    bool beside_writer = false;     // a writer may be at work (another process)
    bool durable_end_lost = false;  // HeaderPage::durable_end_lost()
    bool slot_lost = false;         // one of the slots cannot be read
  };

  // validity: what this recovery scan learns of epochs and damage is added to it, and what the
  // slot says of D, for all who go over the log after it. May be null;
  // else it is the view's, too. `from`: where it begins, not behind D.
  RecoveryScan(const View& view, const Slot& slot, const Rules& rules,
               ValidityMap* validity = nullptr, const Position& from = {});

  // Goes on to the end of the log as it is now, calling visit for each good
  // record in order; batches only whole. kVersion: a record of a newer format.
  Status run(std::uint64_t limit, const std::function<void(const Record&)>& visit);

  // Beside a writer: the last run ended at a batch that goes on after the limit. Run
  // again with the file's size as it is now, be it the same.
  bool stopped_at_limit() const { return stopped_at_limit_; }
  std::uint64_t end() const { return end_; }            // where the log ends
  std::uint64_t durable() const { return durable_; }    // D
  std::uint64_t last_seq() const { return last_seq_; }  // at least the floor of a base
  std::uint16_t epoch() const { return epoch_; }
  std::uint32_t prev_key_hash() const { return prev_key_hash_; }  // hash of the last record's key
  std::uint64_t records() const { return records_; }
  bool last_in_batch() const { return last_in_batch_; }
  bool last_is_of_all() const { return last_is_of_all_; }  // a CLEAR
  // More members of its batch follow the record that is being visited.
  bool in_open_batch() const { return scanner_.in_open_batch(); }
  // Torn bytes after end(): [end(), torn_end()), nothing if equal.
  std::uint64_t torn_end() const { return torn_end_; }
  // A good record is of a later epoch than the newest slot. A recovery writes its epoch
  // into a slot and syncs before it writes a record, so the slots fell back to what
  // they were before, and what they say of D is as old.
  bool slots_are_stale() const { return slots_are_stale_; }
  // Rises with each change of corrupt() and slots_are_stale().
  std::uint64_t findings() const { return findings_; }
  const std::vector<CorruptRange>& corrupt() const { return corrupt_ranges_; }

 private:
  struct Ahead {
    std::uint64_t durable = 0;
    std::uint64_t last_offset = 0;  // of the last good record, 0 for none
    // The good records at the end that may be members of one batch without its
    // first: their seq, and the last good record before them.
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
  // before: the scanner in front of the place; null if a good record head stands there.
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
  // End of a batch that is damaged but was whole once: what is bad before it is
  // rot, though nobody says that it was on the disk.
  std::uint64_t written_ = 0;
  std::uint64_t judged_ = 0;       // up to here batches were judged
  std::optional<Ahead> ahead_;     // of this run
  std::uint64_t cut_limit_ = 0;    // where a batch went on behind it; 0 for none
  bool stopped_at_limit_ = false;  // this run, because of that
  bool tail_seen_ = false;         // beside a writer: all of the first run's was looked at
  std::uint16_t epoch_;
  std::uint32_t prev_key_hash_;
  bool last_in_batch_;
  bool last_is_of_all_;
  bool slots_are_stale_ = false;
  std::uint64_t findings_ = 0;
  std::uint64_t unfinished_at_ = 0;  // beside a writer: where it was building, or was killed
  std::vector<CorruptRange> corrupt_ranges_;
  std::optional<std::size_t> end_range_;  // the missing end's number in corrupt_ranges_
};

}  // namespace kvstore::log
