#include "src/index/index_file.h"

#include <map>
#include <utility>

#include "src/base/hash.h"
#include "src/index/segment_builder.h"
#include "src/index/segment_cursor.h"
#include "src/log/scanner.h"

namespace kvstore::index {

namespace {

// With more damaged segments, the whole index is rebuilt by one scan of the log, instead of one
// scan for each segment.
constexpr std::size_t kHealed = 4;

std::uint64_t body_of(const log::Record& extent) { return extent.offset + extent.size(); }

}  // namespace

std::optional<SealedIndex> read_checkpoint(const log::View& view, const log::Slot& slot) {
  log::Record record;
  if (slot.checkpoint == 0 || slot.checkpoint >= slot.durable_end) return std::nullopt;
  if (view.header(slot.checkpoint, &record) != log::HeaderCheck::kValid) return std::nullopt;
  const bool is_one = record.kind == log::Kind::kCheckpoint && record.end() <= slot.durable_end &&
                      log::body_is_valid(record, *view.binding);
  if (!is_one) return std::nullopt;
  auto checkpoint = log::decode_checkpoint(record.stored(), record.offset);
  if (!checkpoint) return std::nullopt;
  auto runs = open_runs(*checkpoint, view);
  std::size_t broken = 0;
  for (const auto& run : runs) {
    for (const Run::Part& part : run->parts()) broken += !part.segment;
  }
  if (broken > kHealed) return std::nullopt;
  return SealedIndex{std::move(*checkpoint), std::move(runs)};
}

namespace {

std::shared_ptr<const Segment> open_segment(const log::SegmentPlace& place, const log::View& view,
                                            std::uint64_t hash_seed) {
  log::Record record;
  const bool is_there = view.header(place.extent, &record) == log::HeaderCheck::kValid &&
                        record.kind == log::Kind::kExtent && body_of(record) == place.body &&
                        record.raw_size == place.size;
  if (!is_there) return nullptr;
  std::shared_ptr<const Segment> segment =
      Segment::open(view.data + place.body, place.body, place.size, *view.binding, hash_seed, view.file);
  // The header shares its page with the EXTENT record, and survives when the body was freed.
  std::uint64_t none = 0;
  const auto nothing = [](std::uint64_t) { return false; };
  if (segment && segment->find(0, nothing, &none) == Segment::Probe::kDamaged) return nullptr;
  return segment;
}

// A checkpoint and segments with valid checksums may be inconsistent in a forged file. An entry of
// another range would be taken for the key's newest, or hide it.
bool is_of_run(const Segment& segment, const log::RunPlace& run, const log::SegmentPlace& place) {
  return segment.lowest_offset() >= run.begin && segment.highest_offset() < run.end &&
         segment.keys() == place.keys;
}

// Whether the keys of two segments lie on their sides of `first`, by which look-ups choose the
// segment. Damaged blocks are ignored here.
bool meet_at(std::string_view first, const Segment* below, const Segment* above) {
  SegmentCursor cursor;
  if (below) {
    cursor.set_segment(below);
    cursor.seek_last();
    if (cursor.valid() && cursor.key() >= first) return false;
  }
  if (above) {
    cursor.set_segment(above);
    cursor.seek_first();
    if (cursor.valid() && cursor.key() < first) return false;
  }
  return true;
}

std::vector<Run::Part> open_parts(const log::RunPlace& run, const log::View& view,
                                  std::uint64_t hash_seed) {
  std::vector<Run::Part> parts;
  for (const log::SegmentPlace& place : run.segments) {
    auto segment = open_segment(place, view, hash_seed);
    if (segment && !is_of_run(*segment, run, place)) segment = nullptr;
    parts.push_back({place, std::move(segment)});
  }
  std::vector<bool> is_wrong(parts.size());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (meet_at(parts[i].place.first_key, parts[i - 1].segment.get(), parts[i].segment.get()))
      continue;
    is_wrong[i - 1] = is_wrong[i] = true;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_wrong[i]) parts[i].segment = nullptr;
  }
  return parts;
}

}  // namespace

std::vector<std::shared_ptr<const Run>> open_runs(const log::Checkpoint& checkpoint,
                                                  const log::View& view) {
  std::vector<std::shared_ptr<const Run>> runs;
  runs.reserve(checkpoint.runs.size());
  for (const log::RunPlace& place : checkpoint.runs) {
    runs.push_back(std::make_shared<Run>(place.begin, place.end, place.last_seq,
                                         open_parts(place, view, checkpoint.hash_seed)));
  }
  return runs;
}

SegmentKeys SegmentKeys::of(const Run& run, std::size_t number) {
  SegmentKeys keys;
  if (number > 0) keys.first = run.parts()[number].place.first_key;
  if (number + 1 < run.parts().size()) keys.end = run.parts()[number + 1].place.first_key;
  return keys;
}

namespace {

// The newest records of the keys in a range, in key order.
using Newest = std::map<std::string, Entry, std::less<>>;

// The loss of unknown records: all keys not written since may be affected.
log::CorruptRange unknown_loss(std::uint64_t begin, std::uint64_t end) {
  log::CorruptRange corrupt{begin, std::max(begin, end), "unreadable record"};
  corrupt.others_lost = true;
  corrupt.missing = 1;
  return corrupt;
}

// Records after the range tell of a record lost at its end, so the view extends beyond it.
Newest newest_in(const log::View& view, const Run& run, std::uint64_t seq_before,
                 const SegmentKeys& range, std::vector<log::CorruptRange>* corrupt) {
  Newest newest;
  log::Scanner scanner(view, {run.begin(), seq_before});
  scanner.expect_derived();  // the run's own EXTENTs
  while (scanner.end() < run.end()) {
    switch (scanner.next()) {
      case log::Scanner::Step::kRecord: {
        const log::Record& record = scanner.record();
        const std::string_view key = record.has_key() ? record.key() : std::string_view();
        const bool is_wanted =
            record.has_key() && key >= range.first && (!range.end || key < *range.end);
        if (is_wanted) newest.insert_or_assign(std::string(key), Entry::of(record));
        break;
      }
      case log::Scanner::Step::kBad:
        if (!scanner.bad().has_next) {
          corrupt->push_back(unknown_loss(scanner.bad().begin, run.end()));
        } else if (scanner.bad().missing > 0) {
          corrupt->push_back(corrupt_range_of(view, scanner.bad()));
        }
        break;
      default:
        corrupt->push_back(unknown_loss(scanner.end(), run.end()));
        return newest;
    }
  }
  // A complete range ends exactly at its end, with its last seq.
  const bool is_whole = scanner.end() == run.end() && scanner.last_seq() >= run.last_seq();
  if (!is_whole && corrupt->empty()) corrupt->push_back(unknown_loss(scanner.end(), run.end()));
  return newest;
}

// For a segment of which only the directory is bad: its blocks' entries, if all are valid.
std::optional<Newest> newest_in_blocks(const Segment& segment, const SegmentKeys& range) {
  Newest newest;
  const auto cursor = segment.cursor();
  for (cursor->seek_first(); cursor->valid(); cursor->next()) {
    const bool is_misplaced =
        cursor->key() < range.first || (range.end && cursor->key() >= *range.end);
    const bool rises = newest.empty() || cursor->key() > newest.rbegin()->first;
    if (is_misplaced || !rises) return std::nullopt;
    newest.emplace_hint(newest.end(), cursor->key(), cursor->entry());
  }
  if (cursor->damaged() || newest.size() != segment.keys()) return std::nullopt;
  return newest;
}

}  // namespace

std::shared_ptr<const Segment> rebuilt_segment(const log::View& view, const Run& run,
                                               std::size_t number, std::uint64_t seq_before,
                                               std::uint64_t hash_seed,
                                               std::vector<log::CorruptRange>* corrupt) {
  const Run::Part& part = run.parts()[number];
  const std::uint64_t body = part.place.body;
  const SegmentKeys range = SegmentKeys::of(run, number);
  std::optional<Newest> whole;
  if (part.segment) whole = newest_in_blocks(*part.segment, range);
  Newest newest = whole ? std::move(*whole) : newest_in(view, run, seq_before, range, corrupt);
  // A segment without readable keys still needs an entry: Run::is_empty().
  if (newest.empty()) newest.emplace(range.first, Entry(run.end() | Entry::kIsDelete));
  SegmentBuilder builder(*view.binding, hash_seed);
  for (const auto& [key, entry] : newest) builder.add(key, hash_key(key, hash_seed), entry);
  const std::uint64_t size = builder.size();
  // Align the directory as in the file.
  const std::size_t shift = body % 64;
  auto* const bytes = new (std::align_val_t(64)) std::uint8_t[size + shift];
  const std::shared_ptr<std::uint8_t> owner(
      bytes, [](std::uint8_t* from) { ::operator delete[](from, std::align_val_t(64)); });
  builder.store(bytes + shift, body);
  auto segment = Segment::open(bytes + shift, body, size, *view.binding, hash_seed);
  const Segment* const it = segment.get();
  return {it, [owner, kept = std::shared_ptr<const Segment>(std::move(segment))](auto*) {}};
}

}  // namespace kvstore::index
