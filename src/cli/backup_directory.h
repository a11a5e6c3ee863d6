// A directory of backups, each named after its database and its time: data-20261126T161500Z.kvs.
//
// Files with other names, and those of other databases, are ignored.
//
// Thread rule: one thread.
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
  // Opens it for the database at `path`, from which db_id is taken. Waits while another process
  // uses the directory, then removes unfinished files of killed processes with its names.
  // kNotFound: there is no such directory. kSkipped: cancelled.
  static Result<BackupDirectory> open(const std::string& directory, const std::string& path);

  struct Kept {
    std::string path;
    std::uint64_t time_us = 0;  // whole seconds
  };
  // The database's backups, oldest first. Reads the headers of files with matching names. A name of
  // more than an hour after `now_us` was given while the clock was ahead: the age of such a backup
  // is unknown, so it is in of_future, and is neither counted nor removed.
  struct Found {
    std::vector<Kept> kept, of_future;
  };
  Found backups(std::uint64_t now_us) const;
  // A name that is newer than those of all backups except the ones in of_future.
  std::string next_name(std::uint64_t now_us) const;
  // Removes all but the newest `count`; returns how many were removed.
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
