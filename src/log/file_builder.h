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
  std::uint64_t lost_size = 0;  // kGap
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
  // has a new file_id. `keys` must outlive the builder. Errors: the file system's.
  static Result<std::unique_ptr<FileBuilder>> create(file::FileSystem& files,
                                                     const std::string& path, const Id& db_id,
                                                     std::uint64_t floor_seq, NewestRecords* keys);

  // Removes the file, unless it has got its name.
  ~FileBuilder() = default;

  const std::string& temporary_path() const { return name_.path(); }

  // Seqs never fall. After an error add() and close() answer the same. Records added with the same seq one after another become one batch.
  Status add(const NewRecord& record, std::uint64_t seq, std::uint64_t time_us);
  std::uint64_t last_seq() const { return group_.empty() ? written_seq_ : group_seq_; }
  // Whether the key's newest record so far is there and not a deletion.
  bool has(std::string_view key);
  std::uint64_t records() const { return records_; }
  std::uint64_t size() const { return log_->file().size(); }  // after close(): the file's

  // Writes what is pending, syncs, and closes properly: the slot says clean.
  Status close();
  // After close(): gives it its name, with owner and mode of the file `like`. kExists if that is
  // taken.
  Status publish(const std::string& like);
  // After close(): the same, onto the old file. It is locked while it gets the name.
  Status replace(const std::string& like);
  // After publish() or replace() failed: whether only the sync of the directory did.
  bool has_its_name() const { return has_its_name_; }

 private:
  FileBuilder(file::FileSystem& files, std::string path, file::ProvisionalName name,
              std::unique_ptr<Log> log, NewestRecords* keys);
  Status flush();
  Status write_group();
  Status write_one(const NewRecord& record, bool in_batch, bool first);
  void note_name();

  file::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<Log> log_;
  file::ProvisionalName name_;  // destroyed before the log, whose lock keeps others away
  NewestRecords* const keys_;
  bool has_its_name_ = false;
  std::vector<NewRecord> group_;
  std::uint64_t group_seq_ = 0;
  std::uint64_t group_time_ = 0;
  std::uint64_t written_seq_ = 0;
  std::uint64_t records_ = 0;
  std::optional<Error> failure_;  // of a write: the file is of no use then
};

}  // namespace kvstore::log
