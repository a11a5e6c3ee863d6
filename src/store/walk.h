// What Store::iterator() gives: a cursor over the index, and for each entry the look at the
// log that decides whether its key shows.
//
// Entries are taken from the cursor some at a time, and their records asked for while those of
// the entries before are read, so that many are on their way from memory at once.
//
// Thread rule: one thread at a time. Keeps the generation.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "src/file/read_ahead.h"
#include "src/index/cursor.h"
#include "src/store/generation.h"
#include "src/store/iterator.h"
#include "src/store/key_range.h"
#include "src/store/read_view.h"

namespace kvstore {

class Walk final : public Iterator {
 public:
  // As of the view, and options.at within that. kCorrupt while lists are
  // (ReadView::listable); kPurged; kSkipped.
  // When the record of a key is read, and found damaged: as the walk comes to it, for who looks
  // at record(), or not before it is asked for what it holds.
  enum class Reads : std::uint8_t { kWhenAsked, kAtEachKey };
  static Result<std::unique_ptr<Walk>> begin(const ReadView& view, const IteratorOptions& options,
                                             Reads reads = Reads::kWhenAsked);

  void seek(std::string_view key) override;
  void seek_before(std::string_view key) override;
  void first() override;
  void last() override;
  void next() override;
  void prev() override;
  bool valid() const override { return valid_; }
  const Status& status() const override { return status_; }
  std::string_view key() const override { return batch_->slots[at_].key; }
  Result<std::string_view> value() override;
  Result<KeyInfo> info() override;
  // The record that counts of the key, of a walk that reads at each key.
  const log::Record& record() const { return batch_->slots[at_].record; }

  // Looks at the first `count` entries within the bounds, whether they show or not, and visits
  // the keys that do. Returns the offset of a record of the last one's key; 0 if none follows.
  Result<std::uint64_t> step(std::uint64_t count,
                             const std::function<void(std::string_view key)>& visit);

 private:
  // An entry of the index, and the record that counts of its key, once it was read.
  struct Slot {
    std::string_view key;  // the record's, or in kept or kept_long
    index::Entry entry;
    bool is_settled = false;  // its record is not above the walk's seq
    bool has_record = false;
    log::Record record;
    std::array<char, 48> kept;
    std::string kept_long;
  };
  enum class Shows : std::uint8_t { kYes, kNo, kUnknown };
  // As many as the processor asks memory for at once; more only wait for each other.
  static constexpr unsigned kAhead = 8, kAheadAtFirst = 4;

  // Entries that were taken from the cursor together.
  struct Batch {
    std::array<Slot, kAhead> slots;
    unsigned filled = 0;
    log::View bytes;          // what has their records
    bool is_on_disk = false;  // much of it may not be in memory
  };

  static constexpr unsigned kMostMended = 8;

  Walk(const ReadView& view, const IteratorOptions& options, Reads reads);
  void open();
  void start_first();
  void start(bool forward, const std::string_view* origin);
  void place();
  void move();
  bool has_slot();
  bool next_batch();
  void fill(Batch& batch, unsigned count);
  bool mend();
  bool is_beyond(std::string_view key) const;
  void take(const index::Cursor& cursor, Slot& slot) const;
  void ask_for_records(const Batch& batch) const;
  Shows judge(Slot& slot);
  Shows judge_record(Slot& slot);
  bool shows_by_index(const Slot& slot) const {
    return slot.is_settled && !slot.has_record && !slot.entry.expires();
  }
  Status read(Slot& slot);
  Status need_record(Slot& slot) { return slot.has_record ? Status() : read(slot); }
  Result<std::string_view> read_value(Slot& slot);
  void note_read(std::uint64_t offset, std::uint64_t size);
  void stop(tl::unexpected<Error> why);

  const std::shared_ptr<const Generation> generation_;
  const StoreClock::Instant instant_;  // the view's, if it has one
  const ReadView view_;
  const IteratorOptions options_;
  const KeyRange bounds_;
  const bool is_of_now_;
  const bool reads_each_;
  const std::uint64_t dead_before_;  // offset: records before it are of keys that a CLEAR deleted
  std::shared_ptr<const index::Parts> parts_;
  std::unique_ptr<index::Cursor> cursor_;  // over the parts

  // Where the walk began, if not at an end of all keys, and the last key that was taken from
  // the cursor: enough to go on with another one.
  std::string origin_, last_;
  bool has_origin_ = false, has_last_ = false;
  unsigned mended_ = 0;  // segments, since a key was taken

  std::array<Batch, 2> batches_;
  Batch *batch_ = &batches_[0], *ahead_ = &batches_[1];  // whose slots show, and the one after
  unsigned at_ = 0;                                      // of the slots
  std::uint64_t record_size_;                            // as the next ones' is expected to be
  file::ReadAhead records_ahead_;
  bool forward_ = true;
  bool valid_ = false;
  Status status_;
  std::string value_;
};

}  // namespace kvstore
