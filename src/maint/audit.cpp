#include "src/maint/audit.h"

#include <algorithm>
#include <map>
#include <new>
#include <unordered_map>

#include <fmt/format.h>

#include "src/base/hash.h"
#include "src/maint/key_index.h"
#include "src/maint/pieces.h"

namespace kvstore::maint {
namespace {

using log::CorruptRange;
using log::Kind;
using log::Record;

constexpr std::uint64_t kEnd = UINT64_MAX;
constexpr std::uint64_t kShownSteps = 16;

// The value's length before the record.
std::uint64_t length_before(const Record& record) {
  return record.begins_anew() ? 0 : record.total - std::min(record.total, record.length());
}

std::string_view raw_key(const std::uint8_t* at, std::uint64_t left) {
  if (left < log::kRecordHeaderSize) return {};
  const std::uint64_t head = log::kRecordHeaderSize + at[11] * log::kExtensionUnit;
  const std::uint64_t size = load_le<std::uint16_t>(at + 12);
  if (head + size > left) return {};
  return {reinterpret_cast<const char*>(at) + head, static_cast<std::size_t>(size)};
}

class Auditor {
 public:
  Auditor(const Source& source, std::uint64_t now_ms) : source_(source), view_(source.view()), now_ms_(now_ms) {}

  void record(const Record& record, bool body_is_good);
  void bad(const CorruptRange& corrupt);
  void finish();
  Report& report() { return report_; }

 private:
  struct Range {
    CorruptRange corrupt;
    std::size_t damage = 0;        // its number in report_.damage
    bool explained = false;        // whose its one record was is known
    std::uint64_t fit_before = 0;  // records that fit into the ranges before it, at most
  };

  void count(const Record& record);
  void weigh(const Record& record, bool add);
  void check_chain(const Record& record, const Record* previous);
  void lose_before(const Record& record, const Record* previous, Range* range);
  const Range& first_lossy(std::string_view key, std::uint64_t after, const Range* last) const;
  bool is_continued(const Record& record, const Record* previous) const;
  void lose_value(const Record& record);
  void note_inconsistent(const Record& record, const char* reason);
  void add_loss(Loss loss);
  void close_losses(std::string_view key);
  void note_mark(const Record& record);
  void list_marks();
  Range* range_at(std::uint64_t offset);
  bool numbers_fit(const Record& record, const Record* previous) const;
  void find_affected_keys();
  void judge_key(const Record& newest);
  void try_raw_keys();
  void lose_newest(Range* range, std::uint64_t after, std::string_view key);

  const Source& source_;
  const log::View view_;
  const std::uint64_t now_ms_;
  Report report_;
  KeyIndex keys_;
  std::vector<Range> ranges_;  // in order
  std::unordered_map<std::string, std::vector<std::size_t>, SeededHash> open_losses_;
  // Offsets of repairs' marks in values that were not written anew since.
  std::unordered_map<std::string, std::vector<std::uint64_t>, SeededHash> open_marks_;
  std::map<std::uint32_t, std::vector<std::size_t>> named_;  // hash -> ranges
  std::vector<std::size_t> several_;    // ranges that lost records nobody names
  std::uint64_t records_that_fit_ = 0;  // into all ranges
  std::uint64_t time_before_ = 0;       // the last record's
};

void Auditor::record(const Record& record, bool body_is_good) {
  count(record);
  report_.bad_values += !body_is_good;
  if (!record.has_key()) {
    if (!body_is_good) {
      report_.damage.push_back({record.offset, record.end(),
                                "derived data does not match its checksum; nothing is lost", 0,
                                false, std::nullopt});
    }
    return;
  }
  Record previous;
  const bool has_previous = keys_.find(view_, record.key(), &previous);
  check_chain(record, has_previous ? &previous : nullptr);
  if (record.begins_anew()) close_losses(record.key());
  note_mark(record);
  if (!body_is_good) lose_value(record);
  if (has_previous) weigh(previous, false);
  weigh(record, true);
  keys_.set(record.offset);
}

void Auditor::count(const Record& record) {
  ++report_.record_count;
  ++report_.records[record.kind];
  if (report_.first_time == 0) report_.first_time = record.time;
  if (record.time < time_before_ && ++report_.clock_step_count <= kShownSteps) {
    report_.clock_steps.push_back({record.seq, time_before_, record.time});
  }
  time_before_ = record.time;
  report_.last_time = std::max(report_.last_time, record.time);
}

// Keys and bytes are counted by newest records: one leaves, the next comes.
void Auditor::weigh(const Record& record, bool add) {
  const std::uint64_t one = add ? 1 : ~std::uint64_t{0};
  if (record.kind == Kind::kDelete) {
    report_.deleted_keys += one;
  } else if (record.kind == Kind::kHole) {
    report_.lost_keys += one;
  } else if (record.expires != 0 && record.expires <= now_ms_) {
    report_.expired_keys += one;
  } else {
    const std::uint64_t size = log::kRecordHeaderSize + record.key_size + record.total;
    report_.live_keys += one;
    report_.live_size += add ? size : 0 - size;
  }
}

bool Auditor::numbers_fit(const Record& record, const Record* previous) const {
  const bool anew = record.begins_anew();
  const std::uint64_t before = anew || !previous ? 0 : previous->total;
  const unsigned ordinal = previous ? (previous->ordinal + 1u) % log::kFanOut : 0;
  const unsigned since = anew || !previous ? 0 : std::min(previous->since_start + 1u, 255u);
  return record.total == before + record.length() && record.ordinal == ordinal &&
         record.since_start == since;
}

void Auditor::check_chain(const Record& record, const Record* previous) {
  if (record.prev == (previous ? previous->offset : 0)) {
    if (!numbers_fit(record, previous))
      note_inconsistent(record, "its chain's numbers do not add up");
    return;
  }
  if (Range* range = range_at(record.prev)) {
    lose_before(record, previous, range);
  } else if (record.prev != 0 || !record.begins_anew()) {
    note_inconsistent(record, "what it names as its predecessor is not one");
  }
}

// All that K lost before `record` are appends to `previous`.
//
// since_start counts the records since the value's first (255 for more). If it
// is more than could have stood in the damaged ranges, the first is older than
// they are. Else, if they are too small to hold 32 records, ordinals (modulo 32)
// count exactly what is lost, and since_start must have grown by as much.
bool Auditor::is_continued(const Record& record, const Record* previous) const {
  if (!previous || previous->kind == Kind::kDelete || previous->kind == Kind::kHole ||
      previous->total > length_before(record)) {
    return false;
  }
  std::uint64_t lost_at_most = 0;
  const auto behind = std::upper_bound(
      ranges_.begin(), ranges_.end(), previous->offset,
      [](std::uint64_t offset, const Range& range) { return offset < range.corrupt.begin; });
  if (behind != ranges_.end()) lost_at_most = records_that_fit_ - behind->fit_before;
  if (record.since_start > lost_at_most) return true;
  const unsigned step = (record.ordinal + log::kFanOut - previous->ordinal - 1u) % log::kFanOut + 1;
  return lost_at_most < log::kFanOut - 1 &&
         record.since_start == std::min(previous->since_start + step, 255u);
}

// Of the ranges between `after` and `last`, the first that may have cost the key a
// record: from there on reads of the past must not show what was before.
const Auditor::Range& Auditor::first_lossy(std::string_view key, std::uint64_t after,
                                           const Range* last) const {
  const auto behind = std::lower_bound(
      ranges_.begin(), ranges_.end(), after,
      [](const Range& range, std::uint64_t offset) { return range.corrupt.begin < offset; });
  const auto from = static_cast<std::size_t>(behind - ranges_.begin());
  auto first = static_cast<std::size_t>(last - ranges_.data());
  const auto look_in = [&](const std::vector<std::size_t>& numbers) {
    const auto found = std::lower_bound(numbers.begin(), numbers.end(), from);
    if (found != numbers.end()) first = std::min(first, *found);
  };
  look_in(several_);
  const auto named = named_.find(static_cast<std::uint32_t>(hash_key(key)));
  if (named != named_.end()) look_in(named->second);
  return ranges_[first];
}

void Auditor::lose_before(const Record& record, const Record* previous, Range* range) {
  const std::uint64_t before = length_before(record);
  Loss loss;
  loss.key = record.key();
  loss.offset = record.prev;
  loss.before = first_lossy(record.key(), previous ? previous->offset : 0, range).corrupt.end;
  loss.type = record.type;
  if (record.begins_anew()) {
    loss.replaced = true;
    loss.type = 1;
  } else {
    loss.starts = !is_continued(record, previous);
    loss.position = loss.starts ? 0 : previous->total;
    loss.lost_size = before - loss.position;
    loss.total = before;
    loss.expires = record.expires;
    // An append of nothing sets an expiry; the next record repeats it.
    const bool nothing = loss.lost_size == 0 && !loss.starts;
    loss.kind = nothing ? Loss::Kind::kHistory : Loss::Kind::kGap;
    loss.replaced = nothing;
  }
  const bool named =
      static_cast<std::uint32_t>(hash_key(record.key())) == range->corrupt.affected_key_hash;
  if (!range->corrupt.others_lost && named) range->explained = true;
  if (range->explained) report_.damage[range->damage].key = loss.key;
  add_loss(std::move(loss));
}

// A bug of the writer, or a forgery: each record is whole, but they do not fit.
void Auditor::note_inconsistent(const Record& record, const char* reason) {
  report_.damage.push_back(
      {record.offset, record.end(), reason, 0, false, std::string(record.key())});
  if (record.begins_anew()) return;
  Loss loss;
  loss.kind = Loss::Kind::kGap;
  loss.key = record.key();
  loss.offset = loss.before = record.offset;
  loss.lost_size = loss.total = length_before(record);
  loss.expires = record.expires;
  loss.type = record.type;
  add_loss(std::move(loss));
}

void Auditor::lose_value(const Record& record) {
  const std::uint64_t lost = lost_bytes(pieces_of(record, *source_.binding));
  const char* reason = lost > 0 ? "a value does not match its checksum"
                                : "padding or checksums are damaged; no value is";
  report_.damage.push_back(
      {record.offset, record.end(), reason, 0, false, std::string(record.key())});
  if (lost == 0) return;
  Loss loss;
  loss.kind = Loss::Kind::kGap;
  loss.key = record.key();
  loss.offset = loss.before = record.offset;
  loss.in_place = true;
  loss.starts = record.begins_anew();
  loss.lost_size = lost;
  loss.position = length_before(record);
  for (const Piece& piece : pieces_of(record, *source_.binding)) {
    if (piece.good) continue;
    loss.position += piece.begin;
    break;
  }
  loss.total = record.total;
  loss.expires = record.expires;
  loss.type = record.type;
  add_loss(std::move(loss));
}

void Auditor::add_loss(Loss loss) {
  if (!loss.replaced) open_losses_[loss.key].push_back(report_.losses.size());
  report_.losses.push_back(std::move(loss));
}

void Auditor::close_losses(std::string_view key) {
  if (open_losses_.empty()) return;
  const auto found = open_losses_.find(std::string(key));
  if (found == open_losses_.end()) return;
  for (const std::size_t i : found->second) report_.losses[i].replaced = true;
  open_losses_.erase(found);
}

// A value that is written anew has no marks.
void Auditor::note_mark(const Record& record) {
  if (record.begins_anew() && !open_marks_.empty()) open_marks_.erase(std::string(record.key()));
  const bool gap = record.kind == Kind::kGap && record.raw_size > 0;
  if (gap || record.kind == Kind::kHole) {
    open_marks_[std::string(record.key())].push_back(record.offset);
  }
}

void Auditor::list_marks() {
  Record mark;
  for (const auto& [key, offsets] : open_marks_) {
    for (const std::uint64_t offset : offsets) {
      if (view_.header(offset, &mark) != log::HeaderCheck::kValid) continue;
      report_.marked.push_back(
          {key, mark.kind, offset, mark.raw_size, length_before(mark), mark.total});
    }
  }
  std::sort(report_.marked.begin(), report_.marked.end(),
            [](const Marked& a, const Marked& b) { return a.offset < b.offset; });
}

void Auditor::bad(const CorruptRange& corrupt) {
  Range range{corrupt, report_.damage.size(), false, records_that_fit_};
  records_that_fit_ += (corrupt.end - corrupt.begin) / log::kRecordHeaderSize;
  if (range.corrupt.end >= source_.limit) range.corrupt.end = kEnd;
  if (corrupt.names_affected_key) named_[corrupt.affected_key_hash].push_back(ranges_.size());
  if (corrupt.others_lost) several_.push_back(ranges_.size());
  report_.damage.push_back(
      {corrupt.begin, corrupt.end, corrupt.reason, corrupt.missing, corrupt.others_lost, {}});
  report_.lost_records += std::max<std::uint64_t>(corrupt.missing, 1);
  ranges_.push_back(range);
}

Auditor::Range* Auditor::range_at(std::uint64_t offset) {
  const auto behind = std::upper_bound(
      ranges_.begin(), ranges_.end(), offset,
      [](std::uint64_t at, const Range& range) { return at < range.corrupt.begin; });
  if (behind == ranges_.begin()) return nullptr;
  Range& range = *(behind - 1);
  return offset < range.corrupt.end ? &range : nullptr;
}

void Auditor::finish() {
  if (!ranges_.empty()) find_affected_keys();
  list_marks();
  std::sort(report_.rolled_back.begin(), report_.rolled_back.end());
}

// Keys with no record after a damaged range (the others have told already).
void Auditor::find_affected_keys() {
  try_raw_keys();
  keys_.visit(view_, [&](const Record& newest) { judge_key(newest); });
}

void Auditor::judge_key(const Record& newest) {
  const auto found = named_.find(static_cast<std::uint32_t>(hash_key(newest.key())));
  std::uint64_t hole_at = 0;
  if (found != named_.end()) {
    for (auto i = found->second.rbegin(); i != found->second.rend() && hole_at == 0; ++i) {
      Range& range = ranges_[*i];
      if (newest.offset > range.corrupt.begin) break;
      if (range.explained) continue;
      lose_newest(&range, newest.offset, newest.key());
      weigh(newest, false);
      ++report_.lost_keys;
      hole_at = range.corrupt.begin;
    }
  }
  if (several_.empty()) return;
  const std::uint64_t last = ranges_[several_.back()].corrupt.begin;
  if (newest.offset <= last && last > hole_at) report_.rolled_back.push_back(newest.offset);
}

// A key that has no other record: the lost record's own bytes may still say it,
// and the named hash proves it.
void Auditor::try_raw_keys() {
  for (Range& range : ranges_) {
    const CorruptRange& corrupt = range.corrupt;
    if (!corrupt.names_affected_key || range.explained || corrupt.begin >= source_.limit) continue;
    const std::string_view key =
        raw_key(source_.file->data() + corrupt.begin, source_.limit - corrupt.begin);
    if (!key.data() || static_cast<std::uint32_t>(hash_key(key)) != corrupt.affected_key_hash)
      continue;
    Record newest;
    if (keys_.find(view_, key, &newest)) continue;  // judge_key() will see it
    lose_newest(&range, 0, key);
    ++report_.lost_keys;
    range.explained = !corrupt.others_lost;
  }
}

void Auditor::lose_newest(Range* range, std::uint64_t after, std::string_view key) {
  Loss loss;
  loss.key = key;
  loss.offset = range->corrupt.begin;
  loss.before = first_lossy(key, after, range).corrupt.end;
  report_.damage[range->damage].key = loss.key;
  add_loss(std::move(loss));
}

void describe_page(const Source& source, Report* report) {
  const log::HeaderPage& page = source.page;
  report->path = source.path;
  report->file_size = source.limit;
  report->version = page.header.version;
  report->db_id = page.header.db_id;
  report->file_id = page.header.file_id;
  report->header_lost = source.header_lost;
  report->bad_headers = page.bad_headers;
  report->bad_slots = source.beside_writer ? 0 : page.bad_slots;
  report->created = page.header.created;
  report->floor_seq = page.header.floor_seq;
  report->closed_cleanly = source.closed_cleanly();
  report->slot_durable = page.slot.durable_end;
  report->beside_writer = source.beside_writer;
  report->writer = source.writer;
}

}  // namespace

Result<Report> audit(const Source& source, Way way, std::uint64_t now_ms,
                     const Progress& progress) try {
  Auditor auditor(source, now_ms);
  Report& report = auditor.report();
  describe_page(source, &report);
  Visitor visitor;
  visitor.record = [&](const Record& record, bool body_is_good) {
    auditor.record(record, body_is_good);
    if (progress) progress(record.offset);
  };
  visitor.bad = [&](const CorruptRange& corrupt) { auditor.bad(corrupt); };
  KV_ASSIGN(const Walked walked, walk(source, way, visitor));
  report.end = walked.end;
  report.durable = walked.durable;
  report.last_seq = walked.last_seq;
  report.epoch = walked.epoch;
  report.stale_slots = walked.slots_are_stale;
  report.torn_begin = walked.end;
  report.torn_end = source.beside_writer ? walked.end : walked.torn_end;
  auditor.finish();
  std::stable_sort(report.losses.begin(), report.losses.end(),
                   [](const Loss& a, const Loss& b) { return a.before < b.before; });
  return std::move(report);
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, source.path + ": not enough memory for the index of its keys");
}

}  // namespace kvstore::maint
