// A directory of backups, each named by its database and its time: data-20261126T161500Z.kvs.
//
// Files of other names, and those of other databases, are nobody's business here.
//
// Thread rule: one thread's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/file/descriptor.h"
#include "src/store/backup.h"

namespace kvstore::cli {

class BackupDirectory {
 public:
  // Of the database at `path`, whose db_id it is. Waits while another process is at work in the
  // directory, then removes what killed ones have left there of its names, which none has again.
  // kNotFound: there is no such directory; kSkipped: it was cancelled.
  static Result<BackupDirectory> open(const std::string& directory, const std::string& path);

  struct Kept {
    std::string path;
    std::uint64_t time_us = 0;  // whole seconds
  };
  // Its backups, oldest first. Reads the headers of the files of that name. A name of more than an
  // hour after `now_us` was given while the clock was ahead: how old such a backup is, nothing
  // says, so it is listed apart, and neither counted nor removed.
  struct Found {
    std::vector<Kept> kept, of_future;
  };
  Found backups(std::uint64_t now_us) const;
  // A name that is newer than all of them but those of the future.
  std::string next_name(std::uint64_t now_us) const;
  // Removes all but the newest `count`; returns how many were.
  std::size_t keep_newest(std::size_t count, std::uint64_t now_us) const;

 private:
  BackupDirectory(std::string directory, std::string stem, const BackupInfo& database,
                  file::Descriptor lock)
      : directory_(std::move(directory)),
        stem_(std::move(stem)),
        database_(database),
        lock_(std::move(lock)) {}
  void remove_unfinished() const;
  std::optional<std::uint64_t> time_of(const std::string& name) const;
  bool is_of_database(const std::string& path) const;

  std::string directory_, stem_;
  BackupInfo database_;
  file::Descriptor lock_;
};

}  // namespace kvstore::cli
