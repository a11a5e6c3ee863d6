// The implementation of Store::iterator(): a cursor over the index, and for each entry a look into
// the log that decides whether its key is visible.
//
// Entries are taken from the cursor in batches. Their records are prefetched while the records of
// the batch before are read, so that many cache misses overlap.
//
// Thread rule: one thread at a time. Keeps its generation alive.
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
  // When a key's record is read, and damage of it found: when the walk reaches the key, for callers
  // that use record(), or only when the record's contents are asked for.
  enum class Reads : std::uint8_t { kWhenAsked, kAtEachKey };
  // Walks the keys as of the view, and of options.at within it. kCorrupt while lists are
  // (ReadView::listable). kPurged. kSkipped.
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
  // The record that counts for the key; only for a walk that reads at each key.
  const log::Record& record() const { return batch_->slots[at_].record; }

  // Looks at the next `count` entries within the bounds, and visits the keys that are visible.
  // Returns the offset of a record of the last key; 0 at the end.
  Result<std::uint64_t> step(std::uint64_t count,
                             const std::function<void(std::string_view key)>& visit);

 private:
  // An entry of the index, and the record that counts for its key, once it was read.
  struct Slot {
    std::string_view key;  // the record's, or in kept or kept_long
    index::Entry entry;
    bool is_settled = false;  // whether its record is not above the walk's seq
    bool has_record = false;
    log::Record record;
    std::array<char, 48> kept;
    std::string kept_long;
  };
  enum class Shows : std::uint8_t { kYes, kNo, kUnknown };
  // The number of cache misses that a processor handles at once.
  static constexpr unsigned kAhead = 8, kAheadAtFirst = 4;

  // Entries taken from the cursor together.
  struct Batch {
    std::array<Slot, kAhead> slots;
    unsigned filled = 0;
    log::View bytes;          // contains their records
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
  const StoreClock::Instant instant_;  // the view's instant, if it has one
  const ReadView view_;
  const IteratorOptions options_;
  const KeyRange bounds_;
  const bool is_of_now_;
  const bool reads_each_;
  const std::uint64_t dead_before_;  // records before this offset are of keys that a CLEAR deleted
  std::shared_ptr<const index::Parts> parts_;
  std::unique_ptr<index::Cursor> cursor_;  // over the parts

  // Where the walk began, unless at an end of all keys, and the last key taken from the cursor:
  // enough to continue with another cursor.
  std::string origin_, last_;
  bool has_origin_ = false, has_last_ = false;
  unsigned mended_ = 0;  // segments rebuilt since a key was taken

  std::array<Batch, 2> batches_;
  Batch *batch_ = &batches_[0], *ahead_ = &batches_[1];  // the batch in use, and the next one
  unsigned at_ = 0;                                      // index in the slots
  std::uint64_t record_size_;                            // expected size of the next records
  file::ReadAhead records_ahead_;
  bool forward_ = true;
  bool valid_ = false;
  Status status_;
  std::string value_;
};

}  // namespace kvstore
