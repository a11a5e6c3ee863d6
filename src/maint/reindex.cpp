#include "src/maint/reindex.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/random.h"
#include "src/index/merging_cursor.h"
#include "src/index/run_writer.h"
#include "src/log/log.h"
#include "src/log/scanner.h"
#include "src/maint/clock_tally.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

using index::Run;
using log::Record;
using Step = log::Scanner::Step;

Error damaged_log(const std::string& path) {
  return {Code::kDamaged, path + " has a damaged or a torn place: no index is made",
          "kvstore verify " + quoted_word(path)};
}

class Reindexer {
 public:
  Reindexer(Source* source, const std::function<void(std::uint64_t)>& progress,
            const ReindexOptions& options)
      : source_(*source),
        options_(options),
        progress_(progress),
        log_(std::move(source->file), source->path, source->page, source->boot_id),
        clock_({source->page.slot.last_seq, source->page.slot.time}, log::floor_of(source->page)) {}

  Result<Reindexed> run() {
    KV_TRY(take_log());
    KV_TRY(write_runs());
    if (runs_.size() > 1) KV_TRY(merge());
    if (!runs_.empty()) count_keys();
    KV_TRY(note());
    KV_TRY(log_.close());
    source_.file = log_.take_file();
    return done();
  }

 private:
  Status take_log();
  Status write_runs();
  Status check_derived(const log::Scanner::Bad& bad) const;
  Status write_run(NewestOfKeys* newest, std::uint64_t begin, std::uint64_t end);
  Result<std::shared_ptr<const Run>> write(index::Cursor& from, std::uint64_t begin,
                                           std::uint64_t end);
  Status merge();
  void drop(const std::vector<Run::Part>& parts);
  void count_keys();
  Status note();
  Status sync();
  Reindexed done() const;

  Source& source_;
  const ReindexOptions options_;
  const std::function<void(std::uint64_t)>& progress_;
  log::Log log_;
  ClockTally clock_;
  const std::uint64_t hash_seed_ = random_bits();
  log::Position covered_;
  std::uint64_t last_seq_ = 0;
  std::vector<std::shared_ptr<const Run>> runs_;  // newest first
  std::vector<log::ClearMark> clears_;
  std::vector<std::uint64_t> dead_;        // existing EXTENTs, and
  std::vector<log::SegmentPlace> merged_;  // those of our runs that were merged
};

Status Reindexer::take_log() {
  const std::uint64_t size = log_.file().size();
  const log::HeaderPage& page = source_.page;
  if (!page.writable) {
    return fail(Code::kVersion, source_.path + " has features this program may only read",
                "use a newer kvstore");
  }
  const log::View whole{log_.file().data(), size, &log_.binding(), &log_.file(), &log_.validity()};
  log::RecoveryScan scan(whole, page.slot,
                         {source_.boot_id, false, page.durable_end_lost(), page.bad_slots > 0},
                         &log_.validity());
  KV_TRY(scan.run(size, [this](const Record& record) {
    if (record.takes_seq()) clock_.record(record.seq, record.time);
    const bool is_checkpoint = record.kind == log::Kind::kCheckpoint;
    if (is_checkpoint && log::body_is_valid(record, log_.binding())) clock_.checkpoint(record);
    if (record.is_of_all()) clears_.push_back({record.offset, record.seq, record.time});
  }));
  const auto costs = [](const log::CorruptRange& range) {
    return !range.is_derived || range.ends_log;
  };
  if (std::any_of(scan.corrupt().begin(), scan.corrupt().end(), costs) || scan.slots_are_stale() ||
      scan.torn_end() > scan.end()) {
    return fail(damaged_log(source_.path));
  }
  if (source_.closed_cleanly()) {
    log_.adopt_for_writing(scan);
  } else {
    KV_TRY(log_.recover(scan));
  }
  clock_.end_records(now_us());
  clock_.learn(options_.peaks);
  covered_ = log_.position();
  return {};
}

Status Reindexer::write_runs() {
  log::Scanner scanner(log_.view());
  scanner.set_limit(covered_.end);
  std::uint64_t begin = log::kHeaderPageSize, records = 0;
  auto newest = std::make_unique<NewestOfKeys>();
  while (true) {
    const Step step = scanner.next();
    if (step == Step::kBad) {
      KV_TRY(check_derived(scanner.bad()));
      continue;
    }
    if (step != Step::kRecord) break;
    const Record& record = scanner.record();
    if (progress_) progress_(record.offset);
    last_seq_ = scanner.last_seq();
    if (record.kind == log::Kind::kExtent) {
      dead_.push_back(record.offset);
    }
    if (!record.has_key()) continue;
    Record previous;
    newest->find(log_.view(), record.key(), &previous);
    newest->set(record.offset);
    if (++records < options_.records_at_once || scanner.in_open_batch()) continue;
    KV_TRY(write_run(newest.get(), begin, record.end()));
    newest = std::make_unique<NewestOfKeys>();
    begin = record.end();
    records = 0;
  }
  if (begin == covered_.end) return {};
  return write_run(newest.get(), begin, covered_.end);
}

// Checks that nothing with a key was there: an index without a key's newest record would answer
// with an older one.
Status Reindexer::check_derived(const log::Scanner::Bad& bad) const {
  if (bad.has_next && bad.missing == 0 && !bad.others_lost) return {};
  return fail(damaged_log(source_.path));
}

Status Reindexer::write_run(NewestOfKeys* newest, std::uint64_t begin, std::uint64_t end) {
  KV_ASSIGN(auto run, write(*newest->in_order(log_.view()), begin, end));
  runs_.insert(runs_.begin(), std::move(run));
  return {};
}

Result<std::shared_ptr<const Run>> Reindexer::write(index::Cursor& from, std::uint64_t begin,
                                                    std::uint64_t end) {
  const auto allocate = [this](std::uint64_t size) { return log_.append_extent(size, now_us()); };
  index::RunWriter writer(log_.view(), hash_seed_,
                          [this](std::uint64_t offset, std::span<const std::uint8_t> piece) {
                            return log_.store_body(offset, piece);
                          });
  for (from.seek_first(); from.valid(); from.next()) {
    KV_TRY(writer.add(from.key(), from.entry(), allocate));
  }
  if (from.damaged()) return fail(Code::kCorrupt, source_.path + ": a record cannot be read");
  return writer.finish(begin, end, last_seq_, allocate);
}

Status Reindexer::merge() {
  std::vector<std::unique_ptr<index::Cursor>> cursors;
  cursors.reserve(runs_.size());
  for (const auto& run : runs_) cursors.push_back(run->cursor());
  const auto all = index::merged(std::move(cursors));
  KV_ASSIGN(auto merged, write(*all, log::kHeaderPageSize, covered_.end));
  for (const auto& run : runs_) drop(run->parts());
  runs_ = {std::move(merged)};
  return {};
}

void Reindexer::drop(const std::vector<Run::Part>& parts) {
  for (const Run::Part& part : parts) merged_.push_back(part.place);
}

void Reindexer::count_keys() {
  const auto cursor = runs_.front()->cursor();
  const log::View view = log_.view();
  for (cursor->seek_first(); cursor->valid(); cursor->next()) {
    Record newest;
    const std::uint64_t offset = cursor->entry().offset();
    if (!clears_.empty() && offset < clears_.back().offset) continue;
    if (view.header(offset, &newest) == log::HeaderCheck::kValid) {
      clock_.count(newest);
    }
  }
}

Status Reindexer::sync() {
  const log::Position position = log_.position();
  KV_TRY(log_.sync(position));
  return log_.store_slot(position, false);
}

// What the checkpoint names is on the disk before it is written, and the checkpoint is before a
// slot names it.
Status Reindexer::note() {
  log::Checkpoint checkpoint;
  checkpoint.header = log::encode_header_page(log_.page().header, {}).substr(0, log::kSectorSize);
  checkpoint.previous = log_.checkpoint();
  checkpoint.hash_seed = hash_seed_;
  checkpoint.covered = covered_;
  checkpoint.floor_seq = log_.page().header.floor_seq;
  for (const auto& start : log_.validity().epochs()) checkpoint.epochs.push_back(start);
  checkpoint.clock = clock_.state();
  for (const auto& run : runs_) checkpoint.runs.push_back(run->place());
  const std::size_t clears = std::min(clears_.size(), log::Checkpoint::kMostClears);
  checkpoint.clears.assign(clears_.end() - static_cast<std::ptrdiff_t>(clears), clears_.end());
  checkpoint.dead = dead_;
  for (const log::SegmentPlace& place : merged_) checkpoint.dead.push_back(place.extent);
  KV_TRY(sync());
  KV_ASSIGN(const std::uint64_t offset,
            log_.append_checkpoint(log::encode_checkpoint(checkpoint), now_us()));
  KV_TRY(sync());
  log_.name_checkpoint(offset);
  KV_TRY(sync());
  KV_TRY(log_.file().sync());  // the slot
  for (const log::SegmentPlace& place : merged_) {
    log_.file().punch(place.body, place.body + place.size);
  }
  return {};
}

Reindexed Reindexer::done() const {
  Reindexed done;
  for (const auto& run : runs_) {
    done.keys += run->keys();
    done.segments += run->parts().size();
    for (const Run::Part& part : run->parts()) done.bytes += part.place.size;
  }
  return done;
}

}  // namespace

Result<Reindexed> reindex(Source* source, const std::function<void(std::uint64_t)>& progress,
                          const ReindexOptions& options) try {
  return Reindexer(source, progress, options).run();
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, source->path + ": not enough memory to build its index");
}

}  // namespace kvstore::maint
