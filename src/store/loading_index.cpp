// Generation: the index in the file. Loads it when the file is opened, and rebuilds its damaged
// parts.

#include <new>

#include <fmt/core.h>

#include "src/index/index_file.h"
#include "src/log/checkpoint.h"
#include "src/store/generation.h"

namespace kvstore {
namespace {

// To hold this many records is cheaper than to open another generation.
constexpr std::uint64_t kKeptRecords = 65536;

}  // namespace

// Returns where to read the log from: the end of what the newest checkpoint's runs cover.
log::Position Generation::load_checkpoint(const log::View& whole) {
  const log::Slot& slot = log_->page().slot;
  auto sealed = index::read_checkpoint(whole, slot);
  if (!sealed) {
    // The slot names the checkpoint until there is another: its existence tells the next open that
    // no key was lost where it, or an EXTENT, stood.
    if (slot.checkpoint != 0) damage_.saw_index(slot.checkpoint);
    return {};
  }
  log::Checkpoint& checkpoint = sealed->checkpoint;
  if (!log::counts_are_possible(checkpoint)) checkpoint.clock.counts_are_exact = false;
  // False if the checkpoint lacks some of very many CLEARs, so that the log must be read.
  if (!clears_.restore(checkpoint, whole)) return {};
  log_->validity().add_older(checkpoint.epochs);
  log_->follow(checkpoint.covered.end);
  index_.adopt(std::move(sealed->runs), checkpoint.hash_seed, checkpoint.covered.end);
  clock_.restore(checkpoint.clock, checkpoint.covered.seq);
  dead_ = std::move(checkpoint.dead);
  covered_ = checkpoint.covered;
  covered_clock_ = std::move(checkpoint.clock);
  return covered_;
}

// Notes an extent that no run has: it was written for a run that a crash has interrupted.
void Generation::take_extent(const log::Record& record) {
  if (options_.read_only) return;
  if (index_.current().have_extent(record.offset)) return;
  dead_.push_back(record.offset);
}

// A reader follows a writer from one checkpoint to the next, so that its own part of the index
// stays small. Damage found by a reader may be space that was freed meanwhile.
bool Generation::has_newer_checkpoint() const {
  if (!options_.read_only) return false;
  // Includes one that turned out to be damaged: it would be damaged the next time, too.
  const std::uint64_t known = log_->page().slot.checkpoint;
  const bool is_long = loaded_ > kKeptRecords && newest_checkpoint_ > known;
  if (!is_long && !met_damage_.load(std::memory_order_relaxed)) return false;
  const auto slot = log::load_newest_slot(log_->file().data(), log_->binding());
  return slot && slot->checkpoint > known;
}

bool Generation::heal(const index::KeyIndex::Finding& damaged) const {
  MutexLock lock(healing_mutex_);
  const auto segment = damaged.damaged->parts()[damaged.segment].segment;
  const auto parts = index_.shared();
  for (std::size_t i = 0; i < parts->runs.size(); ++i) {
    const auto& run = parts->runs[i];
    const bool is_same = run->begin() == damaged.damaged->begin() &&
                         run->end() == damaged.damaged->end() &&
                         run->parts().size() > damaged.segment;
    if (!is_same || run->parts()[damaged.segment].segment != segment) continue;
    const bool is_oldest = i + 1 == parts->runs.size();
    return rebuild_segment(*run, is_oldest ? 0 : parts->runs[i + 1]->last_seq(), damaged.segment);
  }
  return true;  // it was rebuilt or replaced meanwhile
}

// If the log itself cannot be read completely, it is not known which newest records are lost, and
// the segment must not count as complete: no more writes, and no merge.
bool Generation::rebuild_segment(const index::Run& run, std::uint64_t seq_before,
                                 std::size_t number) const {
  try {
    index::Run::Part part = run.parts()[number];
    damage_.saw_index(part.place.extent);
    met_damage_.store(true, std::memory_order_relaxed);
    std::vector<log::CorruptRange> corrupt;
    part.segment =
        index::rebuilt_segment(view(), run, number, seq_before, index_.hash_seed(), &corrupt);
    if (!part.segment) return false;
    if (!corrupt.empty()) {
      damage_.learn_more(corrupt);
      refuse_damaged(corrupt.front().begin);
    }
    index_.put_healed(run, run.with(number, std::move(part)));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void Generation::refuse_damaged(std::uint64_t offset) const {
  if (is_refused_) return;
  refuse({Code::kDamaged,
          fmt::format("{} is damaged at offset {} (unreadable record); writes are refused", path_,
                      offset),
          {}});
}

}  // namespace kvstore
