// Builds a complete new log file under a temporary name beside its final place, and only then gives
// it its name: no process ever sees an incomplete file. Used by repair, salvage, convert, and other
// code that writes a file from records.
//
//   create -> add, add, ... -> close -> publish (a free name) or replace (an old file)
//
// Records keep the given seq and time. prev, total, skip blocks and batches are rebuilt. Memory:
// that of the caller's key index, and the records of one batch.
//
// A file may begin with a base (Floor::has_base): all live keys as of the floor, in key order, and
// then what was written after it:
//
//   create -> add up to the floor, in any order of seqs -> end_base -> add above it -> close
//
// The index can be written to the file through log(): EXTENTs at any time between two records that
// add() has written (flush()), then the CHECKPOINT that names them. close() syncs everything, and
// then names the checkpoint in the slot that says clean. No process reads the file before that, so
// no sync is needed in between:
//
//   KV_TRY(builder.flush());
//   index::RunWriter writer(builder.log().view(), hash_seed, store_piece);
//   ... writer.add(key, entry, [&](std::uint64_t size) {
//         return builder.log().append_extent(size, time_us); });
//   KV_ASSIGN(const Position covered, builder.end_base());
//   ... writer.finish(kHeaderPageSize, covered.end, covered.seq, ...)
//   KV_ASSIGN(const auto offset, builder.log().append_checkpoint(bytes, time_us));
//   builder.log().name_checkpoint(offset);
//
// The clock in the checkpoint of a base must be: record_time is the floor's time, runs is the
// single mark {floor seq + 1, floor time}, and there are no peaks.
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

// A record to write; its views must live until a record with another seq is added, or close().
struct NewRecord {
  Kind kind{};
  std::uint8_t type = 1;
  bool starts = true;  // the value begins with this record; always true for a key's first
  std::string_view key;
  std::string_view value;
  std::uint64_t expires = 0;
  std::uint64_t raw_size = 0;           // kGap, kRef: as in Change
  Encoding encoding = {};               // of `value`, if that is compressed; only in a base
  const ValueSource* source = nullptr;  // used instead of `value`; not in a base
  bool is_written_out = false;
};

// Finds the newest record of each key in the new file. The caller implements it, because the memory
// that this needs depends on the order of the keys.
class NewestRecords {
 public:
  virtual ~NewestRecords() = default;
  // Stores the key's newest record in *newest; false, and an empty record, if there is none.
  // Reserves memory, so that set() cannot fail; throws std::bad_alloc.
  virtual bool find(const View& view, std::string_view key, Record* newest) = 0;
  // Sets the newest record of the key of the last find().
  virtual void set(std::uint64_t offset) = 0;
};

// For callers that add all records of one key, then all of the next, and no key twice in a batch.
class OneKeyAtATime final : public NewestRecords {
 public:
  bool find(const View& view, std::string_view key, Record* newest) override;
  void set(std::uint64_t offset) override { offset_ = offset; }

 private:
  std::uint64_t offset_ = 0;
};

class FileBuilder {
 public:
  // Creates an unfinished file for `path` (file::FileSystem::create_unfinished), locked, with a new
  // file_id. `keys` must outlive the builder. Errors: the file system's. In an increment
  // (Floor::increment) a record that does not start a value continues one that is in another file.
  static Result<std::unique_ptr<FileBuilder>> create(file::FileSystem& files,
                                                     const std::string& path, const Id& db_id,
                                                     const Floor& floor, NewestRecords* keys);

  // Removes the file, unless it got its name.
  ~FileBuilder() = default;

  const std::string& temporary_path() const { return name_.path(); }

  // Seqs must not fall. Consecutive records with the same seq become one batch. In a base, seqs are
  // in any order, from 1 to the floor, and each record is written at once on its own: its views
  // need not live longer, there are no batches, and records of one key with one seq are the pieces
  // of one version. The first record above the floor ends the base. After an error add(), flush()
  // and close() return the same error.
  Status add(const NewRecord& record, std::uint64_t seq, std::uint64_t time_us);
  // Writes the records that add() has kept back; a record with the same seq that is added later is
  // not in their batch.
  Status flush();
  bool in_base() const { return in_base_; }
  // Ends the base, which may be empty, and returns its end, for a checkpoint's `covered`. Call it
  // once, and only if Floor::has_base.
  Result<Position> end_base();
  // The log after what was written: for derived records, views and its position. Changes of keys
  // must go through add().
  Log& log() { return *log_; }
  // After close(): takes the file, open and locked. Afterwards only the naming may follow.
  std::unique_ptr<file::LogFile> take_file() { return log_->take_file(); }
  // The seq of the last record added; in a base the floor.
  std::uint64_t last_seq() const { return group_.empty() ? written_seq_ : group_seq_; }
  // Whether the key's newest record so far is not a deletion.
  bool has(std::string_view key);
  // The key's newest record that was written (flush()); false if there is none.
  bool find_newest(std::string_view key, Record* newest) {
    return keys_->find(log_->pending_view(), key, newest);
  }
  std::uint64_t records() const { return records_; }
  std::uint64_t size() const { return log_->file().size(); }  // after close(): the size of the file

  // Writes what is pending, syncs, and closes properly: the slot says clean, and the time, as by
  // Log::close().
  Status close(std::uint64_t known_us = 0);
  // After close(): gives it its name, with owner and mode of the file `like`. kExists if that is
  // taken.
  Status publish(const std::string& like);
  // After close(): the same, but replaces the old file, which must be locked until then.
  Status replace(const std::string& like);
  // After an error of publish() or replace(): whether only the sync of the directory failed.
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
  file::ProvisionalName name_;  // destroyed before the log, whose lock excludes others
  NewestRecords* const keys_;
  const std::uint64_t floor_seq_;  // of the base; 0: there is no base
  const bool is_increment_;
  bool in_base_;  // the base has not ended yet
  bool has_its_name_ = false;
  std::vector<NewRecord> group_;
  std::uint64_t group_seq_ = 0;
  std::uint64_t group_time_ = 0;
  std::uint64_t written_seq_;
  std::uint64_t last_clear_ = 0;  // offset
  std::uint64_t records_ = 0;
  std::optional<Error> failure_;  // of a write: the file is unusable then
};

}  // namespace kvstore::log
