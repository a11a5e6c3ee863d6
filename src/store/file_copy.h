// A copy of a database's file up to an offset of its log, under a provisional name: the bytes of
// the log, and a header page that marks the file as closed cleanly there. A new epoch begins there,
// so records written to the copy are never mistaken for records of the original.
//
//   make -> copy ... -> close -> check -> publish
//
// Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "src/base/status.h"
#include "src/file/file_system.h"
#include "src/log/header_page.h"
#include "src/log/position.h"
#include "src/store/backup.h"
#include "src/store/copy_check.h"
#include "src/store/generation.h"
#include "src/store/pacer.h"

namespace kvstore {

// kExists: a file of that name exists; it may be `source` itself.
Status check_target(file::FileSystem& files, const std::string& out, const std::string& source);
// kFull: less than `needed` bytes are free there.
Status check_free(const file::FileSystem& files, const std::string& out, std::uint64_t needed);

// The progress of work on one file; limits its rate and can be cancelled.
class CopyProgress {
 public:
  CopyProgress(std::uint64_t rate, const BackupProgress& tell)
      : pacer_(rate, never_), tell_(tell) {}
  void expect(std::uint64_t total) { total_ = total; }
  // Adds copied bytes. kSkipped: cancelled.
  Status note(std::uint64_t bytes);
  void note_checked(std::uint64_t offset);
  Pacer& pacer() { return pacer_; }

 private:
  static inline const std::atomic<bool> never_{false};
  Pacer pacer_;
  const BackupProgress& tell_;
  std::uint64_t total_ = 0, done_ = 0, checked_ = 0;
};

class FileCopy {
 public:
  // Copies the file of `source`, whose header page must be good. Both arguments must outlive this.
  static Result<FileCopy> make(const Generation& source, const std::string& out,
                               CopyProgress* progress);

  bool can_share_blocks() const { return shares_blocks_; }
  // Copies the log's bytes up to `end`, from the end of the last call on. `from` is the same file,
  // perhaps opened again.
  Status copy(const file::LogFile& from, std::uint64_t end);
  std::uint64_t copied() const { return copied_; }
  // Copies the bytes of a segment of the index once more.
  Status copy_again(const file::LogFile& from, const log::SegmentPlace& segment);
  // All is there: the file ends at the position. `checkpoint`: 0 for none.
  Status close(const Generation& source, const log::Position& end, std::uint64_t checkpoint,
               std::uint64_t known_us);
  // After close(): the page, and what all of it looks like that is on the disk.
  Result<log::HeaderPage> page() const;
  Result<CheckedCopy> check(const file::LogFile& source);
  // After check().
  Status publish();
  const file::LogFile& file() const { return *file_.file; }
  // After close(): hands over the file for writing. The name stays with this object.
  std::unique_ptr<file::LogFile> take_file() { return std::move(file_.file); }
  file::ProvisionalName& name() { return file_.name; }

 private:
  FileCopy(const Generation& source, std::string out, file::UnfinishedFile file,
           const log::FileHeader& header, CopyProgress* progress);

  file::FileSystem& files_;
  const std::string from_path_, out_;
  const log::FileHeader header_;
  CopyProgress& progress_;
  file::UnfinishedFile file_;
  std::uint64_t copied_ = log::kHeaderPageSize;
  std::uint64_t counter_ = 0;  // counter of its slots
  bool shares_blocks_ = false;
};

// Gives the file its name. The error says so if only the sync of the directory failed.
Status publish_copy(file::FileSystem& files, file::ProvisionalName& name, const std::string& out,
                    const std::string& like);

}  // namespace kvstore
