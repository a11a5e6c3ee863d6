#include "src/store/backup_run.h"

#include <algorithm>
#include <new>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/store/planted.h"

namespace kvstore {
namespace {

// With more of the log than this left to copy, the end is looked up again, at most kMostLooks
// times.
constexpr std::uint64_t kLittleLeft = std::uint64_t{1} << 20;
constexpr int kMostLooks = 4;

tl::unexpected<Error> damaged_source(const std::string& path, const std::string& what) {
  return fail(Code::kDamaged, what + "; no backup is made of damage",
              fmt::format("kvstore verify --repair {}; or, to keep what is good and the damage: "
                          "kvstore backup --damaged",
                          path));
}

tl::unexpected<Error> damaged_frame(const std::string& path, const std::string& what) {
  return fail(Code::kDamaged, fmt::format("{} is damaged ({}): a copy would hide that", path, what),
              "kvstore verify --repair " + path);
}

}  // namespace

Result<BackupReport> BackupRun::run() try {
  const std::uint64_t began = now_us();
  KV_TRY(begin());
  const bool is_increment = options_.since_seq || !options_.since_file.empty();
  KV_ASSIGN(BackupReport report, is_increment ? increment() : whole());
  report.elapsed_us = now_us() - began;
  return report;
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");  // short: needs none
}

Status BackupRun::begin() {
  KV_TRY(core_.freshen());
  source_ = core_.current();
  if (!source_) return fail(Code::kNotFound, core_.path() + " does not exist");
  KV_TRY(check_target(source_->files(), out_, source_->path()));
  KV_TRY(sync_source());
  take_moment();
  return check_source();
}

// Makes the source durable as far as the copy has it, so that it continues from there even after a
// power loss.
Status BackupRun::sync_source() {
  const ReclamationEpochs::Guard guard(core_.epochs());
  Writer* const writer = core_.writer_if_open();
  if (!writer || !writer->writable()) return {};
  // The copy is to know what had expired before the clock was set back.
  if (source_->clock().owes_peak()) {
    [[maybe_unused]] const Status best_effort = writer->indexer()->checkpoint_now();
  }
  return writer->sync();
}

// A reader's log grows under the mutex, a writer's under its lock; both only while they are
// current.
void BackupRun::take_moment() {
  const MutexLock lock(core_.mutex());
  Writer* const writer = core_.writer_if_open();
  const log::Log& log = source_->log();
  if (writer && &writer->generation() == source_.get()) {
    const WriterLock writing(*writer);
    moment_ = {log.position(), log.checkpoint(), source_->clock().record_time()};
    return;
  }
  const auto slot = log::load_newest_slot(log.file().data(), log.binding());
  moment_ = {log.position(), slot ? slot->checkpoint : 0, source_->clock().record_time()};
}

// Damage to the header page or the log's end is an error: the copy gets a new page and end.
Status BackupRun::check_source() const {
  const OpenReport found = source_->report();
  if (found.how != OpenReport::How::kDamaged) return {};
  for (const DamagedRange& range : found.damage) {
    if (range.end <= log::kHeaderPageSize || range.begin >= moment_.position.end) {
      return damaged_frame(source_->path(), range.reason);
    }
  }
  if (options_.damaged) return {};
  const DamagedRange& first = found.damage.front();
  return damaged_source(source_->path(), fmt::format("{}: offset {}: {}", source_->path(),
                                                     first.begin, first.reason));
}

std::uint64_t BackupRun::bytes_to_copy() const {
  const std::uint64_t end = moment_.position.end;
  const file::LogFile& file = source_->log().file();
  return end - std::min(end, file.hole_bytes(log::kHeaderPageSize, std::min(end, file.size())));
}

// --- A whole backup.

Result<BackupReport> BackupRun::whole() {
  KV_ASSIGN(FileCopy copy, FileCopy::make(*source_, out_, &progress_));
  if (!copy.can_share_blocks()) KV_TRY(check_free(source_->files(), out_, bytes_to_copy()));
  report_.shares_blocks = copy.can_share_blocks();
  KV_TRY(follow(&copy));
  KV_TRY(copy.close(*source_, moment_.position, moment_.checkpoint, known_us()));
  KV_TRY(verify(&copy));
  KV_TRY(copy.publish());
  report_.seq = moment_.position.seq;
  report_.time_us = moment_.time_us;
  report_.size = moment_.position.end;
  return report_;
}

// Copies what was appended meanwhile. A reader may have opened the same file again: its generations
// are short-lived.
Status BackupRun::follow(FileCopy* copy) {
  const log::Id file_id = source_->log().page().header.file_id;
  for (int round = 0; round < kMostLooks; ++round) {
    const std::uint64_t rest = moment_.position.end - copy->copied();
    progress_.expect(moment_.position.end);
    KV_TRY(copy->copy(source_->log().file(), moment_.position.end));
    if (round > 0 && rest <= kLittleLeft) break;
    core_.expect_news();
    KV_TRY(core_.freshen());
    auto current = core_.current();
    if (current && current->log().page().header.file_id == file_id) source_ = std::move(current);
    const Moment before = moment_;
    take_moment();
    // A generation opened later may have found damage; the copy keeps the end found before.
    if (moment_.position.end < before.position.end) moment_ = before;
  }
  if (moment_.checkpoint >= moment_.position.end) moment_.checkpoint = 0;
  return copy->copy(source_->log().file(), moment_.position.end);
}

Status BackupRun::verify(FileCopy* copy) {
  KV_ASSIGN(const CheckedCopy checked, copy->check(source_->log().file()));
  KV_TRY(judge(checked));
  return mend_index(copy, checked);
}

Status BackupRun::judge(const CheckedCopy& checked) {
  if (checked.own.count > 0) {
    return fail(Code::kIo,
                fmt::format("{} is not what was copied into it: {}", out_, checked.own.first),
                "check the disk that it is on, and try again");
  }
  report_.damaged_places = checked.copied.count;
  report_.damage = checked.copied.first;
  if (checked.copied.count == 0 || options_.damaged) return {};
  return damaged_source(source_->path(), checked.copied.first);
}

// A segment may have been written while it was copied: it is copied again. A segment that is
// damaged in the source, or was freed, is not copied: without a checkpoint the next open rebuilds
// the index from the log. But if a place in the log cannot be read, the existence of a checkpoint
// tells that no key was lost there: then the copy keeps it, and opens as the source does.
Status BackupRun::mend_index(FileCopy* copy, const CheckedCopy& checked) {
  const bool lacks_index = moment_.checkpoint != 0 && !checked.has_index;
  if (!lacks_index && checked.broken_segments.empty()) return {};
  for (const log::SegmentPlace& segment : checked.broken_segments) {
    KV_TRY(copy->copy_again(source_->log().file(), segment));
  }
  if (!lacks_index) {
    KV_ASSIGN(const CheckedCopy again, close_and_check(copy, moment_.checkpoint));
    KV_TRY(judge(again));
    if (again.has_index && again.broken_segments.empty()) return {};
  }
  KV_ASSIGN(const CheckedCopy without, close_and_check(copy, 0));
  if (without.own.count == 0 && without.copied.count <= checked.copied.count) return {};
  KV_ASSIGN(const CheckedCopy as_source, close_and_check(copy, moment_.checkpoint));
  return judge(as_source);
}

Result<CheckedCopy> BackupRun::close_and_check(FileCopy* copy, std::uint64_t checkpoint) {
  KV_TRY(copy->close(*source_, moment_.position, checkpoint, known_us()));
  return copy->check(source_->log().file());
}

// --- An increment.

LogSource BackupRun::log_source() const {
  const std::uint64_t checkpoint =
      moment_.checkpoint < moment_.position.end ? moment_.checkpoint : 0;
  return LogSource::of(*source_, moment_.position.end, moment_.position.seq, checkpoint);
}

Result<BackupReport> BackupRun::increment() {
  IncrementWriter writer(source_->files(), log_source(), out_, &progress_);
  KV_TRY(options_.since_file.empty() ? writer.since(*options_.since_seq)
                                     : writer.since_file(options_.since_file));
  KV_TRY(writer.write(known_us()));
  report_.is_increment = true;
  report_.since_seq = writer.since_seq();
  report_.seq = moment_.position.seq;
  report_.time_us = moment_.time_us;
  report_.size = writer.size();
  report_.writes = writer.records();
  return report_;
}

}  // namespace kvstore
