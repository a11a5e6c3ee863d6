// A new log file, made in full under a temporary name beside where it will be, and only
// then given its own: nobody ever sees half of it. Repair, salvage and convert write
// their copies with it; so can whatever writes a file from records.
//
//   create -> add, add, ... -> close -> publish (a free name) or replace (an old file)
//
// Records keep the seq and time they are given. prev, total, skip blocks and batches are
// built anew. Memory: what the index of keys takes that the user brings, and the records
// of one batch.
//
// A file may begin with a base (Floor::has_base): all live keys as of the floor, in the
// order of the keys, then what was written after it:
//
//   create -> add up to the floor, in any order of seqs -> end_base -> add above it -> close
//
// Its index can be put into it, too, through log(): EXTENTs at any time between two records,
// which add() must have written (flush()), then the CHECKPOINT that names them. close() syncs
// all of it and then names the checkpoint in the slot that says clean; nobody reads the file
// before, so nothing needs a sync in between:
//
//   KV_TRY(builder.flush());
//   index::RunWriter writer(builder.log().view(), hash_seed, builder.log().file().data());
//   ... writer.add(key, entry, [&](std::uint64_t size) {
//         return builder.log().append_extent(size, time_us); });
//   KV_ASSIGN(const Position covered, builder.end_base());
//   ... writer.finish(kHeaderPageSize, covered.end, covered.seq, ...)
//   KV_ASSIGN(const auto offset, builder.log().append_checkpoint(bytes, time_us));
//   builder.log().name_checkpoint(offset);
//
// What the checkpoint's clock must say of a base: record_time is the floor's time, runs are
// one mark {floor seq + 1, floor time}, and there are no peaks.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/file/file_system.h"
#include "src/log/log.h"

namespace kvstore::log {

// One record to be written; views must live until a record of another seq is added, or close().
struct NewRecord {
  Kind kind{};
  std::uint8_t type = 1;
  bool starts = true;  // the value starts anew; always so for a key's first
  std::string_view key;
  std::string_view value;
  std::uint64_t expires = 0;
  std::uint64_t raw_size = 0;           // kGap, kRef: as of Change
  Encoding encoding = {};               // of `value`, if that is compressed; in a base only
  const ValueSource* source = nullptr;  // instead of `value`; not in a base
  bool is_written_out = false;
};

// Which record of the new file is each key's newest. How to find it, and in how much
// memory, is the business of who knows in which order keys come.
class NewestRecords {
 public:
  virtual ~NewestRecords() = default;
  // The key's newest record into *newest; false, and an empty one, if it has none. Makes
  // room for it, so that set() cannot fail; throws std::bad_alloc.
  virtual bool find(const View& view, std::string_view key, Record* newest) = 0;
  // Of the key that find() was called for last.
  virtual void set(std::uint64_t offset) = 0;
};

// For who adds all records of one key, then all of the next, and puts no key twice into a batch.
class OneKeyAtATime final : public NewestRecords {
 public:
  bool find(const View& view, std::string_view key, Record* newest) override;
  void set(std::uint64_t offset) override { offset_ = offset; }

 private:
  std::uint64_t offset_ = 0;
};

class FileBuilder {
 public:
  // Creates an unfinished file of `path` (file::FileSystem::create_unfinished), locked. It
  // has a new file_id. `keys` must outlive the builder. Errors: the file system's. In an increment
  // (Floor::increment) what does not start a value goes on with one that stands elsewhere.
  static Result<std::unique_ptr<FileBuilder>> create(file::FileSystem& files,
                                                     const std::string& path, const Id& db_id,
                                                     const Floor& floor, NewestRecords* keys);

  // Removes the file, unless it has got its name.
  ~FileBuilder() = default;

  const std::string& temporary_path() const { return name_.path(); }

  // Seqs never fall, and records added with the same seq one after another become one batch.
  // In a base seqs are in no order, all from 1 up to the floor, and what is added is written at
  // once, each record by itself: its views need not live longer, nothing becomes a batch, and
  // records of one key with one seq are the pieces of one version. The first record above the
  // floor ends the base. After an error add(), flush() and close() answer the same.
  Status add(const NewRecord& record, std::uint64_t seq, std::uint64_t time_us);
  // Writes what add() keeps back; a record of the same seq that is added later is of no batch
  // with it.
  Status flush();
  bool in_base() const { return in_base_; }
  // The base is whole, be it empty: where it ends, for a checkpoint's `covered`. Once; the file
  // has one, by Floor::has_base.
  Result<Position> end_base();
  // The log behind what was written. For derived records, views, and its position; what
  // changes keys goes through add().
  Log& log() { return *log_; }
  // After close(): the file, open and locked as it is. Of the builder then only the naming of it
  // may follow.
  std::unique_ptr<file::LogFile> take_file() { return log_->take_file(); }
  // Of what was added last; in a base the floor.
  std::uint64_t last_seq() const { return group_.empty() ? written_seq_ : group_seq_; }
  // Whether the key's newest record so far is there and not a deletion.
  bool has(std::string_view key);
  // The key's newest record that is written (flush()); false if there is none.
  bool find_newest(std::string_view key, Record* newest) {
    return keys_->find(log_->pending_view(), key, newest);
  }
  std::uint64_t records() const { return records_; }
  std::uint64_t size() const { return log_->file().size(); }  // after close(): the file's

  // Writes what is pending, syncs, and closes properly: the slot says clean, and the time, as by
  // Log::close().
  Status close(std::uint64_t known_us = 0);
  // After close(): gives it its name, with owner and mode of the file `like`. kExists if that is
  // taken.
  Status publish(const std::string& like);
  // After close(): the same, onto the old file. It is locked while it gets the name.
  Status replace(const std::string& like);
  // After publish() or replace() failed: whether only the sync of the directory did.
  bool has_its_name() const { return has_its_name_; }

 private:
  FileBuilder(file::FileSystem& files, std::string path, file::ProvisionalName name,
              std::unique_ptr<Log> log, NewestRecords* keys, const Floor& floor);
  Status write_group();
  Status write_clear(bool opens_batch);
  Status write_one(const NewRecord& record, bool in_batch, bool first);

  file::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<Log> log_;
  file::ProvisionalName name_;  // destroyed before the log, whose lock keeps others away
  NewestRecords* const keys_;
  const std::uint64_t floor_seq_;  // of the base; 0: there is none
  const bool is_increment_;
  bool in_base_;  // it has not ended yet
  bool has_its_name_ = false;
  std::vector<NewRecord> group_;
  std::uint64_t group_seq_ = 0;
  std::uint64_t group_time_ = 0;
  std::uint64_t written_seq_;
  std::uint64_t last_clear_ = 0;  // offset
  std::uint64_t records_ = 0;
  std::optional<Error> failure_;  // of a write: the file is of no use then
};

}  // namespace kvstore::log
