// The indexer's runs: sealed from the memtable, and merged.
#include <algorithm>
#include <new>
#include <utility>

#include "src/base/cancel.h"
#include "src/index/merging_cursor.h"
#include "src/store/indexer.h"
#include "src/store/planted.h"
#include "src/store/writer.h"

namespace kvstore {
namespace {

constexpr std::size_t kMergedRuns = 4;  // at least, while writes go on
constexpr std::uint64_t kIdleRatio = 8;
// Approximate bytes of a segment for a key: its part of the directory, a word, the key's sizes, and
// eight bytes of the key.
constexpr std::uint64_t kBytesPerKey = 24;
constexpr std::uint64_t kSealCheck = 4096;  // merged keys between two checks whether a seal is due

// The cursor stands on the last key, and moves past it.
bool is_last(index::Cursor& cursor) {
  if (!cursor.valid()) return true;
  cursor.next();
  if (!cursor.valid()) return true;
  cursor.prev();
  return false;
}

using Runs = std::span<const std::shared_ptr<const index::Run>>;  // newest first

std::size_t parts_of(Runs runs) {
  std::size_t count = 0;
  for (const auto& run : runs) count += run->parts().size();
  return count;
}

std::uint64_t size_of(const std::vector<index::Run::Part>& parts) {
  std::uint64_t size = 0;
  for (const index::Run::Part& part : parts) size += part.place.size;
  return size;
}

std::uint64_t size_of(Runs runs) {
  std::uint64_t size = 0;
  for (const auto& run : runs) size += size_of(run->parts());
  return size;
}

// The number of newest runs of similar size: each holds at most `ratio` times as many keys as the
// ones before it together.
std::size_t count_alike(Runs runs, std::uint64_t ratio) {
  std::uint64_t keys = 0;
  std::size_t count = 0;
  for (const auto& run : runs) {
    if (count > 0 && run->keys() > keys * ratio) break;
    keys += run->keys();
    ++count;
  }
  return count;
}

bool is_forgotten(index::Entry entry) { return planted::dropped_deletes && entry.is_delete(); }

}  // namespace

// --- Sealing.

void Indexer::begin_seal() {
  auto fresh = generation_.index().new_memtable();
  const WriterLock lock(writer_);
  writer_.assert_held();
  sealing_.position = generation_.log().position();
  sealing_.steps = generation_.clock().untold_steps();
  sealing_.clock = generation_.clock().state();
  generation_.index().begin_seal(std::move(fresh), sealing_.position.end);
  records_.store(0, std::memory_order_relaxed);
  bytes_due_.store(sealing_.position.end + limits_.bytes, std::memory_order_relaxed);
}

// Where no record has come since the last seal, what was known then is known of all of them.
bool Indexer::note_clock() {
  const WriterLock lock(writer_);
  writer_.assert_held();
  if (records_.load(std::memory_order_relaxed) > 0) return false;
  sealed_.steps = generation_.clock().untold_steps();
  sealed_.clock = generation_.clock().state();
  return true;
}

Status Indexer::seal() {
  const bool is_sealing = generation_.index().shared()->sealing != nullptr;
  if (!is_sealing && note_clock()) {
    is_changed_ = true;
    return {};
  }
  if (!is_sealing) begin_seal();
  const auto parts = generation_.index().shared();
  KV_TRY(check_fits(std::max(parts->sealing->keys() * kBytesPerKey, seal_retry_.needed)));
  auto written = write_run(*in_order(*parts->sealing), parts->sealing_begin, parts->active_begin,
                           sealing_.position.seq, false);
  // A record header that only the memtable referred to is unreadable now: its key is unknown.
  if (!written && written.error().code == Code::kCorrupt)
    generation_.refuse_damaged(parts->sealing_begin);
  if (!written && planted::forgotten_memtable) {
    written =
        std::make_shared<const index::Run>(parts->sealing_begin, parts->active_begin,
                                           sealing_.position.seq, std::vector<index::Run::Part>());
  }
  KV_ASSIGN(auto run, std::move(written));
  take(run, &index::KeyIndex::end_seal);
  sealed_ = std::move(sealing_);
  is_changed_ = true;
  seals_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

std::unique_ptr<index::Cursor> Indexer::in_order(const index::Memtable& memtable) const {
  const CancelScope to_its_end(nullptr);  // this is not a caller's read, even on a caller's thread
  const ReclamationEpochs::Guard guard(generation_.epochs());
  return memtable.order().cursor([this] { return generation_.view(); });
}

Result<std::shared_ptr<const index::Run>> Indexer::write_run(index::Cursor& from,
                                                             std::uint64_t begin, std::uint64_t end,
                                                             std::uint64_t last_seq,
                                                             bool is_merge) {
  const log::View view = generation_.view();
  index::RunWriter writer(view, generation_.index().hash_seed(),
                          [this](std::uint64_t offset, std::span<const std::uint8_t> piece) {
                            const WriterLock lock(writer_);
                            return generation_.log().store_body(offset, piece);
                          });
  const auto allocate = [this](std::uint64_t size) { return append_extent(size); };
  Result<std::shared_ptr<const index::Run>> run;
  if (is_merge) merging_ = &writer;
  try {
    if (Status copied = copy(from, &writer, is_merge); copied) {
      run = writer.finish(begin, end, last_seq, allocate);
    } else {
      run = fail(std::move(copied.error()));
    }
  } catch (const std::bad_alloc&) {
    run = fail(Code::kMemory, "out of memory");
  }
  if (is_merge) merging_ = nullptr;
  if (!run) {
    needed_ = std::max(needed_, index::RunWriter::kSegmentSize + size_of(writer.parts()));
    abandon(writer.parts());
  }
  return run;
}

void Indexer::take(const std::shared_ptr<const index::Run>& run, Taking into) {
  try {
    (generation_.index().*into)(run);
  } catch (const std::bad_alloc&) {
    abandon(run->parts());
    throw;
  }
}

// The seal is retried: its unfinished runs must not fill the disk each time.
void Indexer::abandon(const std::vector<index::Run::Part>& parts) {
  for (const index::Run::Part& part : parts) {
    if (punch(part.place.extent)) continue;
    try {
      unnamed_.push_back({part.place.extent, {}});
    } catch (const std::bad_alloc&) {
    }
  }
}

Status Indexer::copy(index::Cursor& from, index::RunWriter* to, bool is_merge) {
  const auto allocate = [this](std::uint64_t size) { return append_extent(size); };
  std::uint64_t keys = 0;
  for (from.seek_first(); from.valid();) {
    if (keys > 0 && from.key() <= to->last_key()) return fail(Code::kCorrupt, "keys do not rise");
    if (!is_forgotten(from.entry())) KV_TRY(to->add(from.key(), from.entry(), allocate));
    from.next();
    if (planted::last_key_missing && is_last(from)) break;
    if (++keys % kSealCheck == 0 && is_merge) KV_TRY(look_up_from_merge());
  }
  if (!from.damaged()) return {};
  return fail(Code::kCorrupt, "what is to be indexed cannot be read");
}

Result<log::ExtentPlace> Indexer::append_extent(std::uint64_t size) {
  const WriterLock lock(writer_);
  writer_.assert_held();
  KV_ASSIGN(const log::ExtentPlace place,
            generation_.log().append_extent(size, generation_.clock().stamp()));
  written_.fetch_add(size, std::memory_order_relaxed);
  bytes_due_.fetch_add(size, std::memory_order_relaxed);
  return place;
}

// --- Merging.

// Chooses the runs to merge: the newest ones, if several are of similar size. While nothing is
// written, also fewer and larger runs, and those after a newest run that is too small to merge
// with.
// A segment rebuilt from an incomplete log is incomplete: it must not replace the evidence of that.
Indexer::RunSpan Indexer::runs_to_merge(bool idle) const {
  if (generation_.damage().has_learned_more()) return {};
  const auto parts = generation_.index().shared();
  const Runs runs = parts->runs;
  const std::size_t newest = count_alike(runs, idle ? kIdleRatio : 1);
  if (newest >= (idle ? 2 : kMergedRuns)) return {0, newest};
  for (std::size_t begin = 1; idle && begin < runs.size(); ++begin) {
    const std::size_t count = count_alike(runs.subspan(begin), kIdleRatio);
    if (count >= 2) return {begin, count};
  }
  return {};
}

Status Indexer::merge(RunSpan which) {
  const auto parts = generation_.index().shared();
  const Runs runs = Runs(parts->runs).subspan(which.begin, which.count);
  KV_TRY(check_fits(size_of(runs)));
  std::vector<std::unique_ptr<index::Cursor>> cursors;
  std::uint64_t last_seq = 0;
  for (const auto& run : runs) {
    cursors.push_back(run->cursor());
    last_seq = std::max(last_seq, run->last_seq());
  }
  dropped_.reserve(dropped_.size() + parts_of(runs));
  auto merged = write_run(*index::merged(std::move(cursors)), runs.back()->begin(),
                          runs.front()->end(), last_seq, true);
  // A segment was damaged and rebuilt: retry later.
  if (!merged && merged.error().code == Code::kCorrupt && heal(runs)) return {};
  if (!merged) return fail(std::move(merged.error()));
  take(*merged, &index::KeyIndex::put);
  for (const auto& run : runs) drop(run->parts());
  is_changed_ = true;
  merges_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

// Rebuilds damaged segments. False: none was rebuilt.
bool Indexer::heal(std::span<const std::shared_ptr<const index::Run>> runs) {
  bool healed = false;
  for (const auto& run : runs) {
    for (std::size_t number = 0; number < run->parts().size(); ++number) {
      if (run->checks_out(number)) continue;
      if (!generation_.heal({0, run.get(), number})) return false;
      healed = true;
    }
  }
  return healed;
}

}  // namespace kvstore
