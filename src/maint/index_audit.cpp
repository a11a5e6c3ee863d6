#include "src/maint/index_audit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "src/maint/index_counts.h"
#include "src/maint/run_audit.h"

namespace kvstore::maint {
namespace {

using log::Checkpoint;
using log::HeaderCheck;
using log::Record;

constexpr int kTries = 5;  // attempts beside a writer that replaces the index

class IndexAuditor {
 public:
  IndexAuditor(const Source& source, const log::View& view, const log::Slot& slot,
               const std::function<void(std::uint64_t)>& progress)
      : source_(source), view_(view), slot_(slot), faults_(&report_), log_(view) {
    log_.progress = &progress;
  }

  void run(const std::vector<ExtentBody>& extents);
  IndexReport& report() { return report_; }

 private:
  std::optional<Checkpoint> checkpoint();
  void check_header(const Checkpoint& checkpoint);
  void check_epochs(const Checkpoint& checkpoint);
  void check_runs(const Checkpoint& checkpoint);
  void check_covered(const log::Position& covered);
  void check_clears(const Checkpoint& checkpoint);
  void count_unused(const std::vector<ExtentBody>& extents, const Checkpoint* checkpoint);

  const Source& source_;
  const log::View view_;
  const log::Slot& slot_;
  IndexReport report_;
  FaultList faults_;
  LogWalk log_;
};

void IndexAuditor::run(const std::vector<ExtentBody>& extents) {
  report_.checkpoint = slot_.checkpoint;
  const auto named = checkpoint();
  count_unused(extents, named ? &*named : nullptr);
  if (!named) return;
  report_.covered = named->covered.end;
  report_.runs = named->runs.size();
  check_header(*named);
  check_epochs(*named);
  check_runs(*named);
  if (!report_.is_damaged() && !log_.is_damaged) {
    check_counts(*named, view_, &faults_);
  }
}

std::optional<Checkpoint> IndexAuditor::checkpoint() {
  const std::uint64_t at = slot_.checkpoint;
  if (at == 0) return std::nullopt;
  Record record;
  const char* why = nullptr;
  if (at >= slot_.durable_end) {
    why = "the slot names a checkpoint after the durable part of the log";
  } else if (view_.header(at, &record) != HeaderCheck::kValid ||
             record.kind != log::Kind::kCheckpoint) {
    why = "no CHECKPOINT can be read where the slot names one";
  } else if (!log::body_is_valid(record, *view_.binding)) {
    why = "the checkpoint does not match its checksum";
  }
  std::optional<Checkpoint> checkpoint;
  if (!why) checkpoint = log::decode_checkpoint(record.stored(), at);
  if (!why && !checkpoint) why = "the checkpoint makes no sense, or is of a newer layout";
  if (why) faults_.add(at, why);
  return checkpoint;
}

void IndexAuditor::check_header(const Checkpoint& checkpoint) {
  const auto* copy = reinterpret_cast<const std::uint8_t*>(checkpoint.header.data());
  const auto header =
      checkpoint.header.size() == log::kSectorSize ? log::load_header(copy, 0) : std::nullopt;
  const log::FileHeader& own = source_.page.header;
  if (!header || header->file_id != own.file_id ||
      (!source_.header_lost &&
       (header->db_id != own.db_id || header->created != own.created ||
        header->version != own.version || header->incompatible != own.incompatible))) {
    faults_.add(report_.checkpoint, "the checkpoint's copy of the header is another file's");
  }
}

// A slot lists the newest epochs, the checkpoint all that had begun by then.
void IndexAuditor::check_epochs(const Checkpoint& checkpoint) {
  const auto& all = checkpoint.epochs;
  for (const log::EpochStart& start : slot_.epochs) {
    if (start.begin > report_.checkpoint) break;
    if (std::find(all.begin(), all.end(), start) != all.end()) continue;
    faults_.add(report_.checkpoint,
                fmt::format("the checkpoint does not know that epoch {} begins at offset {}",
                            start.epoch, start.begin));
  }
}

void IndexAuditor::check_runs(const Checkpoint& checkpoint) {
  const log::ValidityMap epochs(checkpoint.epochs);
  log_.epochs = &epochs;
  for (auto run = checkpoint.runs.rbegin(); run != checkpoint.runs.rend(); ++run) {
    RunAudit(*run, checkpoint.hash_seed, &log_, &report_).run();
  }
  log_.epochs = nullptr;
  if (log_.misdated != 0) {
    faults_.add(report_.checkpoint,
                fmt::format("the checkpoint has another epoch in force at offset {} than the log",
                            log_.misdated));
  }
  if (log_.is_damaged) return;
  check_covered(checkpoint.covered);
  check_clears(checkpoint);
}

// Compares the newest CLEARs.
void IndexAuditor::check_clears(const Checkpoint& checkpoint) {
  const std::size_t named = std::min(log_.clears.size(), Checkpoint::kMostClears);
  if (std::equal(log_.clears.end() - static_cast<std::ptrdiff_t>(named), log_.clears.end(),
                 checkpoint.clears.begin(), checkpoint.clears.end())) {
    return;
  }
  faults_.add(
      report_.checkpoint,
      fmt::format("the checkpoint knows {} of the records that deleted all keys, and the log "
                  "has {}",
                  checkpoint.clears.size(), log_.clears.size()));
}

void IndexAuditor::check_covered(const log::Position& covered) {
  const log::Scanner& log = log_.scanner;
  if (covered.end == log::kHeaderPageSize) return;
  const bool epoch_fits = covered.epoch == 0 || !log::epoch_is_later(log.epoch(), covered.epoch);
  if (covered.seq == log.last_seq() && covered.prev_key_hash == log_.key_hash && epoch_fits &&
      !(covered.last_not_in_batch && log_.last_in_batch)) {
    return;
  }
  faults_.add(report_.checkpoint,
              fmt::format("what the checkpoint says of the log at offset {} is not so (seq {}, and "
                          "it has {})",
                          covered.end, covered.seq, log.last_seq()));
}

void IndexAuditor::count_unused(const std::vector<ExtentBody>& extents,
                                const Checkpoint* checkpoint) {
  std::vector<std::uint64_t> named;
  if (checkpoint) {
    for (const log::RunPlace& run : checkpoint->runs) {
      for (const log::SegmentPlace& segment : run.segments) named.push_back(segment.body);
    }
  }
  std::sort(named.begin(), named.end());
  for (const ExtentBody& extent : extents) {
    if (std::binary_search(named.begin(), named.end(), extent.begin)) continue;
    ++report_.unused;
    report_.unused_bytes += extent.size;
    report_.unused_holes += source_.file->hole_bytes(extent.begin, extent.begin + extent.size);
  }
}

}  // namespace

// A writer may drop and free meanwhile what its newer checkpoint does not name.
IndexReport audit_index(const Source& source, const std::vector<ExtentBody>& extents,
                        const std::function<void(std::uint64_t offset)>& progress) {
  log::Slot slot = source.page.slot;
  log::View view = source.view();
  for (int tries = 0;; ++tries) {
    if (source.beside_writer) {
      slot = log::load_newest_slot(view.data, *view.binding).value_or(slot);
      if (source.file->refresh()) view.limit = std::max(view.limit, source.file->size());
    }
    IndexAuditor auditor(source, view, slot, progress);
    auditor.run(extents);
    IndexReport report = std::move(auditor.report());
    if (!source.beside_writer || !report.is_damaged()) return report;
    const auto newest = log::load_newest_slot(view.data, *view.binding);
    if (!newest || newest->checkpoint == slot.checkpoint) return report;
    if (tries + 1 < kTries) continue;
    report.faults.clear();
    report.fault_count = 0;
    report.is_changing = true;
    return report;
  }
}

}  // namespace kvstore::maint
