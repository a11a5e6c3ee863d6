// One backup of a store (backup.h): a copy of the file as of a moment, or the versions since one.
//
// The generation is held, so that neither a compaction's swap nor a reader's reload of the file
// matters. A writer that goes on is followed a little, so that the copy ends with its newest
// checkpoint, whose index is whole: what an older one names the writer may give back meanwhile.
//
// Thread rule: run() on one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/store/backup.h"
#include "src/store/core.h"
#include "src/store/file_copy.h"
#include "src/store/increment.h"
#include "src/store/log_source.h"

namespace kvstore {

class BackupRun {
 public:
  BackupRun(Core& core, std::string out, const BackupOptions& options)
      : core_(core),
        out_(std::move(out)),
        options_(options),
        progress_(options.rate, options_.on_progress) {}

  Result<BackupReport> run();

 private:
  // Where the log ends, and what was known there.
  struct Moment {
    log::Position position;
    std::uint64_t checkpoint = 0;
    std::uint64_t time_us = 0;
  };

  Result<BackupReport> whole();
  Result<BackupReport> increment();
  Status begin();
  Status check_source() const;
  Status sync_source();
  void take_moment();
  Status follow(FileCopy* copy);
  Status verify(FileCopy* copy);
  Status judge(const CheckedCopy& checked);
  Status mend_index(FileCopy* copy, const CheckedCopy& checked);
  Result<CheckedCopy> close_and_check(FileCopy* copy, std::uint64_t checkpoint);
  LogSource log_source() const;
  std::uint64_t bytes_to_copy() const;
  std::uint64_t known_us() const { return source_->clock().slot_time(moment_.position.seq); }

  Core& core_;
  const std::string out_;
  const BackupOptions options_;
  CopyProgress progress_;
  std::shared_ptr<Generation> source_;
  Moment moment_;
  BackupReport report_;
};

}  // namespace kvstore
