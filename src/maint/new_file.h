// A file made in full under a temporary name beside where it will be, and only
// then given its own: nobody ever sees half of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/file/file_system.h"
#include "src/index/memtable.h"
#include "src/log/log.h"

namespace kvstore::maint {

// One record to be written; views must live until flush().
struct NewRecord {
  log::Kind kind{};
  std::uint8_t type = 1;
  bool starts = true;
  std::string_view key;
  std::string_view value;
  std::uint64_t expires = 0;
  std::uint64_t lost_size = 0;  // kGap
};

class NewFile {
 public:
  // Creates an unfinished file of `path` (src/file/unfinished.h), locked, readable
  // by the owner only, and removes those of killed processes. The directory must be
  // writable.
  static Result<std::unique_ptr<NewFile>> create(file::FileSystem& files, const std::string& path,
                                                 const log::Id& db_id, std::uint64_t floor_seq);
  ~NewFile();  // removes the temporary file, unless it was published

  const std::string& temporary_path() const { return temporary_; }

  // Records added with the same seq one after another become one batch.
  Status add(const NewRecord& record, std::uint64_t seq, std::uint64_t time_us);
  std::uint64_t last_seq() const { return group_.empty() ? written_seq_ : group_seq_; }
  // Whether the key's newest record so far is there and not a deletion.
  bool has(std::string_view key);
  std::uint64_t records() const { return records_; }

  // Writes what is pending, syncs, and closes properly.
  Status close();
  // After close(): gives it its name. kExists if that is taken.
  Status publish();
  // After close(): the temporary name has been renamed by the caller.
  void release() { temporary_.clear(); }

 private:
  NewFile(std::unique_ptr<log::Log> log, std::string path, std::string temporary);
  Status flush();
  Status write_one(const NewRecord& record, bool in_batch, bool first);
  index::Memtable::Place locate(std::string_view key, log::Record* newest);

  std::unique_ptr<log::Log> log_;
  const std::string path_;
  std::string temporary_;
  const std::uint64_t hash_seed_;  // chosen keys must not share a slot
  index::Memtable newest_;
  std::vector<NewRecord> group_;
  std::uint64_t group_seq_ = 0;
  std::uint64_t group_time_ = 0;
  std::uint64_t written_seq_ = 0;
  std::uint64_t records_ = 0;
};

Status sync_directory_of(const std::string& path);
// Best effort: only root may give files away.
void copy_owner_and_mode(const std::string& from, const std::string& to);

}  // namespace kvstore::maint
