// An open log for writing: the tail of the file, where records are built in
// place in the shared mapping of preallocated room.
//
// Thread rule: view(), end() and durable_end() from any thread; next_seq(), reserve(),
// append(), batches and position() under the caller's writer lock; sync work as
// documented per call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/file/file_system.h"
#include "src/log/chain.h"
#include "src/log/dictionary.h"
#include "src/log/header_page.h"
#include "src/log/position.h"
#include "src/log/record.h"
#include "src/log/recovery_scan.h"
#include "src/log/view.h"

namespace kvstore::log {

// What a new file says of the history that it does not have.
struct Floor {
  std::uint64_t seq = 0;      // history below it is gone; 0: nothing is
  std::uint64_t time_us = 0;  // of the last record up to seq, in the log it was in
  bool has_base = false;      // the file begins with a base (log/validity.h), be it an empty one
  std::uint64_t created = 0;  // the database's; 0: now
  std::optional<Increment> increment = {};  // the file is one, of what came after the floor
  bool compressed = false;                  // the base may have compressed values
};
// Of a copy with all that is in a file.
inline Floor floor_of(const HeaderPage& page) {
  const bool has_base = page.base.end != 0;
  const std::uint64_t features = page.header.incompatible | page.slot.incompatible;
  return {page.header.floor_seq,
          page.header.floor_time,
          has_base,
          0,
          {},
          has_base && (features & kFeatureCompressed) != 0};
}

// Bytes of a value that are put where its record is built, and need not be in memory before.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  virtual std::uint64_t size() const = 0;
  // All of them to `to`.
  virtual Status store(std::uint8_t* to) const = 0;
};

// One change of one key; or, kClear, of all: then `previous` has the CLEAR before it, if anything.
struct Change {
  Kind kind = Kind::kSet;
  std::uint8_t type = 1;
  bool starts = true;  // the value starts anew
  std::string_view key;
  std::string_view value;  // kRef: Reference::encode()
  std::uint64_t expires = 0;
  std::uint64_t raw_size = 0;  // kGap: of what is lost; kRef: of the value
  Encoding encoding = {};      // of `value`, if that is compressed
  ChainTail previous;          // the key's newest record
  // Where it is if it cannot be read: then the value starts anew, and history leads there.
  std::uint64_t broken_previous = 0;
  const ValueSource* source = nullptr;  // instead of `value`
  bool is_written_out = false;          // it has what a REF named (kWrittenOut)

  // Bytes that the record holds, and bytes that it adds to the value.
  std::uint64_t stored_size() const { return source ? source->size() : value.size(); }
  std::uint64_t length() const {
    if (encoding.codec != Codec::kNone) return encoding.raw_size;
    return kind == Kind::kGap || kind == Kind::kRef ? raw_size : stored_size();
  }
};

// Where an EXTENT is, and the body behind it.
struct ExtentPlace {
  std::uint64_t extent = 0;
  std::uint64_t body = 0;
};

class Log {
 public:
  // Takes over a file whose recovery scan is done. Writes nothing yet.
  Log(std::unique_ptr<file::LogFile> file, std::string path, const HeaderPage& page,
      const Id& boot_id);
  // A new file's whole content.
  static std::string new_file(const Id& db_id, const Id& boot_id, const Floor& floor = {});

  const HeaderPage& page() const { return page_; }
  const Binding& binding() const { return binding_; }
  file::LogFile& file() const { return *file_; }
  // The log is of no use any more.
  std::unique_ptr<file::LogFile> take_file() { return std::move(file_); }
  const std::string& path() const { return path_; }

  View view() const {
    return {file_->data(), end(), &binding_, file_.get(), &validity_, dictionary()};
  }
  // Null: the file has no compressed values.
  const Dictionary* dictionary() const {
    const bool compressed = (page_.header.incompatible & kFeatureCompressed) != 0;
    return compressed ? &dictionary_ : nullptr;
  }
  // What a recovery scan of this file adds to.
  ValidityMap& validity() { return validity_; }
  std::uint64_t end() const { return end_.load(std::memory_order_acquire); }
  std::uint64_t last_seq() const { return last_seq_; }  // within a base: the floor
  std::uint16_t epoch() const { return epoch_; }
  std::uint64_t durable_end() const { return durable_end_.load(std::memory_order_acquire); }

  // Where a recovery scan ended: for readers (again at each refresh), and for who only
  // looks.
  void adopt(const RecoveryScan& scan);
  // For writers whose file was closed cleanly.
  void adopt_for_writing(const RecoveryScan& scan);
  // While a recovery scan's records go into the index: views reach up to `end`.
  void follow(std::uint64_t end) { end_.store(end, std::memory_order_release); }
  // For writers whose file was not: raises the epoch, truncates what is torn,
  // stores what may not be on disk again, syncs. The torn bytes must have been
  // saved. After it, everything up to end() is durable.
  Status recover(const RecoveryScan& scan);

  // kFull: there is none left.
  Result<std::uint64_t> next_seq() const;
  // The most bytes the record of a change can take.
  static std::uint64_t max_record_size(const Change& change);
  static constexpr std::uint64_t kBatchRoom = 16;  // what a batch takes beside its records
  // Room for `size` bytes of records, on the disk too. kFull and kIo: nothing changed.
  Status reserve(std::uint64_t size);
  // Of a file that is being made: its pages are made, large ones, as it grows.
  void populate_as_it_grows() { populated_ = pending_end_; }
  // Appends one record, for which it makes room if there is none. kFull and kIo: nothing
  // changed. Throws nothing once anything has changed. Returns its offset. After an error of a
  // Change::source the log must not be used further.
  Result<std::uint64_t> append(const Change& change, std::uint64_t seq, std::uint64_t time_us);

  // Between begin and finish, append() builds the members of one batch, two or more: a
  // batch of one is a plain record, whose damage concerns its key alone. All have one seq
  // and one time. With room reserved for all, and kBatchRoom, nothing but a source can fail; where
  // something did, the log must not be used further. finish_batch() stores the first
  // member's head: from then on recovery and other processes see the batch.
  void begin_batch(std::uint32_t count);
  void finish_batch();
  // Of an open batch, the record that was appended last: what the next one of its key goes on from.
  const ChainTail& last_of_batch() const { return last_of_batch_; }
  // Of a file that nobody else knows yet, made with Floor::has_base: its base ends here, and what
  // is appended from now on has seqs above the floor. Until then records may have any up to it.
  void end_base();
  // Shows the members of an open batch, too, but for the first.
  View pending_view() const { return view().up_to(pending_end_); }

  Position position() const {
    return {pending_end_, last_seq_, prev_key_hash_, !after_batch_, epoch_, after_all_};
  }

  // Derived records: of the index, no key's. They take no seq. Not within a batch. kFull and
  // kIo: nothing changed.
  //
  // An EXTENT, and room for a body of `size` bytes, a multiple of 8, which are zeros until
  // they are stored through file().data().
  Result<ExtentPlace> append_extent(std::uint64_t size, std::uint64_t time_us);
  // Of a file made with Floor::compressed, as its first record.
  Result<std::uint64_t> append_dictionary(std::string_view bytes, std::uint64_t time_us);
  // Returns the record's offset.
  Result<std::uint64_t> append_checkpoint(std::string_view value, std::uint64_t time_us);
  // Slots name this CHECKPOINT from the next one on. Any thread. It must be on the disk.
  void name_checkpoint(std::uint64_t offset);
  std::uint64_t checkpoint() const;

  // Whether something stored in [begin, end), or in a slot, can never reach the disk,
  // because the disk failed to give the page it is in. Then sync() fails, too.
  bool has_lost_stores(std::uint64_t begin, std::uint64_t end) const;
  // Any thread, one at a time: puts everything before the position on disk.
  // Call with the position taken under the writer lock.
  Status sync(const Position& position);
  // Any thread, one at a time, after sync(position): notes it in a slot. The
  // note itself is durable after the next sync.
  void store_slot(const Position& position, bool clean);
  // Notes in a slot that the file is open, and when, as the first write does.
  void mark_in_use();
  // The last act: truncates the preallocation and notes the clean end, and the time: the
  // machine's, or `known_us` if that is not 0.
  Status close(std::uint64_t known_us = 0);

 private:
  Status grow(std::uint64_t needed);
  void populate(std::uint64_t needed);
  void begin_epoch(std::uint64_t offset);
  void note_feature(Kind kind);
  void write_slot(const Position& position, bool clean, std::uint64_t time_us = 0)
      KV_REQUIRES(slot_mutex_);
  Status build(const Change& change, std::uint64_t seq, std::uint64_t time);
  void note_durable(Draft* draft);
  Result<std::uint64_t> append_derived(Draft* draft, std::uint64_t body);

  std::unique_ptr<file::LogFile> file_;  // take_file() alone changes it
  const std::string path_;
  HeaderPage page_;  // end_base() alone changes it
  const Binding binding_;
  const Id boot_id_;
  ValidityMap validity_;
  const Dictionary dictionary_;

  std::atomic<std::uint64_t> end_{kHeaderPageSize};
  std::atomic<std::uint64_t> durable_end_{kHeaderPageSize};

  // Guarded by the caller's writer lock.
  std::uint64_t pending_end_ = kHeaderPageSize;
  std::uint64_t populated_ = UINT64_MAX;  // up to here: nothing to be done
  std::uint64_t lead_ = 0;                // what is free of the file when it grows
  std::uint64_t last_seq_ = 0;
  std::uint64_t noted_durable_ = kHeaderPageSize;  // the newest D a record carries
  std::uint32_t prev_key_hash_ = 0;
  bool after_batch_ = false;
  bool after_all_ = false;
  bool in_use_ = false;  // a slot says that the file is open
  struct OpenBatch {
    std::uint32_t count = 0;  // 0: none is open
    std::uint32_t built = 0;
    std::uint64_t begin = 0;
  };
  OpenBatch batch_;
  ChainTail last_of_batch_;

  std::uint16_t epoch_ = 1;  // changes in adopt_for_writing() and recover() only

  mutable Mutex slot_mutex_;
  Slot slot_ KV_GUARDED_BY(slot_mutex_);
};

}  // namespace kvstore::log
