// Where in the log a version, or a time, is: found from the checkpoints, which stand in the log
// every 128 MiB at least and each know the one before.
//
// Thread rule: pure functions of an immutable stretch of log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "src/base/status.h"
#include "src/log/checkpoint.h"
#include "src/log/position.h"
#include "src/log/scanner.h"
#include "src/log/view.h"
#include "src/store/generation.h"

namespace kvstore {

// The CHECKPOINT at an offset; nullopt: none can be read there.
std::optional<log::Checkpoint> checkpoint_at(const log::View& view, std::uint64_t offset);
// The newest that `is_before` accepts, of the chain whose newest one is at that offset.
std::optional<log::Checkpoint> newest_checkpoint(
    const log::View& view, std::uint64_t newest,
    const std::function<bool(const log::Checkpoint&)>& is_before);
// The end of the newest part of the log that a checkpoint knows and `is_before` accepts; where none
// is accepted, or one of the chain cannot be read, the log's beginning (behind its base).
log::Position place_before(const Generation& generation,
                           const std::function<bool(const log::Checkpoint&)>& is_before);
// From there on every later seq is.
log::Position place_of_seq(const Generation& generation, std::uint64_t seq);
// The newest version, in the order of the log, that At{time} means; 0: there was none. Not for a
// time that is purged.
Result<std::uint64_t> seq_of_time(const Generation& generation, std::uint64_t time_us);

// What the scanner found that is no record: an error, unless nothing but derived records was lost.
Status check_bad_place(const log::Scanner::Bad& bad);
// Where a scan of all that shows has come to its end: an error if more was written, and is lost.
Status check_end(const Generation& generation);

// The records of a log in order, for who needs each that a key had: a place is passed over where
// nothing but derived records was lost.
class LogReader {
 public:
  // From there on, up to the view's limit. The path is for errors.
  LogReader(const log::View& view, std::string path, const log::Position& from)
      : scanner_(view, from), path_(std::move(path)) {}
  // False: there is no more. kDamaged; kVersion: a newer program's record.
  Result<bool> next();
  // The view has grown.
  void set_limit(std::uint64_t limit) { scanner_.set_limit(limit); }
  const log::Record& record() const { return scanner_.record(); }
  // Where it has come to, behind the record.
  std::uint64_t at() const { return scanner_.end(); }

 private:
  log::Scanner scanner_;
  const std::string path_;
};

// kDamaged, of a record that is needed and cannot be read.
tl::unexpected<Error> unreadable_record(const std::string& path, std::uint64_t offset);

}  // namespace kvstore
