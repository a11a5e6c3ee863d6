// One backup of a store (backup.h): a copy of the file as of a moment, or the versions since one.
//
// The run keeps its generation alive, so neither a compaction's swap nor a reader's reload of the
// file matters. It copies a little of what the writer appends meanwhile, so that the copy ends with
// the writer's newest checkpoint, whose index is complete: the writer may free the extents that an
// older checkpoint names.
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
  // The log's end, and the state known there.
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
