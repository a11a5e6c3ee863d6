// The indexer's checkpoints, and the space that goes back to the disk after them.
#include <new>
#include <utility>

#include "src/log/header_page.h"
#include "src/store/indexer.h"
#include "src/store/planted.h"
#include "src/store/writer.h"

namespace kvstore {

log::Checkpoint Indexer::checkpoint() const {
  const log::Log& log = generation_.log();
  log::Checkpoint checkpoint;
  checkpoint.header = log::encode_header_page(log.page().header, {}).substr(0, log::kSectorSize);
  checkpoint.previous = log.checkpoint();
  checkpoint.hash_seed = generation_.index().hash_seed();
  checkpoint.covered = sealed_.position;
  checkpoint.floor_seq = log.page().header.floor_seq;
  for (const log::EpochStart& start : generation_.log().validity().epochs()) {
    checkpoint.epochs.push_back(start);
  }
  checkpoint.clock = sealed_.clock;
  for (const auto& run : generation_.index().shared()->runs) {
    checkpoint.runs.push_back(run->place());
  }
  checkpoint.clears = generation_.clears().newest_before(checkpoint.covered.end);
  for (const Dropped& one : dropped_) checkpoint.dead.push_back(one.extent);
  for (const Dropped& one : unnamed_) checkpoint.dead.push_back(one.extent);
  // A crash may leave a merge unfinished.
  if (merging_) {
    for (const auto& part : merging_->parts()) checkpoint.dead.push_back(part.place.extent);
  }
  return checkpoint;
}

// What the checkpoint names is on the disk before it is written, and the checkpoint is before a
// slot names it.
Status Indexer::note_checkpoint() {
  log::Log& log = generation_.log();
  unnamed_.reserve(unnamed_.size() + dropped_.size());
  if (!planted::unsynced_run) KV_TRY(committer_.sync_now());
  if (planted::early_punch) {
    for (const Dropped& one : dropped_) punch(one.extent);
  }
  const std::string value = log::encode_checkpoint(checkpoint());
  std::uint64_t offset = 0;
  {
    const WriterLock lock(writer_);
    writer_.assert_held();
    KV_ASSIGN(offset, log.append_checkpoint(value, generation_.clock().stamp()));
  }
  if (planted::unsynced_run) {
    log.name_checkpoint(offset);
    KV_TRY(log.store_slot(log.position(), false));
  }
  KV_TRY(committer_.name_checkpoint(offset));
  is_changed_ = false;
  generation_.clock().note_told(sealed_.steps);
  const Clock::time_point now = Clock::now();
  for (Dropped& one : dropped_) unnamed_.push_back({one.extent, one.segment, now});
  dropped_.clear();
  checkpoints_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

void Indexer::drop(const std::vector<index::Run::Part>& parts) {
  for (const index::Run::Part& part : parts) {
    dropped_.push_back({part.place.extent, part.segment});
  }
}

// An offset that a checkpoint lists as dead is only freed if it is an extent that no run uses.
// False: retry later.
bool Indexer::punch(std::uint64_t extent) {
  log::Record record;
  const log::View view = generation_.view();
  const bool is_one =
      view.header(extent, &record) == log::HeaderCheck::kValid && record.kind == log::Kind::kExtent;
  if (!is_one || generation_.index().shared()->have_extent(extent)) return true;
  if (!generation_.log().file().punch(extent + record.size(), record.end())) return false;
  punched_.fetch_add(record.end() - extent - record.size(), std::memory_order_relaxed);
  return true;
}

// Frees what was dropped by `before` and is not read any more.
void Indexer::punch_unused(Clock::time_point before) {
  std::erase_if(unnamed_, [&](const Dropped& one) {
    if (!one.segment.expired() || one.since > before) return false;
    return punch(one.extent);
  });
}

}  // namespace kvstore
