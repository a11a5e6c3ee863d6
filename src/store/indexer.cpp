#include "src/store/indexer.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/clock.h"
#include "src/index/merging_cursor.h"
#include "src/log/header_page.h"
#include "src/store/planted.h"
#include "src/store/writer.h"

namespace kvstore {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kSealRecords = std::uint64_t{256} << 10;
constexpr std::uint64_t kSealBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kMemoryPerRecord = 1024;
// Up to this much is read at the next open instead of being sealed at the close.
constexpr std::uint64_t kLeftRecords = std::uint64_t{8} << 10;
constexpr std::uint64_t kLeftBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMergedRuns = 4;  // at least, while writes go on
constexpr std::uint64_t kIdleRatio = 8;
constexpr milliseconds kIdleCheck{500}, kPunchDelay{5000};
constexpr milliseconds kRetryWait{1000}, kLongestRetryWait{60'000};
// Approximate bytes of a segment for a key: its part of the directory, a word, the key's sizes, and
// eight bytes of the key.
constexpr std::uint64_t kBytesPerKey = 24;
constexpr std::chrono::microseconds kWriteDelay{50}, kLongWriteDelay{1000};
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

Indexer::Limits Indexer::Limits::of(std::uint64_t memory) {
  return {std::min(kSealRecords, std::max<std::uint64_t>(memory / kMemoryPerRecord, 1)),
          kSealBytes};
}

Indexer::Indexer(Generation& generation, Writer& writer, Committer& committer, const Limits& limits,
                 std::function<void()> after_checkpoint)
    : generation_(generation),
      writer_(writer),
      committer_(committer),
      limits_(limits),
      after_checkpoint_(std::move(after_checkpoint)),
      records_(generation.loaded()),
      bytes_due_(generation.loaded_from() + limits.bytes) {
  MutexLock lock(working_);
  sealed_ = {generation.covered(), generation.covered_clock()};
  for (const std::uint64_t extent : generation.dead()) unnamed_.push_back({extent, {}});
  thread_ = std::thread([this] { run(); });
}

void Indexer::wake() noexcept {
  if (awake_.load(std::memory_order_relaxed)) return;
  MutexLock lock(mutex_);
  awake_ = true;
  wake_.notify_one();
}

void Indexer::slow_writer() {
  slowed_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t behind = records_.load(std::memory_order_relaxed) / limits_.records;
  std::this_thread::sleep_for(behind < 2 * kBehind ? kWriteDelay : kLongWriteDelay);
}

void Indexer::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Indexer::is_due() const {
  return records_.load(std::memory_order_relaxed) >= limits_.records ||
         generation_.log().end() >= bytes_due_.load(std::memory_order_relaxed) ||
         generation_.clock().owes_peak();
}

void Indexer::run() {
  MutexLock lock(mutex_);
  bool more = true;  // there may be work already
  std::uint64_t seen_writes = UINT64_MAX;
  while (!stopping_) {
    if (!awake_ && more) wake_.wait_until(mutex_, Clock::now() + kIdleCheck);
    if (!awake_ && !more) wake_.wait(mutex_);
    if (stopping_) return;
    const bool was_woken = awake_.exchange(false);
    const std::uint64_t writes = writer_.writes();
    const bool idle = !was_woken && std::exchange(seen_writes, writes) == writes;
    Status done;
    {
      MutexUnlock others(mutex_);
      const std::uint64_t before = checkpoints_;
      {
        MutexLock working(working_);
        done = work(idle);
        more = !idle || !done || !unnamed_.empty();
      }
      if (checkpoints_ != before && after_checkpoint_) after_checkpoint_();
    }
    const Clock::time_point retry = Clock::now() + kRetryWait;
    while (!done && !stopping_ && wake_.wait_until(mutex_, retry)) {
    }
  }
}

// Runs the action, unless its retry time has not come; after an error it is retried later.
template <class Action>
Status Indexer::attempt(Retry* retry, Action action) {
  if (is_too_early(*retry)) return fail(Code::kFailed, "later");  // short: needs no memory
  Status done;
  needed_ = 0;
  try {
    done = action();
  } catch (const std::bad_alloc&) {
    done = fail(Code::kMemory, "out of memory");  // short: needs none
  }
  if (done) {
    note_success(retry);
  } else if (!stopping_) {
    note_failure(retry, done.error());
  }
  return done;
}

Status Indexer::work(bool idle) {
  if (committer_.has_failed() || !generation_.writable()) return {};
  try {
    return try_work(idle);
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "out of memory");  // short: needs none
  }
}

Status Indexer::try_work(bool idle) {
  Status done;
  if (is_due() || generation_.index().shared()->sealing) {
    done = attempt(&seal_retry_, [this]() KV_REQUIRES(working_) { return seal(); });
  }
  if (committer_.has_failed() || !generation_.writable()) return done;
  // A failure of one task must not prevent the others, least of all the one that frees space.
  Status next = attempt(&merge_retry_, [&]() KV_REQUIRES(working_) { return merge_due(idle); });
  if (done) done = std::move(next);
  next = attempt(&note_retry_, [this]() KV_REQUIRES(working_) {
    return is_changed_ ? note_checkpoint() : Status{};
  });
  if (done) done = std::move(next);
  generation_.epochs().collect();
  // Give readers in other processes time to learn of the newer checkpoint.
  punch_unused(Clock::now() - kPunchDelay);
  return done;
}

Status Indexer::merge_due(bool idle) {
  while (const RunSpan runs = runs_to_merge(idle)) KV_TRY(merge(runs));
  return {};
}

bool Indexer::is_too_early(const Retry& retry) const {
  if (retry.wait.count() == 0 || Clock::now() >= retry.next) return false;
  return retry.had_space || free_space() < retry.needed;
}

// The free space of the disk, and the unused end of the file.
std::uint64_t Indexer::free_space() const {
  const log::Log& log = generation_.log();
  const std::uint64_t end = log.end(), size = log.file().size(), free = log.file().free_space();
  const std::uint64_t reserved = size - std::min(size, end);
  return free > UINT64_MAX - reserved ? UINT64_MAX : free + reserved;
}

Status Indexer::check_fits(std::uint64_t size) {
  needed_ = size;
  if (free_space() >= size) return {};
  return fail(Code::kFull, generation_.path() + ": the disk is full");
}

void Indexer::note_failure(Retry* retry, const Error& error) {
  const bool is_first = retry->wait.count() == 0;
  retry->needed = error.code == Code::kFull ? needed_ : 0;
  retry->wait = is_first ? kRetryWait : std::min(2 * retry->wait, kLongestRetryWait);
  retry->next = Clock::now() + retry->wait;
  retry->had_space = free_space() >= retry->needed;
  try {
    tell(fmt::format(
        "the index of {} cannot be stored ({}): it takes more memory, and the next open longer; it "
        "is tried again, and nothing is lost",
        generation_.path(), error.message));
  } catch (const std::bad_alloc&) {
  }
}

// Reports a warning once, until everything has been stored again.
void Indexer::tell(const std::string& warning) {
  {
    MutexLock lock(mutex_);
    if (!warning_.empty()) return;
    warning_ = warning;
  }
  generation_.warn(warning);
}

void Indexer::note_success(Retry* retry) {
  if (std::exchange(*retry, {}).wait.count() == 0) return;
  const auto has_failed = [](const Retry& one) { return one.wait.count() != 0; };
  if (has_failed(seal_retry_) || has_failed(merge_retry_) || has_failed(note_retry_)) return;
  MutexLock lock(mutex_);
  warning_.clear();
}

std::string Indexer::warning() const {
  MutexLock lock(mutex_);
  return warning_;
}

Status Indexer::checkpoint_now() {
  MutexLock working(working_);
  try {
    const bool is_new = records_.load(std::memory_order_relaxed) > 0 ||
                        generation_.index().shared()->sealing || generation_.clock().owes_peak();
    if (is_new) KV_TRY(seal());
    while (const RunSpan runs = runs_to_merge(false)) KV_TRY(merge(runs));
    if (is_changed_) KV_TRY(note_checkpoint());
    generation_.epochs().collect();
    punch_unused(Clock::time_point::max());
    for (Retry* const retry : {&seal_retry_, &merge_retry_, &note_retry_}) note_success(retry);
    return {};
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "out of memory");  // short: needs none
  }
}

void Indexer::finish() {
  if (committer_.has_failed() || !generation_.writable()) return;
  const bool is_long = records_.load(std::memory_order_relaxed) >= kLeftRecords ||
                       generation_.log().end() >= bytes_due_ - limits_.bytes + kLeftBytes ||
                       generation_.clock().owes_peak();
  MutexLock working(working_);
  try {
    // What fails costs the next open some time.
    if (is_long && generation_.index().shared()->sealing && !seal()) return;
    if (is_long && !seal()) return;
    if (is_changed_) (void)note_checkpoint();
    generation_.epochs().collect();
    punch_unused(Clock::time_point::max());
  } catch (const std::bad_alloc&) {
  }
}

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
  index::RunWriter writer(view, generation_.index().hash_seed(), generation_.log().file().data());
  const auto place = [this](std::uint64_t size) { return room(size); };
  Result<std::shared_ptr<const index::Run>> run;
  if (is_merge) merging_ = &writer;
  try {
    if (Status copied = copy(from, &writer, is_merge); copied) {
      run = writer.finish(begin, end, last_seq, place);
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
  const auto place = [this](std::uint64_t size) { return room(size); };
  std::uint64_t keys = 0;
  for (from.seek_first(); from.valid();) {
    if (keys > 0 && from.key() <= to->last_key()) return fail(Code::kCorrupt, "keys do not rise");
    if (!is_forgotten(from.entry())) KV_TRY(to->add(from.key(), from.entry(), place));
    from.next();
    if (planted::last_key_missing && is_last(from)) break;
    if (++keys % kSealCheck == 0 && is_merge) KV_TRY(look_up_from_merge());
  }
  if (!from.damaged()) return {};
  return fail(Code::kCorrupt, "what is to be indexed cannot be read");
}

// A merge may take long: records written meanwhile are sealed during it.
Status Indexer::look_up_from_merge() {
  if (stopping_) return fail(Code::kFailed, "the store is closing");
  if (!is_due() || is_too_early(seal_retry_)) return {};
  const std::uint64_t needed = needed_;
  KV_TRY(attempt(&seal_retry_, [this]() KV_REQUIRES(working_) { return seal(); }));
  needed_ = needed;
  return note_checkpoint();
}

Result<log::ExtentPlace> Indexer::room(std::uint64_t size) {
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

// --- Checkpoints.

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
    log.store_slot(log.position(), false);
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

// --- Freeing.

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

Indexer::Counts Indexer::counts() const {
  return {seals_, merges_, checkpoints_, written_, slowed_, punched_};
}

}  // namespace kvstore
