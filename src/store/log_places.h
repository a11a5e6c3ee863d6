// Finds the place of a version or a time in the log through the checkpoints, which stand in the log
// at least every 128 MiB and each name the one before.
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

// The CHECKPOINT at an offset; nullopt: it cannot be read.
std::optional<log::Checkpoint> checkpoint_at(const log::View& view, std::uint64_t offset);
// The newest checkpoint that `is_before` accepts, of the chain that begins at `newest`.
std::optional<log::Checkpoint> newest_checkpoint(
    const log::View& view, std::uint64_t newest,
    const std::function<bool(const log::Checkpoint&)>& is_before);
// The end of the newest part of the log that a checkpoint covers and `is_before` accepts. If none
// is accepted, or one of the chain cannot be read: the beginning of the log (after its base).
log::Position place_before(const Generation& generation,
                           const std::function<bool(const log::Checkpoint&)>& is_before);
// A place after which every later seq lies.
log::Position place_of_seq(const Generation& generation, std::uint64_t seq);
// The newest version, in log order, that At{time} means; 0: there was none. The time must not be
// purged.
Result<std::uint64_t> seq_of_time(const Generation& generation, std::uint64_t time_us);

// The error for a place that is not a record; ok if only derived records were lost there.
Status check_bad_place(const log::Scanner::Bad& bad);
// Call it when a scan of all visible records has ended: an error if more was written and is lost.
Status check_end(const Generation& generation);

// Reads all records of a log in order. It skips a damaged place where only derived records were
// lost, and fails at any other.
class LogReader {
 public:
  // Reads from `from` up to the view's limit. `path` is for errors.
  LogReader(const log::View& view, std::string path, const log::Position& from)
      : scanner_(view, from), path_(std::move(path)) {}
  // False at the end. kDamaged. kVersion: a record of a newer program.
  Result<bool> next();
  // Extends the limit after the view has grown.
  void set_limit(std::uint64_t limit) { scanner_.set_limit(limit); }
  const log::Record& record() const { return scanner_.record(); }
  // The offset after the current record.
  std::uint64_t at() const { return scanner_.end(); }

 private:
  log::Scanner scanner_;
  const std::string path_;
};

// The kDamaged error for a needed record that cannot be read.
tl::unexpected<Error> unreadable_record(const std::string& path, std::uint64_t offset);

}  // namespace kvstore
