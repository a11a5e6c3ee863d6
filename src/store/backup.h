// Backups of a store, and the restore of a store from backups.
//
// A whole backup (Store::backup) is a copy of the file as of one moment, and is itself a database.
// An increment holds the versions after a seq, and is applied to a copy that ends with that seq. A
// rolling hash of the earlier versions proves that the increment continues that copy. The hash
// guards against mistakes only: it is not a signature and does not stop a forger. restore() makes a
// database from a whole backup and increments, as of any moment that they cover.
//
// A new file gets its name once it is complete, on the disk and verified. After an error or a crash
// no file of that name exists. A crash may leave an unfinished file beside it, which the next
// backup or restore in that directory removes. An existing file is never replaced.
//
// Errors of all calls: kExists: the name is taken. kFull: not enough free space, found before or
// during the copy. kSkipped: cancelled (base/cancel.h). kDamaged: the source is damaged; the
// message names place and key. kFormat: a file is not of the expected kind. kConflict: an increment
// does not continue the copy. kPurged: the requested history is gone. kNumber: the version does not
// exist. kIo, kMemory, kPermission, kNotFound.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// Called with the bytes done and the total (as far as it is known), on the calling thread.
using BackupProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct BackupOptions {
  std::uint64_t rate = 0;  // limit for bytes copied or read back per second; 0: no limit
  BackupProgress on_progress = {};
  // Makes an increment: the versions after this seq, or after the end of the given whole backup or
  // increment. It is checked that that file is part of this store's history.
  std::optional<std::uint64_t> since_seq = {};
  std::string since_file = {};
  // Copies a damaged file too, with its damage. Damage to the header page or to the log's end is an
  // error nonetheless.
  bool damaged = false;
};

struct BackupReport {
  bool is_increment = false;
  std::uint64_t since_seq = 0;  // increments: the file holds the versions after this one
  std::uint64_t seq = 0;        // the newest version in it
  std::uint64_t time_us = 0;    // time of that version
  std::uint64_t size = 0;       // bytes of the file
  std::uint64_t writes = 0;     // increments: number of records
  std::uint64_t elapsed_us = 0;
  bool shares_blocks = false;        // the file shares disk blocks with its source
  std::uint64_t damaged_places = 0;  // damaged places, which are damaged in the source too
  std::string damage;                // describes the first of them
};

struct RestoreOptions {
  std::string backup;                   // a whole backup, or any database
  std::vector<std::string> increments;  // increments that continue it, in order
  // Restores the state as of this moment and leaves out later writes. kNumber: the seq is not in
  // the files, or the time is before all writes. A time after the last write means the last write.
  // Default: everything.
  At until = {};
  std::uint64_t rate = 0;
  BackupProgress on_progress = {};
  file::FileSystem* file_system = nullptr;  // null: the operating system's
};

struct RestoreReport {
  std::uint64_t seq = 0;      // the newest version
  std::uint64_t time_us = 0;  // time of that version
  std::uint64_t keys = 0;     // number of live keys
  std::uint64_t writes = 0;   // records taken from increments
  std::uint64_t size = 0;
  std::uint64_t elapsed_us = 0;
};

// Makes the database `out`, which is independent of its sources from then on.
Result<RestoreReport> restore(const std::string& out, const RestoreOptions& options);

// The contents of a backup's header; the rest of the file is not read.
struct BackupInfo {
  std::array<std::uint8_t, 16> db_id{};  // the same in all copies of a database
  bool is_increment = false;
  std::uint64_t since_seq = 0;  // increments: the file holds the versions after this one
  std::uint64_t seq = 0;        // the newest version, if the file was closed cleanly
};
Result<BackupInfo> backup_info(const std::string& path, file::FileSystem* file_system = nullptr);

}  // namespace kvstore
