#include "src/store/compaction_run.h"

#include <algorithm>
#include <new>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/clock.h"
#include "src/base/human.h"
#include "src/store/base_writer.h"
#include "src/store/core.h"
#include "src/store/dictionary_training.h"
#include "src/store/planted.h"

namespace kvstore {
namespace {

using Phase = CompactionStatus::Phase;

// Bytes of the log that may remain to be copied under the writer lock, and the number of rounds.
constexpr std::uint64_t kShortRest = std::uint64_t{256} << 10;
constexpr int kRounds = 32;

}  // namespace

void CompactionRun::Progress::reset() {
  for (auto* count :
       {&floor_seq, &keys, &keys_done, &old_size, &needed, &written, &new_size, &raw, &stored})
    *count = 0;
  stop = false;
}

Status CompactionRun::run() try {
  progress_.phase = Phase::kMeasuring;
  KV_TRY(core_.writer());
  KV_TRY(begin());
  KV_TRY(check_garbage());
  // Resolve links, to replace the file itself.
  const std::string path = old_->files().resolve(core_.path());
  KV_TRY(check_room(path));
  KV_TRY(write_base(path));
  KV_TRY(open_base());
  KV_TRY(catch_up());
  return swap();
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");  // short: needs none
}

Status CompactionRun::run_into(const std::string& out) try {
  KV_TRY(begin());
  if (old_->files().exists(out)) {
    return fail(Code::kExists, out + " exists", "name a file that does not");
  }
  KV_TRY(check_room(out));
  KV_TRY(write_base(out));
  KV_TRY(open_base());
  KV_TRY(catch_up());
  made_->clock().end_expected(old_->clock().now());
  progress_.new_size = made_->log().end();
  KV_TRY(writer_->close());
  return builder_->publish(core_.path());
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");  // short: needs none
}

Status CompactionRun::begin() {
  progress_.phase = Phase::kMeasuring;
  old_ = core_.current();
  if (!old_) return fail(Code::kNotFound, core_.path() + " does not exist");
  // A file that is open for reading can be copied.
  Status sound = old_->writable();
  if (!sound && sound.error().code != Code::kReadOnly) return sound;
  codec_ = options_.codec(old_->log().dictionary() != nullptr);
  KV_TRY(choose_floor());
  return measure();
}

// --- The choice of the floor.

Status CompactionRun::choose_floor() {
  const log::FileHeader& header = old_->log().page().header;
  floor_ = {header.floor_seq, header.floor_time, true, header.created, {}, codec_.is_on()};
  if (options_.keep.all) {
    return fail(Code::kUsage, "with all history kept nothing can be compacted",
                "keep less, as 7d or none");
  }
  const bool keeps_none = !options_.keep.time_us && !options_.keep.writes;
  if (!keeps_none) return find_floor();
  Writer* const writer = core_.writer_if_open();
  if (writer == nullptr || &writer->generation() != old_.get()) {  // it is open for reading
    tail_begin_ = old_->visible_end();
    floor_.seq = old_->visible_seq();
    floor_.time_us = old_->clock().record_time();
    return {};
  }
  const WriterLock lock(*writer);
  writer->assert_held();
  floor_.seq = old_->log().last_seq();
  floor_.time_us = old_->clock().record_time();
  tail_begin_ = old_->log().end();
  return {};
}

// Finds the last record of the log that is older than the history to keep.
Status CompactionRun::find_floor() {
  const std::uint64_t now = old_->clock().now();
  const std::uint64_t kept_time =
      options_.keep.time_us ? now - std::min(now, *options_.keep.time_us) : UINT64_MAX;
  const std::uint64_t visible = old_->visible_seq();
  const std::uint64_t kept_seq =
      options_.keep.writes ? visible - std::min(visible, *options_.keep.writes) : UINT64_MAX;
  const std::uint64_t end = old_->visible_end();
  const log::View view = old_->view().up_to(end);
  tail_begin_ = std::max(old_->log().page().base.end, log::kHeaderPageSize);
  LogReader reader(view, old_->path(), {.end = tail_begin_, .seq = floor_.seq});
  while (true) {
    KV_ASSIGN(const bool is_there, reader.next());
    if (!is_there) break;
    const log::Record& record = reader.record();
    if (is_stopped()) return cancelled();
    if (!record.takes_seq()) continue;
    if (record.seq > kept_seq || record.time > kept_time) break;
    floor_.seq = record.seq;
    floor_.time_us = record.time;
    tail_begin_ = record.end();
  }
  return {};
}

// --- The measure.

// Expiry is judged as of the floor: what was known later says nothing of that version.
StoreClock::Instant CompactionRun::floor_instant() const {
  StoreClock::Instant instant = old_->clock().instant();
  instant.time_us = std::min(instant.time_us, floor_.time_us);
  std::erase_if(instant.peaks, [this](const auto& peak) { return peak.seq >= floor_.seq; });
  return instant;
}

Status CompactionRun::measure() {
  const StoreClock::Instant instant = floor_instant();
  const ReadView view(*old_, floor_.seq, &instant);
  KV_ASSIGN(const auto walk, Walk::begin(view, {}, Walk::Reads::kAtEachKey));
  std::uint64_t keys = 0, bytes = 0;
  for (walk->first(); walk->valid(); walk->next()) {
    ++keys;
    const std::uint64_t size = BaseWriter::size_of(*walk, codec_);
    bytes += size - std::min(size, shared_.pass(old_->view(), walk->record()));
    if (codec_.is_on()) sample_.pass(walk->record());
    if (is_stopped()) return cancelled();
  }
  KV_TRY(walk->status());
  bytes += shared_.others(view);
  progress_.floor_seq = floor_.seq;
  progress_.keys = keys;
  progress_.old_size = old_->visible_end();
  // An index written after the last write is before the tail, but not before the visible end.
  const std::uint64_t end = std::max(old_->visible_end(), tail_begin_);
  progress_.needed = log::kHeaderPageSize + bytes + (end - tail_begin_);
  return {};
}

Status CompactionRun::check_garbage() const {
  const std::uint64_t size = progress_.old_size;
  const std::uint64_t freed = size - std::min<std::uint64_t>(progress_.needed, size);
  if (static_cast<double>(freed) * 100 >= static_cast<double>(size) * options_.least_garbage) {
    return {};
  }
  return fail(Code::kSkipped, fmt::format("of {}'s {} only {} are not needed any more",
                                          old_->path(), human_size(size), human_size(freed)));
}

Status CompactionRun::check_room(const std::string& path) const {
  const std::uint64_t room = old_->files().free_bytes(path);
  const std::uint64_t needed = progress_.needed;
  if (needed <= room) return {};
  return fail(Code::kFull,
              fmt::format("a compaction of {} needs {} of disk, and there are {}", old_->path(),
                          human_size(needed), human_size(room)),
              "free some, or compact into a file on another disk: kvstore compact FILE OUT");
}

// --- The new file.

Status CompactionRun::write_base(const std::string& path) {
  progress_.phase = Phase::kWriting;
  const log::FileHeader& header = old_->log().page().header;
  KV_ASSIGN(builder_, log::FileBuilder::create(old_->files(), path, header.db_id, floor_, &keys_));
  const StoreClock::Instant instant = floor_instant();
  const ReadView view(*old_, floor_.seq, &instant);
  const auto note = [this](std::uint64_t keys, std::uint64_t bytes) {
    progress_.keys_done.fetch_add(keys, std::memory_order_relaxed);
    progress_.written.fetch_add(bytes, std::memory_order_relaxed);
    return pacer_.note(bytes) && !is_cancelled();
  };
  BaseWriter base(view, floor_, shared_, builder_.get(), note);
  if (floor_.compressed) KV_TRY(prepare_compression(view, &base));
  KV_TRY(base.write());
  progress_.raw = base.raw();
  progress_.stored = base.stored();
  moved_ = std::move(base.moved());
  return builder_->close();
}

Status CompactionRun::prepare_compression(const ReadView& view, BaseWriter* to) {
  if (is_stopped()) return cancelled();
  const ValueSample::Values values = sample_.read(view);
  if (is_stopped()) return cancelled();
  const std::string dictionary = train_dictionary(values, sample_.passed_bytes(), codec_.level);
  if (is_stopped()) return cancelled();
  return to->compress(codec_.level, dictionary);
}

Status CompactionRun::open_base() {
  progress_.phase = Phase::kCatchingUp;
  if (core_.options().read_only) {
    Options writing = core_.options();
    writing.read_only = false;
    KV_ASSIGN(made_,
              Generation::make(builder_->take_file(), core_.path(), writing, old_->epochs()));
  } else {
    KV_ASSIGN(made_, Generation::make(builder_->take_file(), *old_));
  }
  KV_ASSIGN(writer_, Writer::start(made_, core_.options(),
                                   [&core = core_] { core.compactor().consider(); }));
  tail_ = std::make_unique<TailCopy>(old_->view(), old_->path(), tail_begin_, floor_.seq,
                                     writer_.get(), std::move(moved_));
  return {};
}

Status CompactionRun::catch_up() {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t end = std::max(old_->visible_end(), tail_->at());
    const bool is_short = end - tail_->at() <= kShortRest;
    const std::uint64_t before = made_->log().end();
    made_->clock().expect(old_->clock().instant().peaks);  // known before `end` was written
    KV_TRY(tail_->copy(end, pacer_));
    progress_.written.fetch_add(made_->log().end() - before, std::memory_order_relaxed);
    if (is_short) break;
  }
  // Leaves little to sync under the lock.
  return writer_->sync();
}

// --- The swap.

Status CompactionRun::swap() {
  std::optional<FormerWriter> former;
  Status placed = take_place(&former);
  if (former) core_.retire(std::move(*former));
  return placed;
}

// The clock may know more than the records tell: a checkpoint is due then.
void CompactionRun::note_clock() {
  const WriterLock lock(*writer_);
  writer_->assert_held();
  if (Indexer* const indexer = writer_->indexer()) indexer->note(0);
}

// From here on nobody writes: what is left is little.
Status CompactionRun::take_place(std::optional<FormerWriter>* former) {
  MutexLock lock(core_.mutex());
  KV_TRY(core_.check_open());
  Writer* const current = core_.writer_if_open();
  if (!current || &current->generation() != old_.get()) {
    return fail(Code::kConflict, core_.path() + " was reopened meanwhile");
  }
  const WriterLock writing(*current);
  KV_TRY(current->writable());
  Pacer at_once(0, progress_.stop);
  StoreClock::Instant believed = old_->clock().instant();
  made_->clock().expect(std::move(believed.peaks));
  if (!planted::lost_catch_up) KV_TRY(tail_->copy(old_->log().end(), at_once));
  made_->clock().end_expected(believed.time_us);
  if (!planted::unsynced_swap) KV_TRY(writer_->sync());
  // If another program has moved another file to this path, that file is kept.
  KV_TRY(old_->log().file().check_place());
  // That the old file loses its name is not a failure: its waiters have their writes in the new
  // file, which is on the disk.
  old_->log().file().leave();
  FormerWriter replaced = core_.former();
  Status named = builder_->replace(core_.path());
  if (planted::nameless_swap) named = {};
  if (!named && !builder_->has_its_name()) {
    old_->log().file().arrive();
    return named;
  }
  if (!planted::nameless_swap) made_->log().file().arrive();
  if (!named) made_->refuse(copy_of(named.error()));
  progress_.new_size = made_->log().end();
  core_.replace(writer_, made_, named, &replaced);
  note_clock();
  *former = std::move(replaced);
  return named;
}

}  // namespace kvstore
