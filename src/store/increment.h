// An increment: the versions of a database after a given one, in a file of their own (FORMAT.md,
// "Increments").
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/log/file_builder.h"
#include "src/store/file_copy.h"
#include "src/store/log_source.h"
#include "src/store/written_out.h"

namespace kvstore {

// A finished increment, open for reading.
class IncrementFile {
 public:
  // kFormat: the file is not an increment. kDamaged: it was not closed cleanly, or its end is
  // damaged.
  static Result<std::unique_ptr<IncrementFile>> open(file::FileSystem& files,
                                                     const std::string& path);
  const std::string& path() const { return source_.path; }
  // The log with all of its records, which are above the floor.
  const LogSource& source() const { return source_; }
  const log::Increment& increment() const { return page_.header.increment; }
  std::uint64_t since_seq() const { return page_.header.floor_seq; }
  std::uint64_t since_time() const { return page_.header.floor_time; }
  // The highest time known when it was made.
  std::uint64_t known_us() const { return page_.slot.time; }
  std::uint64_t size() const { return file_->size(); }

 private:
  IncrementFile(std::unique_ptr<file::LogFile> file, const log::HeaderPage& page,
                const std::string& path);
  const std::unique_ptr<file::LogFile> file_;
  const log::HeaderPage page_;
  const log::Binding binding_;
  const log::ValidityMap validity_;
  const LogSource source_;
};

// kConflict if, by its header, the increment does not continue the log that ends at `end`. The
// content of that log is not read.
Status check_follows(const IncrementFile& increment, const LogSource& end);
// The same, and checks that `copy` ends with the same content as the log that the increment was
// made from.
Status check_continues(const IncrementFile& increment, const LogSource& copy);

// Makes an increment of a log: call since() or since_file(), then write().
class IncrementWriter {
 public:
  // `from` must stay readable.
  IncrementWriter(file::FileSystem& files, LogSource from, std::string out, CopyProgress* progress)
      : files_(files), from_(std::move(from)), out_(std::move(out)), progress_(*progress) {}

  // kPurged: the history after the seq is gone. kConflict: there is no such version.
  Status since(std::uint64_t seq);
  // Begins after the end of this backup or increment. kConflict: that is not part of the log's
  // history.
  Status since_file(const std::string& path);
  // kCorrupt: what a version refers to cannot be read.
  Status write(std::uint64_t known_us);

  std::uint64_t since_seq() const { return floor_.seq; }
  std::uint64_t records() const { return builder_ ? builder_->records() : 0; }
  std::uint64_t size() const { return size_; }

 private:
  Status since_source(const LogSource& past);
  Status add_all();
  Status add_group();
  Status write_out(const log::Record& record, WrittenOut* bytes);
  Status verify();

  file::FileSystem& files_;
  const LogSource from_;
  const std::string out_;
  CopyProgress& progress_;
  log::Floor floor_;
  log::Position begin_;  // begin of these versions in the log
  std::unique_ptr<log::NewestRecords> keys_;
  std::unique_ptr<log::FileBuilder> builder_;
  std::vector<log::Record> group_;  // the records of one version
  std::uint64_t size_ = 0;
};

}  // namespace kvstore
