// Backups of a store, and a store made of backups.
//
// A whole backup (Store::backup) is a copy of the file as of one moment, and a database itself. An
// increment has the versions after a seq, and is put onto a copy that ends with that one; a rolling
// hash of the versions before proves that it continues that copy (by mistake nothing else passes;
// it is no signature, and stops no forger). restore() makes a database of a
// whole backup and increments, as of any moment that they have.
//
// Whatever is made gets its name when it is whole, on the disk and verified; with an error, or a
// crash, there is nothing of the name (after a crash perhaps an unfinished file beside it, which
// the next one that is made there removes). Nothing is ever replaced.
//
// Errors of all: kExists: something has the name already; kFull: no room, found before or
// meanwhile; kSkipped: it was cancelled (base/cancel.h); kDamaged: what is copied is damaged, with
// place and key; kFormat: a file is not what it is taken for; kConflict: an increment or a copy
// does not fit; kPurged: history that is asked for is gone; kNumber: a version never was; kIo, kMemory, kPermission, kNotFound.
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

// Bytes done, and how many there are to do, as far as is known. On the calling thread.
using BackupProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct BackupOptions {
  std::uint64_t rate = 0;  // bytes copied, or read back, a second, at most; 0: no limit
  BackupProgress on_progress = {};
  // An increment: the versions after this seq, or after the end of that whole backup or increment,
  // which is checked to be a part of this store's past.
  std::optional<std::uint64_t> since_seq = {};
  std::string since_file = {};
  // A damaged file is copied, too, with its damage. Not one whose header page, or whose end, is.
  bool damaged = false;
};

struct BackupReport {
  bool is_increment = false;
  std::uint64_t since_seq = 0;  // an increment's: it has the versions after this one
  std::uint64_t seq = 0;        // the newest version in it
  std::uint64_t time_us = 0;    // of that
  std::uint64_t size = 0;       // bytes of the file
  std::uint64_t writes = 0;     // an increment's: records
  std::uint64_t elapsed_us = 0;
  bool shares_blocks = false;        // with the file that it is of
  std::uint64_t damaged_places = 0;  // that are damaged in the source, too
  std::string damage;                // the first of them, in words
};

struct RestoreOptions {
  std::string backup;                   // a whole one, or any database
  std::vector<std::string> increments;  // that continue it, in order
  // As of then: what was written later is left out. A seq that they do not have is refused
  // (kNumber), and a time before all writes; one behind the last write is the last write's. Default:
  // all.
  At until = {};
  std::uint64_t rate = 0;
  BackupProgress on_progress = {};
  file::FileSystem* file_system = nullptr;  // null: the operating system's
};

struct RestoreReport {
  std::uint64_t seq = 0;      // the newest version
  std::uint64_t time_us = 0;  // of that
  std::uint64_t keys = 0;     // live ones
  std::uint64_t writes = 0;   // taken from increments
  std::uint64_t size = 0;
  std::uint64_t elapsed_us = 0;
};

// Makes `out`, a database that goes on from there by itself.
Result<RestoreReport> restore(const std::string& out, const RestoreOptions& options);

// What a backup's header says, without reading the rest.
struct BackupInfo {
  std::array<std::uint8_t, 16> db_id{};  // the same in all copies of a database
  bool is_increment = false;
  std::uint64_t since_seq = 0;  // an increment's
  std::uint64_t seq = 0;        // the newest version, if it was closed properly
};
Result<BackupInfo> backup_info(const std::string& path, file::FileSystem* file_system = nullptr);

}  // namespace kvstore
