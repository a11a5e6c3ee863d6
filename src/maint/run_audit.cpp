#include "src/maint/run_audit.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/hash.h"
#include "src/index/segment_cursor.h"

namespace kvstore::maint {

using index::Entry;
using index::Segment;
using log::HeaderCheck;
using log::Record;
using Step = log::Scanner::Step;

void FaultList::add(std::uint64_t offset, std::string what) {
  put({offset, std::move(what), std::nullopt});
}

void FaultList::add(std::uint64_t offset, std::string what, std::string_view key) {
  put({offset, std::move(what), std::string(key)});
}

void FaultList::put(IndexFault fault) {
  if (++report_.fault_count <= IndexReport::kListed) report_.faults.push_back(std::move(fault));
}

void RunAudit::run() {
  open_segments();
  read_log();
  compare();
}

// --- The segments

void RunAudit::open_segments() {
  for (std::size_t i = 0; i < place_.segments.size(); ++i) {
    auto segment = open_segment(i);
    if (segment && !check_segment(i, *segment)) segment = nullptr;
    is_whole_ &= segment != nullptr;
    segments_.push_back(std::move(segment));
    report_.keys += place_.segments[i].keys;
    report_.bytes += place_.segments[i].size;
  }
  report_.segments += place_.segments.size();
}

std::shared_ptr<const Segment> RunAudit::open_segment(std::size_t number) {
  const log::SegmentPlace& place = place_.segments[number];
  Record extent;
  if (log_.whole.header(place.extent, &extent) != HeaderCheck::kValid ||
      extent.kind != log::Kind::kExtent) {
    faults_.add(place.extent, "no EXTENT can be read where a run has a segment");
    return nullptr;
  }
  if (extent.offset + extent.size() != place.body || extent.raw_size != place.size) {
    faults_.add(place.extent, "a segment's EXTENT is of another size than the checkpoint says");
    return nullptr;
  }
  const std::uint8_t* const body = log_.whole.data + place.body;
  std::shared_ptr<const Segment> segment =
      Segment::open(body, place.body, place.size, *log_.whole.binding, hash_seed_, log_.whole.file);
  if (segment) return segment;
  const bool is_empty = log::is_zero(log_.whole.data, place.body, place.body + place.size);
  faults_.add(place.body, is_empty ? "a segment was never filled, or its room was given back"
                                   : "a segment's header does not check out");
  return nullptr;
}

bool RunAudit::check_segment(std::size_t number, const Segment& segment) {
  const log::SegmentPlace& place = place_.segments[number];
  if (const auto fault = segment.check_all()) {
    faults_.add(fault->offset, "a segment is damaged: " + fault->what);
    return false;
  }
  index::SegmentCursor cursor(segment);
  cursor.seek_first();
  if (segment.keys() != place.keys || !cursor.valid() || cursor.key() < place.first_key) {
    faults_.add(place.body, "a segment has other keys than the checkpoint says");
    return false;
  }
  cursor.seek_last();
  const bool is_last = number + 1 == place_.segments.size();
  if (is_last || cursor.key() < place_.segments[number + 1].first_key) return true;
  faults_.add(place.body, "a segment has keys that belong to the next one", cursor.key());
  return false;
}

// --- The log

void RunAudit::read_log() {
  log_.scanner.set_limit(place_.end);
  while (true) {
    switch (log_.scanner.next()) {
      case Step::kRecord:
        take(log_.scanner.record());
        break;
      case Step::kBad:
        note_bad(log_.scanner.bad());
        break;
      default:
        if (log_.scanner.end() != place_.end) {
          faults_.add(place_.end, "a run ends after the last record of its stretch of the log");
        } else if (log_.scanner.last_seq() > place_.last_seq) {
          faults_.add(place_.end, "a run has records of higher seqs than it says");
        }
        return;
    }
  }
}

void RunAudit::take(const Record& record) {
  if (log_.progress && *log_.progress) (*log_.progress)(record.offset);
  const bool is_misdated = log_.epochs && !log_.epochs->holds(record.offset, record.epoch);
  if (is_misdated && log_.misdated == 0) log_.misdated = record.offset;
  if (!record.takes_seq()) return;
  log_.key_hash = static_cast<std::uint32_t>(hash_key(record.key()));
  log_.last_in_batch = (record.flags & log::kBatchMember) != 0;
  if (record.is_of_all()) {
    log_.clears.push_back({record.offset, record.seq, record.time});
    return;
  }
  Record previous;
  keys_ += !newest_.find(log_.whole, record.key(), &previous);
  newest_.set(record.offset);
}

// A record that extends beyond the run's end is not damaged: the run's end is not the end of a
// record.
void RunAudit::note_bad(const log::Scanner::Bad& bad) {
  Record record;
  const bool is_cut = bad.end == place_.end &&
                      log_.whole.header(bad.begin, &record) == HeaderCheck::kValid &&
                      record.end() > place_.end;
  if (is_cut) {
    faults_.add(place_.end, fmt::format("a run ends within the record at offset {}", bad.begin));
  }
  log_.is_damaged = true;
}

// --- Comparison

void RunAudit::compare() {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i]) compare_segment(*segments_[i], place_.segments[i].extent);
  }
  if (!is_whole_ || known_ < keys_) find_missing();
}

void RunAudit::compare_segment(const Segment& segment, std::uint64_t extent) {
  index::SegmentCursor cursor(segment);
  for (cursor.seek_first(); cursor.valid(); cursor.next()) {
    compare_key(cursor.key(), cursor.entry(), extent);
  }
}

void RunAudit::compare_key(std::string_view key, Entry entry, std::uint64_t extent) {
  Record newest;
  const bool is_in_log = newest_.find(log_.whole, key, &newest);
  known_ += is_in_log;
  if (is_in_log && Entry::of(newest).word() == entry.word()) return;
  if (log_.is_damaged && is_unreadable(entry)) {
    ++report_.unreadable;
  } else if (!is_in_log) {
    faults_.add(extent,
                fmt::format("a run has a key, at offset {}, that its stretch of the log has not",
                            entry.offset()),
                key);
  } else if (newest.offset != entry.offset()) {
    faults_.add(extent,
                fmt::format("a run has a key at offset {}, but its newest record is at {}",
                            entry.offset(), newest.offset),
                key);
  } else {
    faults_.add(extent,
                fmt::format("a run says wrongly whether the record at offset {} is a deletion, or "
                            "expires",
                            entry.offset()),
                key);
  }
}

bool RunAudit::is_unreadable(Entry entry) const {
  Record record;
  return entry.offset() >= place_.begin && entry.offset() < place_.end &&
         log_.whole.header(entry.offset(), &record) != HeaderCheck::kValid;
}

// Finds keys of the log that the run lacks, if it has all its segments.
void RunAudit::find_missing() {
  newest_.visit(log_.whole, [this](const Record& newest) { look_for(newest); });
}

void RunAudit::look_for(const Record& newest) {
  const auto& places = place_.segments;
  const auto behind = std::upper_bound(
      places.begin(), places.end(), newest.key(),
      [](std::string_view key, const log::SegmentPlace& place) { return key < place.first_key; });
  const auto number = static_cast<std::size_t>(behind - places.begin());
  const Segment* const segment = number > 0 ? segments_[number - 1].get() : nullptr;
  if (number > 0 && !segment) return;  // it was reported already
  Entry entry;
  if (segment && segment->find_key(newest.key(), &entry) == Segment::Probe::kFound) return;
  faults_.add(number > 0 ? places[number - 1].extent : place_.end,
              fmt::format("a run lacks a key whose newest record is at offset {}", newest.offset),
              newest.key());
}

}  // namespace kvstore::maint
