// An open log for writing: the tail of the file, where records are built in place in the shared
// mapping of preallocated space.
//
// Thread rule: view(), end() and durable_end() on any thread; next_seq(), reserve(), append(),
// batches and position() under the caller's writer lock; syncs as documented for each call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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

// The history that a new file lacks.
struct Floor {
  std::uint64_t seq = 0;      // earlier history is gone; 0: none is
  std::uint64_t time_us = 0;  // time of the last record up to seq, in its original log
  bool has_base = false;      // the file begins with a base (log/validity.h), which may be empty
  std::uint64_t created = 0;  // creation time of the database; 0: now
  std::optional<Increment> increment = {};  // the file is an increment after the floor
  bool compressed = false;                  // the base may have compressed values
};
// The floor for a copy of a whole file.
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

// A source of value bytes that are stored directly where the record is built.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  virtual std::uint64_t size() const = 0;
  // Stores all of them at `to`.
  virtual Status store(std::uint8_t* to) const = 0;
};

// A change of one key; or, kClear, of all keys: then `previous` is the CLEAR before it, if any.
struct Change {
  Kind kind = Kind::kSet;
  std::uint8_t type = 1;
  bool starts = true;  // the value begins with this record
  std::string_view key;
  std::string_view value;  // kRef: Reference::encode()
  std::uint64_t expires = 0;
  std::uint64_t raw_size = 0;  // kGap: size of the loss; kRef: size of the value
  Encoding encoding = {};      // of `value`, if that is compressed
  ChainTail previous;          // the key's newest record
  // Its offset if it is unreadable: then the value starts anew, and history leads to that record.
  std::uint64_t broken_previous = 0;
  const ValueSource* source = nullptr;  // used instead of `value`
  bool is_written_out = false;          // has bytes that a REF named (kWrittenOut)

  // The bytes that the record holds, and the bytes that it adds to the value.
  std::uint64_t stored_size() const { return source ? source->size() : value.size(); }
  std::uint64_t length() const {
    if (encoding.codec != Codec::kNone) return encoding.raw_size;
    return kind == Kind::kGap || kind == Kind::kRef ? raw_size : stored_size();
  }
};

// The offsets of an EXTENT and of the body after it.
struct ExtentPlace {
  std::uint64_t extent = 0;
  std::uint64_t body = 0;
};

class Log {
 public:
  // Takes over a file after its recovery scan. Writes nothing yet.
  Log(std::unique_ptr<file::LogFile> file, std::string path, const HeaderPage& page,
      const Id& boot_id);
  // The initial content of a new file.
  static std::string new_file(const Id& db_id, const Id& boot_id, const Floor& floor = {});

  const HeaderPage& page() const { return page_; }
  const Binding& binding() const { return binding_; }
  file::LogFile& file() const { return *file_; }
  // The log is unusable afterwards.
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
  // The recovery scan of this file adds to it.
  ValidityMap& validity() { return validity_; }
  std::uint64_t end() const { return end_.load(std::memory_order_acquire); }
  std::uint64_t last_seq() const { return last_seq_; }  // within a base: the floor
  std::uint16_t epoch() const { return epoch_; }
  std::uint64_t durable_end() const { return durable_end_.load(std::memory_order_acquire); }

  // Takes over the end of a recovery scan: for readers (again at each refresh), and for an open
  // that only looks.
  void adopt(const RecoveryScan& scan);
  // For a writer whose file was closed cleanly.
  void adopt_for_writing(const RecoveryScan& scan);
  // During a recovery scan whose records go to the index: views reach up to `end`.
  void follow(std::uint64_t end) { end_.store(end, std::memory_order_release); }
  // For a writer whose file was not closed cleanly: begins a new epoch, truncates the torn tail,
  // stores again what may not be on the disk, and syncs. The torn bytes must have been saved.
  // Afterwards everything up to end() is durable. If the disk has no space even for that, the first
  // write completes it, and none succeeds before; the log can be read.
  Status recover(const RecoveryScan& scan);

  // kFull: all seqs are used up.
  Result<std::uint64_t> next_seq() const;
  // The largest size of the record of a change.
  static std::uint64_t max_record_size(const Change& change);
  static constexpr std::uint64_t kBatchOverhead = 16;  // bytes beside its records
  // Reserves space for `size` bytes of records, also on the disk. kFull, kIo: nothing changed.
  Status reserve(std::uint64_t size);
  // For a file that is being built: prefaults its pages, as huge pages, while it grows.
  void populate_as_it_grows() { populated_ = pending_end_; }
  // Appends one record, and reserves space for it if necessary. Returns its offset. kFull, kIo:
  // nothing changed. Does not throw once anything has changed. After an error of Change::source the
  // log must not be used any more.
  Result<std::uint64_t> append(const Change& change, std::uint64_t seq, std::uint64_t time_us);

  // Between begin_batch() and finish_batch(), append() builds the members of one batch, two or
  // more: a batch of one is a plain record, so that damage affects its key only. All have one seq
  // and one time. finish_batch() stores the first member's header: from then on recovery and other
  // processes see the batch. kFull: nothing has changed, and no batch is open; that happens even if
  // space for all of them and kBatchOverhead is reserved (LogFile::write_back).
  void begin_batch(std::uint32_t count);
  Status finish_batch();
  // The last record appended in the open batch, which the next one of its key continues.
  const ChainTail& last_of_batch() const { return last_of_batch_; }
  // For a file that no other process knows yet, made with Floor::has_base: ends its base. Records
  // appended from now on must have seqs above the floor; until then any seq up to it.
  Status end_base();
  // Includes the members of an open batch, except the first.
  View pending_view() const { return view().up_to(pending_end_); }

  Position position() const {
    return {pending_end_, last_seq_, prev_key_hash_, !after_batch_, epoch_, after_all_};
  }

  // Derived records, for the index; they have no key and take no seq. Not within a batch. kFull,
  // kIo: nothing changed.
  //
  // append_extent() appends an EXTENT with space for a body of `size` bytes, a multiple of 8. The
  // body is zeros until it is stored with store_body(), in pieces. kFull: the piece is zeros still.
  Result<ExtentPlace> append_extent(std::uint64_t size, std::uint64_t time_us);
  Status store_body(std::uint64_t offset, std::span<const std::uint8_t> piece);
  // Only in a file made with Floor::compressed, as its first record.
  Result<std::uint64_t> append_dictionary(std::string_view bytes, std::uint64_t time_us);
  // Returns the record's offset.
  Result<std::uint64_t> append_checkpoint(std::string_view value, std::uint64_t time_us);
  // Makes further slots name this CHECKPOINT, which must be on the disk. Any thread.
  void name_checkpoint(std::uint64_t offset);
  std::uint64_t checkpoint() const;

  // Whether something stored in [begin, end), or in a slot, can never reach the disk because its
  // page could not be read. Then sync() fails, too.
  bool has_lost_stores(std::uint64_t begin, std::uint64_t end) const;
  // Any thread, one at a time: syncs everything before the position, which must have been taken
  // under the writer lock. kFull: the file system had no space for what it had accepted, and may
  // have dropped it; store_again() must succeed before the next sync.
  Status sync(const Position& position);
  bool must_store_again() const { return must_store_again_.load(std::memory_order_acquire); }
  // Under the writer lock, with the position of the last sync that succeeded: stores everything
  // again that was stored since, if it is still there. kIo: it is not. kFull: to be tried again.
  Status store_again(const Position& synced);
  // Any thread, one at a time, after sync(position): stores the position in a slot. The slot itself
  // is durable after the next sync. kFull: the slots are as before.
  Status store_slot(const Position& position, bool clean);
  // Stores in a slot that the file is open, and since when, as the first write does.
  Status mark_in_use();
  // The last act: truncates the preallocation and notes the clean end, and the time: the
  // machine's, or `known_us` if that is not 0.
  Status close(std::uint64_t known_us = 0);

 private:
  Status grow(std::uint64_t needed);
  void populate(std::uint64_t needed);
  void begin_epoch(std::uint64_t offset);
  Status finish_recovery();
  Status sync_file(std::uint64_t begin, std::uint64_t end);
  Status make_ready(const Change& change, std::uint64_t size);
  Status note_feature(Kind kind);
  Status write_slot(const Position& position, bool clean, std::uint64_t time_us = 0)
      KV_REQUIRES(slot_mutex_);
  Status publish(std::uint64_t begin, std::uint64_t end, std::uint32_t header_crc);
  Status write_back() { return file_->write_back(kHeaderPageSize, UINT64_MAX); }
  void erase(std::uint64_t begin, std::uint64_t end);
  void undo_batch();
  void note_body(std::uint64_t offset);
  Status build(const Change& change, std::uint64_t seq, std::uint64_t time);
  void note_durable(Draft* draft);
  Result<std::uint64_t> append_derived(Draft* draft, std::uint64_t body);

  std::unique_ptr<file::LogFile> file_;  // changed by take_file() only
  const std::string path_;
  HeaderPage page_;  // changed by end_base() only
  const Binding binding_;
  const Id boot_id_;
  ValidityMap validity_;
  const Dictionary dictionary_;

  std::atomic<std::uint64_t> end_{kHeaderPageSize};
  std::atomic<std::uint64_t> durable_end_{kHeaderPageSize};

  // Guarded by the caller's writer lock.
  std::uint64_t pending_end_ = kHeaderPageSize;
  std::uint64_t populated_ = UINT64_MAX;  // pages up to here need no prefault
  std::uint64_t lead_ = 0;                // free space in the file at which it grows
  std::uint64_t last_seq_ = 0;
  std::uint64_t noted_durable_ = kHeaderPageSize;  // the last D stored in a record
  std::uint32_t prev_key_hash_ = 0;
  bool after_batch_ = false;
  bool after_all_ = false;
  bool in_use_ = false;  // a slot says that the file is open
  // The begin of what recover() could not store again: above it nothing is durable. UINT64_MAX:
  // none. Set once, under the writer lock or before.
  std::atomic<std::uint64_t> unrecovered_{UINT64_MAX};
  std::atomic<bool> must_store_again_{false};
  // The first body that was stored since the last sync began; bodies may lie before durable_end_.
  std::atomic<std::uint64_t> unsynced_body_{UINT64_MAX};
  struct OpenBatch {
    std::uint32_t count = 0;  // 0: no batch is open
    std::uint32_t built = 0;
    Position before = {};
    std::uint64_t noted_durable = 0;
  };
  OpenBatch batch_;
  ChainTail last_of_batch_;

  std::uint16_t epoch_ = 1;  // changes only in adopt_for_writing() and recover()

  mutable Mutex slot_mutex_;
  Slot slot_ KV_GUARDED_BY(slot_mutex_);
};

}  // namespace kvstore::log
