#include "src/store/restore_run.h"

#include <algorithm>
#include <new>

#include <fmt/core.h>

#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/index/index_file.h"
#include "src/store/log_places.h"
#include "src/store/read_view.h"
#include "src/store/tail_copy.h"

namespace kvstore {
namespace {

Options reading(file::FileSystem& files) {
  Options options;
  options.read_only = true;
  options.file_system = &files;
  return options;
}

Options writing(file::FileSystem& files) {
  Options options;
  options.sync = SyncPolicy::none();
  options.file_system = &files;
  return options;
}

// An increment cannot be repaired: only the database it was made from has what it lost.
Error of_increment(const IncrementFile& increment, Error error) {
  if (error.code != Code::kDamaged) return error;
  const std::uint64_t since = increment.since_seq(), whole = whole_until(increment.source());
  error.hint = fmt::format(
      "make it again: kvstore backup --since {} FILE NEW; or restore {}", since,
      whole > since ? fmt::format("--until {}, where it is whole", whole) : "without it");
  return error;
}

}  // namespace

RestoreRun::RestoreRun(std::string out, const RestoreOptions& options)
    : out_(std::move(out)),
      options_(options),
      files_(options.file_system ? *options.file_system : file::system_files()),
      progress_(options.rate, options_.on_progress) {}

Result<RestoreReport> RestoreRun::run() try {
  const std::uint64_t began = now_us();
  KV_TRY(check_target(files_, out_, options_.backup));
  KV_TRY(open_backup());
  KV_TRY(open_increments());
  KV_TRY(plan());
  KV_TRY(copy());
  KV_TRY(apply());
  KV_ASSIGN(RestoreReport report, finish());
  report.elapsed_us = now_us() - began;
  return report;
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");  // short: needs none
}

// --- Opening.

Status RestoreRun::open_backup() {
  KV_ASSIGN(backup_, Generation::open(options_.backup, reading(files_), false, epochs_));
  const OpenReport found = backup_->report();
  if (found.how == OpenReport::How::kDamaged) {
    return fail(Code::kDamaged,
                fmt::format("{} is damaged: offset {}: {}", backup_->path(),
                            found.damage.front().begin, found.damage.front().reason),
                fmt::format("another backup; or kvstore verify --repair {}, and restore that",
                            backup_->path()));
  }
  const log::Log& log = backup_->log();
  source_ = LogSource::of(*backup_, log.end(), log.last_seq(), log.checkpoint());
  last_ = source_->last_seq;
  known_us_ = backup_->clock().slot_time(last_);
  return {};
}

// Compares their headers now; their content is compared when they are applied to the copy.
Status RestoreRun::open_increments() {
  LogSource end = *source_;
  for (const std::string& path : options_.increments) {
    KV_ASSIGN(auto increment, IncrementFile::open(files_, path));
    KV_TRY(check_follows(*increment, end));
    last_ = increment->increment().until_seq;
    end.path = path;
    end.last_seq = last_;
    increments_.push_back(std::move(increment));
  }
  return {};
}

// --- Planning.

Status RestoreRun::plan() {
  if (options_.until.seq) return plan_seq(*options_.until.seq);
  if (options_.until.time_us) return plan_time(*options_.until.time_us);
  return {};
}

tl::unexpected<Error> RestoreRun::not_there(const std::string& what) const {
  return fail(Code::kNumber,
              fmt::format("{} is not in these files: they have versions {} to {}", what,
                          source_->floor_seq, last_),
              increments_.empty() && source_->last_seq == last_
                  ? "--until a version among them, or name the increments that follow"
                  : "--until a version among them");
}

Status RestoreRun::plan_seq(std::uint64_t seq) {
  if (seq > last_) return not_there(fmt::format("version {}", seq));
  KV_TRY(ReadView(*backup_).check_floor(At{.seq = seq, .time_us = {}}));
  until_ = seq;
  return {};
}

// As AT a time: the clock of the whole log tells which run of rising times counts.
Status RestoreRun::plan_time(std::uint64_t time_us) {
  StoreClock& clock = backup_->clock();
  for (const auto& increment : increments_) {
    const LogSource& source = increment->source();
    LogReader reader(source.view, source.path, {});
    while (true) {
      auto is_there = reader.next();
      if (!is_there) return fail(of_increment(*increment, std::move(is_there.error())));
      if (!*is_there) break;
      const log::Record& record = reader.record();
      if (record.takes_seq()) clock.replay(record.seq, record.time);
    }
  }
  KV_TRY(ReadView(*backup_).check_floor(At{.seq = {}, .time_us = time_us}));
  const auto version = clock.version_at(time_us);
  if (!version)
    return not_there("what was before the first write, at " + iso_seconds(time_us) + ",");
  KV_ASSIGN(until_, last_until(version->first_seq, time_us));
  return {};
}

// The records that belong to it are the beginning of the log.
Result<std::uint64_t> RestoreRun::last_until(std::uint64_t first_seq, std::uint64_t time_us) const {
  const auto belongs = [&](std::uint64_t seq, std::uint64_t time) {
    return seq < first_seq || time <= time_us;
  };
  KV_ASSIGN(const LogPlace in_backup, find_place(*source_, belongs));
  std::uint64_t last = in_backup.position.seq;
  for (const auto& increment : increments_) {
    if (last != increment->since_seq()) break;  // the previous one ended earlier
    KV_ASSIGN(const LogPlace place, find_place(increment->source(), belongs));
    last = std::max(last, place.position.seq);
  }
  return last;
}

// --- The whole backup.

Status RestoreRun::copy() {
  log::Position end = backup_->log().position();
  const bool is_whole = until_ >= source_->last_seq;
  if (!is_whole) {
    KV_ASSIGN(const LogPlace place, find_seq(*source_, until_));
    end = place.position;
  }
  KV_ASSIGN(FileCopy copied, FileCopy::make(*backup_, out_, &progress_));
  copy_.emplace(std::move(copied));
  std::uint64_t needed = 0;
  for (const auto& increment : increments_) needed += increment->size();
  const file::LogFile& file = backup_->log().file();
  progress_.expect(end.end + needed);
  if (!copy_->can_share_blocks()) {
    needed += end.end - file.hole_bytes(log::kHeaderPageSize, std::min(end.end, file.size()));
  }
  KV_TRY(check_free(files_, out_, needed));
  KV_TRY(copy_->copy(file, end.end));
  KV_ASSIGN(const std::uint64_t checkpoint, checkpoint_before(end.end));
  // What was known later says nothing of an earlier version: that it does not may be why it is
  // wanted.
  return copy_->close(*backup_, end, checkpoint, is_whole ? known_us_ : believed_now_us());
}

// The newest checkpoint in the copy. Its index may have been freed since; then the next open reads
// the log. But if a place in the log cannot be read, the existence of a checkpoint tells that no
// key was lost there: then the copy opens as the backup does.
Result<std::uint64_t> RestoreRun::checkpoint_before(std::uint64_t end) const {
  std::uint64_t at = source_->checkpoint;
  while (at >= end) {
    const auto checkpoint = checkpoint_at(source_->view, at);
    if (!checkpoint || checkpoint->previous >= at) return 0;
    at = checkpoint->previous;
  }
  if (at == 0 || !backup_->derived_damage().empty()) return at;
  log::Slot slot;
  slot.checkpoint = at;
  slot.durable_end = end;
  const auto sealed = index::read_checkpoint(source_->view, slot);
  if (!sealed) return 0;
  for (const auto& run : sealed->runs) {
    for (std::size_t i = 0; i < run->parts().size(); ++i) {
      if (!run->parts()[i].segment || !run->checks_out(i)) return 0;
    }
  }
  return at;
}

// --- The increments.

LogSource RestoreRun::made() const {
  const log::Log& log = made_->log();
  return LogSource::of(*made_, log.end(), log.last_seq(), log.checkpoint());
}

Status RestoreRun::apply() {
  KV_ASSIGN(made_, Generation::make(copy_->take_file(), out_, writing(files_), epochs_));
  KV_TRY(made_->writable());
  KV_ASSIGN(writer_, Writer::start(made_, writing(files_)));
  made_->clock().expect({});
  for (const auto& increment : increments_) {
    if (increment->since_seq() >= until_) break;
    KV_TRY(apply_one(*increment));
  }
  return {};
}

Status RestoreRun::apply_one(const IncrementFile& increment) {
  LogSource copy = made();
  copy.path = options_.backup;
  KV_TRY(check_continues(increment, copy));
  Status put = put_onto_copy(increment);
  return put ? put : fail(of_increment(increment, std::move(put.error())));
}

Status RestoreRun::put_onto_copy(const IncrementFile& increment) {
  const LogSource& source = increment.source();
  std::uint64_t end = source.view.limit;
  const bool is_whole = until_ >= source.last_seq;
  if (!is_whole) {
    KV_ASSIGN(const LogPlace place, find_seq(source, until_));
    end = place.position.end;
  }
  TailCopy tail(source.view, source.path, log::kHeaderPageSize, increment.since_seq(),
                writer_.get());
  KV_TRY(tail.copy(end, progress_.pacer()));
  writes_ += tail.records();
  // It was made at a time that the clock has been set back from.
  StoreClock& clock = made_->clock();
  if (is_whole && increment.known_us() > clock.now()) {
    clock.expect({{source.last_seq, increment.known_us()}});
  }
  return {};
}

// --- The result.

Result<RestoreReport> RestoreRun::finish() {
  RestoreReport report;
  made_->clock().end_expected(made_->clock().now());
  report.seq = made_->visible_seq();
  report.time_us = made_->clock().record_time();
  report.writes = writes_;
  KV_ASSIGN(report.keys, ReadView(*made_).count());
  KV_TRY(writer_->close());
  report.size = made_->log().file().size();
  KV_TRY(verify());
  KV_TRY(publish_copy(files_, copy_->name(), out_, options_.backup));
  return report;
}

Status RestoreRun::verify() {
  file::LogFile& file = made_->log().file();
  file.forget_cached();
  KV_ASSIGN(const auto page, log::read_header_page(file.data(), file.size(), out_));
  const CopyToCheck copy{&file, out_, page, &backup_->log().file()};
  KV_ASSIGN(const CheckedCopy checked,
            check_copy(copy, [this](std::uint64_t at) { progress_.note_checked(at); }));
  if (checked.copied.count > 0) {
    return fail(Code::kDamaged, backup_->path() + " is damaged: " + checked.copied.first,
                fmt::format("another backup; or kvstore verify --repair {}, and restore that",
                            backup_->path()));
  }
  const bool index_is_whole = checked.broken_segments.empty() || !backup_->derived_damage().empty();
  if (checked.own.count == 0 && index_is_whole) return {};
  const std::string what = checked.own.count > 0 ? checked.own.first : "its index";
  return fail(Code::kIo, fmt::format("{} is not what was written into it: {}", out_, what),
              "check the disk that it is on, and try again");
}

// --- The public calls.

Result<RestoreReport> restore(const std::string& out, const RestoreOptions& options) {
  return RestoreRun(out, options).run();
}

Result<BackupInfo> backup_info(const std::string& path, file::FileSystem* file_system) {
  file::FileSystem& files = file_system ? *file_system : file::system_files();
  KV_ASSIGN(const auto file, files.open(path, file::Mode::kReadOnly));
  const auto whole = log::read_header_page(file->data(), file->size(), path);
  if (whole) return BackupInfo{whole->header.db_id, false, 0, whole->slot.last_seq};
  const auto increment = log::read_increment_page(file->data(), file->size(), path);
  if (!increment) return fail(whole.error());
  const log::FileHeader& header = increment->header;
  return BackupInfo{header.db_id, true, header.floor_seq, header.increment.until_seq};
}

}  // namespace kvstore
