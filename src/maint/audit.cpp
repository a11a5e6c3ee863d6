#include "src/maint/audit.h"

#include <algorithm>
#include <map>
#include <new>
#include <set>

#include <fmt/core.h>

#include "src/log/reference.h"
#include "src/maint/damaged_ranges.h"
#include "src/maint/describe_source.h"
#include "src/maint/index_audit.h"
#include "src/maint/known_clears.h"
#include "src/maint/losses.h"
#include "src/maint/lost_entries.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/pieces.h"
#include "src/maint/referring_keys.h"
#include "src/maint/tally.h"
#include "src/maint/value_records.h"

namespace kvstore::maint {
namespace {

using log::CorruptRange;
using log::Kind;
using log::Record;

constexpr std::uint64_t kEnd = UINT64_MAX;

// Whether the record's numbers fit its place in the key's chain.
bool numbers_fit(const Record& record, const Record* previous) {
  const bool anew = record.begins_anew();
  const std::uint64_t before = anew || !previous ? 0 : previous->total;
  const unsigned ordinal = previous ? (previous->ordinal + 1u) % log::kFanOut : 0;
  const unsigned since = anew || !previous ? 0 : std::min(previous->since_start + 1u, 255u);
  return record.total == before + record.length() && record.ordinal == ordinal &&
         record.since_start == since;
}

// True if only a CLEAR was lost there.
bool is_clear_alone(const CorruptRange& corrupt) {
  return corrupt.lost_clear && corrupt.missing == 1 && !log::holds_two(corrupt.begin, corrupt.end);
}

// One pass: record() and bad() in log order, then finish().
class Auditor {
 public:
  Auditor(const Source& source, std::uint64_t now_ms)
      : source_(source),
        view_(source.view()),
        tally_(&report_, now_ms, source.page),
        losses_(&report_),
        known_clears_(source) {}

  void record(const Record& record, bool body_is_good);
  void bad(const CorruptRange& corrupt);
  void finish();
  Report& report() { return report_; }
  const std::vector<ExtentBody>& extents() const { return extents_; }

 private:
  void derived(const Record& record, bool body_is_good);
  void clear(std::uint64_t offset);
  void lose_clears(const CorruptRange& corrupt);
  void lose_clear(const CorruptRange& corrupt, const log::ClearMark& known);
  std::uint64_t clear_after(std::uint64_t offset) const;
  std::uint64_t clear_before(std::uint64_t offset) const;
  void check_cleared(const Record& record, const Record& previous);
  void lose_past(const DamagedRange& range, std::uint64_t offset, std::uint64_t after,
                 std::string_view key);
  void lose_cleared(const DamagedRange& last, std::uint64_t after, std::uint64_t cleared,
                    std::string_view key);
  void judge_cleared(const Record& newest, bool is_entry);
  void note_damaged(const Record& record, const char* reason);
  void check_chain(const Record& record, const Record* previous);
  void lose_before(const Record& record, const Record* previous, DamagedRange* range);
  void place(const DamagedRange& lost_in, std::uint64_t after, const Record* next, Loss* loss);
  Loss loss_before(const Record& record, const Record* previous) const;
  bool is_continued(const Record& record, const Record* previous) const;
  void lose_value(const Record& record);
  void note_inconsistent(const Record& record, const char* reason);
  void ask_index();
  void lose_entry(const LostEntries::Entry& entry);
  void find_affected_keys();
  void find_referring_keys();
  void judge_key(const Record& newest);
  void judge_since(std::uint64_t after, const Record& newest);
  void roll_back(std::uint64_t newest);
  void drop(const Record& newest);
  void weigh_as_stored();
  void try_raw_keys();
  bool try_raw_key(DamagedRange* range);
  void lose_newest(DamagedRange* range, std::uint64_t offset, std::uint64_t after,
                   std::string_view key);

  const Source& source_;
  const log::View view_;
  Report report_;
  Tally tally_;
  Losses losses_;
  DamagedRanges ranges_;
  NewestOfKeys keys_;
  // Keys from the index: the offset of their newest record, by the newest run that has one.
  std::map<std::string, std::uint64_t, std::less<>> lost_entries_;
  std::vector<ExtentBody> extents_;
  bool has_encoded_ = false, has_references_ = false;
  const KnownClears known_clears_;
  std::vector<std::uint64_t> clears_;        // offsets of CLEARs, including lost ones
  std::vector<std::uint64_t> maybe_clears_;  // begins of ranges that may have lost one
  std::uint64_t cleared_ = 0;                // the last of clears_
  std::set<std::uint64_t> dropped_;  // newest good records of keys whose newest state is lost
};

void Auditor::record(const Record& record, bool body_is_good) {
  tally_.count(record);
  if (record.is_of_all()) return clear(record.offset);
  if (!record.has_key()) return derived(record, body_is_good);
  report_.bad_values += !body_is_good;
  has_encoded_ |= record.is_encoded();
  has_references_ |= record.is_reference();
  Record previous;
  const bool has_previous = keys_.find(view_, record.key(), &previous);
  check_chain(record, has_previous ? &previous : nullptr);
  if (has_previous && !maybe_clears_.empty()) check_cleared(record, previous);
  losses_.pass(record);
  if (!body_is_good) lose_value(record);
  if (has_previous && previous.offset > cleared_) {
    tally_.drop_newest(previous);
  } else if (has_previous) {
    tally_.drop_cleared();
  }
  tally_.add_newest(record);
  keys_.set(record.offset);
}

void Auditor::clear(std::uint64_t offset) {
  cleared_ = offset;
  clears_.push_back(offset);
  tally_.clear();
  losses_.clear();
}

// Offset of the first CLEAR after the offset, including lost ones; kEnd for none.
std::uint64_t Auditor::clear_after(std::uint64_t offset) const {
  const auto found = std::upper_bound(clears_.begin(), clears_.end(), offset);
  return found == clears_.end() ? kEnd : *found;
}

// Offset of the last CLEAR up to the offset, including lost ones; 0 for none.
std::uint64_t Auditor::clear_before(std::uint64_t offset) const {
  const auto behind = std::upper_bound(clears_.begin(), clears_.end(), offset);
  return behind == clears_.begin() ? 0 : *(behind - 1);
}

// The CLEARs that the index knows; otherwise the last lost record, if the next one tells that it
// was a CLEAR. There may have been others if the file has CLEARs and several records are lost.
void Auditor::lose_clears(const CorruptRange& corrupt) {
  const std::vector<log::ClearMark> known = known_clears_.in(corrupt);
  for (const log::ClearMark& clear : known) lose_clear(corrupt, clear);
  if (known.empty() && corrupt.lost_clear) lose_clear(corrupt, {});
  const log::HeaderPage& page = source_.page;
  const std::uint64_t features = page.header.incompatible | page.slot.incompatible;
  const bool has_clears = page.durable_end_lost() || (features & log::kFeatureClears) != 0;
  const bool may_be_others = corrupt.others_lost && !is_clear_alone(corrupt);
  if (has_clears && may_be_others && !known_clears_.know(corrupt)) {
    maybe_clears_.push_back(corrupt.begin);
  }
}

// The keys before it do not matter: a repair writes it again.
void Auditor::lose_clear(const CorruptRange& corrupt, const log::ClearMark& known) {
  Loss loss;
  loss.kind = Loss::Kind::kClear;
  loss.replaced = true;
  loss.offset = known.offset != 0 ? known.offset : corrupt.begin;
  loss.before = corrupt.end >= source_.limit ? kEnd : corrupt.end;
  loss.seq = known.seq;
  loss.time = known.time;
  clear(loss.place());
  losses_.add(std::move(loss));
}

// A derived record's value matters only if a slot names it (index_audit.h).
void Auditor::derived(const Record& record, bool body_is_good) {
  if (record.kind == Kind::kDictionary && !body_is_good) {
    report_.damage.push_back({record.offset, record.end(),
                              "the dictionary of compressed values does not match its checksum", 0,
                              false, std::nullopt, false});
  }
  if (record.kind != Kind::kExtent) return;
  extents_.push_back({record.offset + record.size(), record.raw_size});
}

void Auditor::bad(const CorruptRange& corrupt) {
  if (corrupt.is_derived) {
    report_.damage.push_back(
        {corrupt.begin, corrupt.end, corrupt.reason, 0, false, {}, true, corrupt.ends_log});
    return;
  }
  CorruptRange range = corrupt;
  if (range.end >= source_.limit) range.end = kEnd;
  if (range.lost_clear) range.names_affected_key = false;
  // Only the CLEAR was lost, and it is known completely.
  if (is_clear_alone(range)) range.others_lost = false;
  ranges_.add(range, report_.damage.size());
  report_.damage.push_back({corrupt.begin,
                            corrupt.end,
                            corrupt.reason,
                            corrupt.missing,
                            corrupt.others_lost,
                            {},
                            false,
                            corrupt.ends_log});
  report_.lost_records += std::max<std::uint64_t>(corrupt.missing, 1);
  lose_clears(corrupt);
}

void Auditor::finish() {
  if (!ranges_.empty()) {
    ask_index();
    find_affected_keys();
  }
  if (has_encoded_) weigh_as_stored();
  if (has_references_ && !report_.damage.empty()) find_referring_keys();
  losses_.finish(view_);
  std::sort(report_.rolled_back.begin(), report_.rolled_back.end());
}

void Auditor::note_damaged(const Record& record, const char* reason) {
  Damage damage{record.offset, record.end(), reason, 0, false, std::nullopt, false};
  damage.key = record.key();
  report_.damage.push_back(std::move(damage));
}

// --- Good records, and what their chains tell of earlier ones.

void Auditor::check_chain(const Record& record, const Record* previous) {
  if (record.prev == (previous ? previous->offset : 0)) {
    if (!numbers_fit(record, previous)) {
      note_inconsistent(record, "its chain's numbers do not add up");
    }
  } else if (DamagedRange* range = ranges_.at(record.prev)) {
    lose_before(record, previous, range);
  } else if (record.prev != 0 || !record.begins_anew()) {
    note_inconsistent(record, "what it names as its predecessor is not one");
  }
}

// A CLEAR lost between the two would have deleted the former value: until the later record it is
// unknown whether the key existed.
void Auditor::check_cleared(const Record& record, const Record& previous) {
  if (record.prev != previous.offset || !record.begins_anew() || previous.kind == Kind::kDelete ||
      previous.kind == Kind::kHole) {
    return;
  }
  const auto maybe = std::upper_bound(maybe_clears_.begin(), maybe_clears_.end(), previous.offset);
  if (maybe == maybe_clears_.end() || clear_after(previous.offset) < *maybe) return;
  lose_past(*ranges_.at(*maybe), *maybe, previous.offset, record.key());
}

// Notes the loss of a version that was not the newest, or that a CLEAR has deleted.
void Auditor::lose_past(const DamagedRange& range, std::uint64_t offset, std::uint64_t after,
                        std::string_view key) {
  Loss loss;
  loss.key = key;
  loss.offset = offset;
  loss.replaced = true;
  loss.before_clear = clear_after(after) != kEnd;
  place(range, after, nullptr, &loss);
  if (!range.corrupt.others_lost && range.names(key)) report_.damage[range.damage].key = loss.key;
  losses_.add(std::move(loss));
}

// What was lost in `last` was after a CLEAR; further losses may have been before it, which the
// CLEAR has deleted.
void Auditor::lose_cleared(const DamagedRange& last, std::uint64_t after, std::uint64_t cleared,
                           std::string_view key) {
  const DamagedRange& first = ranges_.first_lossy(key, after, last);
  if (first.corrupt.begin < cleared) lose_past(first, first.corrupt.begin, after, key);
}

void Auditor::lose_before(const Record& record, const Record* previous, DamagedRange* range) {
  Loss loss = loss_before(record, previous);
  std::uint64_t after = previous ? previous->offset : 0;
  const std::uint64_t cleared = clear_before(record.offset);
  if (after < cleared && cleared < record.prev) {
    lose_cleared(*range, after, cleared, record.key());
    after = cleared;
  }
  place(*range, after, &record, &loss);
  if (!range->corrupt.others_lost && range->names(record.key())) range->explained = true;
  if (range->explained) report_.damage[range->damage].key = loss.key;
  // No bytes are missing for a read: only when the value began, and the value before it, are lost.
  const bool is_in_base = source_.page.base.holds(record.offset);
  if (loss.kind == Loss::Kind::kGap && loss.starts && loss.lost_size == 0 && !is_in_base) {
    lose_past(*range, record.prev, after, record.key());
    loss.before = record.offset;
    loss.seq = record.seq;
  }
  losses_.add(std::move(loss));
}

// Decides where a repair marks the loss. A base is never read as of an earlier seq, so there the
// mark is placed at its key, as a piece of the version that lost it.
void Auditor::place(const DamagedRange& lost_in, std::uint64_t after, const Record* next,
                    Loss* loss) {
  const log::Base& base = source_.page.base;
  const bool in_base = base.holds(lost_in.corrupt.begin);
  const CorruptRange& range =
      in_base ? lost_in.corrupt : ranges_.first_lossy(loss->key, after, lost_in).corrupt;
  loss->before = range.end;
  Record previous;
  if (after != 0 && view_.header(after, &previous) == log::HeaderCheck::kValid) {
    loss->may_go_on = previous.end() == range.begin || previous.is_of_all();
    loss->least_seq = previous.seq + (loss->may_go_on ? 0 : 1);
  }
  if (!base.holds(range.begin)) return;
  loss->base_seq = next && base.holds(next->offset) ? next->seq : base.floor_seq;
}

// The loss between `previous` and `record`, wherever it was.
Loss Auditor::loss_before(const Record& record, const Record* previous) const {
  Loss loss = gap_at(record);
  loss.offset = record.prev;
  if (record.begins_anew()) {
    loss.kind = Loss::Kind::kHole;
    loss.replaced = true;
    loss.type = 1;
    loss.expires = 0;
    return loss;
  }
  const Record* continued = is_continued(record, previous) ? previous : nullptr;
  loss.starts = !continued;
  loss.position = continued ? continued->total : 0;
  loss.total = length_before(record);
  loss.lost_size = loss.total - loss.position;
  // An append of no bytes sets an expiry, which the next record repeats.
  if (loss.lost_size == 0 && !loss.starts) {
    loss.kind = Loss::Kind::kHistory;
    loss.replaced = true;
  }
  return loss;
}

// Whether all that K lost before `record` are appends to `previous`.
//
// since_start counts the records since the value's first (255: 255 or more). If it exceeds the
// number of records that fit in the damaged ranges, the first is older than they are. Otherwise, if
// they are too small for 32 records, ordinals (modulo 32) count the lost records exactly, and
// since_start must have grown by as much.
bool Auditor::is_continued(const Record& record, const Record* previous) const {
  if (!previous || previous->kind == Kind::kDelete || previous->kind == Kind::kHole ||
      previous->total > length_before(record)) {
    return false;
  }
  // A base has one version of a key: its pieces, from a SET on.
  const log::Base& base = source_.page.base;
  if (base.holds(record.offset) && previous->seq == record.seq) return true;
  const std::uint64_t lost_at_most = ranges_.records_lost_after(previous->offset);
  if (record.since_start > lost_at_most) return true;
  const unsigned step = (record.ordinal + log::kFanOut - previous->ordinal - 1u) % log::kFanOut + 1;
  return lost_at_most < log::kFanOut - 1 &&
         record.since_start == std::min(previous->since_start + step, 255u);
}

// A bug of the writer, or a forgery: each record is valid, but they do not fit together.
void Auditor::note_inconsistent(const Record& record, const char* reason) {
  note_damaged(record, reason);
  if (record.begins_anew()) return;
  Loss loss = gap_at(record);
  loss.lost_size = loss.total = length_before(record);
  losses_.add(std::move(loss));
}

void Auditor::lose_value(const Record& record) {
  const std::vector<Piece> pieces = pieces_of(view_, record);
  const std::uint64_t lost = lost_bytes(pieces);
  const bool is_unknown = record.is_reference() && log::body_is_valid(record, *view_.binding);
  note_damaged(record, is_unknown ? log::kNoTarget
                       : lost > 0 ? "a value does not match its checksum"
                                  : "padding or checksums are damaged; no value is");
  if (lost == 0) return;
  const auto first =
      std::find_if(pieces.begin(), pieces.end(), [](const Piece& p) { return !p.good; });
  Loss loss = gap_at(record);
  loss.in_place = true;
  loss.starts = record.begins_anew();
  loss.lost_size = lost;
  loss.position = length_before(record) + first->begin;
  loss.total = record.total;
  losses_.add(std::move(loss));
}

// --- At the end: keys without a record after a damaged range (others are done already).

void Auditor::ask_index() {
  if (report_.stale_slots) return;  // what they name may be older
  const LostEntries known(source_,
                          [this](std::uint64_t offset) { return ranges_.at(offset) != nullptr; });
  for (const LostEntries::Entry& entry : known.entries()) lose_entry(entry);
  for (DamagedRange& range : ranges_.all()) {
    range.indexed = known.know(range.corrupt.begin, range.corrupt.end);
  }
}

// The newest run's entry is first. A key with a record after the entry's is done already.
void Auditor::lose_entry(const LostEntries::Entry& entry) {
  if (!lost_entries_.emplace(entry.key, entry.offset).second) return;
  Record newest;
  const bool is_there = keys_.find(view_, entry.key, &newest);
  if (is_there && newest.offset > entry.offset) return;
  DamagedRange* const range = ranges_.at(entry.offset);
  const std::uint64_t after = is_there ? newest.offset : 0;
  if (range->names(entry.key)) range->explained = true;
  if (entry.offset < cleared_) return lose_past(*range, entry.offset, after, entry.key);
  lose_newest(range, entry.offset, std::max(after, cleared_), entry.key);
  if (is_there && newest.offset > cleared_) drop(newest);
}

void Auditor::drop(const Record& newest) {
  tally_.drop_newest(newest);
  dropped_.insert(newest.offset);
}

// The tally has counted values by their lengths: subtract what compression saves.
void Auditor::weigh_as_stored() {
  std::uint64_t left = report_.record_count, saved = 0;
  keys_.visit(view_, [&](const Record& newest) {
    if (newest.offset < cleared_ || !tally_.is_live(newest) || dropped_.contains(newest.offset))
      return;
    for_value_records(view_, newest, &left, [&](const Record& record) {
      saved += record.length() - std::min(stored_length(record), record.length());
    });
  });
  report_.live_size -= std::min(saved, report_.live_size);
}

void Auditor::find_affected_keys() {
  try_raw_keys();
  keys_.visit(view_, [&](const Record& newest) { judge_key(newest); });
}

void Auditor::find_referring_keys() {
  keys_.visit(view_, [&](const Record& newest) {
    if (newest.offset < cleared_ || !tally_.is_live(newest) || dropped_.contains(newest.offset))
      return;
    find_referred_loss(view_, newest, [this](Loss loss) { losses_.add(std::move(loss)); });
  });
}

void Auditor::judge_key(const Record& newest) {
  const auto entry = lost_entries_.find(newest.key());
  const bool is_entry = entry != lost_entries_.end();
  if (newest.offset < cleared_ && !(is_entry && entry->second < cleared_)) {
    judge_cleared(newest, is_entry);
  }
  if (!is_entry) judge_since(std::max(newest.offset, cleared_), newest);
}

// What the key may have lost after its newest record and the last CLEAR.
void Auditor::judge_since(std::uint64_t after, const Record& newest) {
  std::uint64_t hole_at = 0;
  if (DamagedRange* range = ranges_.last_of(newest.key(), after)) {
    lose_newest(range, range->corrupt.begin, after, newest.key());
    if (newest.offset > cleared_) drop(newest);
    hole_at = range->corrupt.begin;
  }
  const std::uint64_t unnamed = ranges_.last_unnamed();
  if (after < unnamed && unnamed > hole_at) roll_back(newest.offset);
}

// A key is judged as of the CLEARs after it, too, but listed once.
void Auditor::roll_back(std::uint64_t newest) {
  if (report_.rolled_back.empty() || report_.rolled_back.back() != newest) {
    report_.rolled_back.push_back(newest);
  }
}

// For a key that a CLEAR has deleted: its earlier losses are history, with one mark for the time
// between two CLEARs. An index entry after them does not tell what was before.
void Auditor::judge_cleared(const Record& newest, bool is_entry) {
  const std::string_view key = newest.key();
  std::uint64_t told = 0;
  for (const auto* range : ranges_.between(key, newest.offset, cleared_, is_entry)) {
    const std::uint64_t begin = range->corrupt.begin, cleared = clear_after(begin);
    if (cleared == told) continue;
    told = cleared;
    lose_past(*range, begin, std::max(newest.offset, clear_before(begin)), key);
  }
  if (told == 0 && ranges_.has_unnamed_between(newest.offset, cleared_)) roll_back(newest.offset);
}

void Auditor::try_raw_keys() {
  for (DamagedRange& range : ranges_.all()) {
    const CorruptRange& corrupt = range.corrupt;
    const bool may_tell = corrupt.names_affected_key && !range.is_explained() &&
                          corrupt.begin < source_.limit && corrupt.begin >= cleared_;
    if (may_tell && try_raw_key(&range)) range.explained = !corrupt.others_lost;
  }
}

// For a key without any other record: the raw bytes of the lost record may still have it, and the
// known hash proves it.
bool Auditor::try_raw_key(DamagedRange* range) {
  const std::uint64_t begin = range->corrupt.begin;
  const std::string_view key =
      log::key_unchecked(source_.file->data() + begin, source_.limit - begin);
  if (!key.data() || !range->names(key) || lost_entries_.contains(key)) return false;
  Record newest;
  if (keys_.find(view_, key, &newest)) return false;  // judge_key() will handle it
  lose_newest(range, begin, 0, key);
  return true;
}

void Auditor::lose_newest(DamagedRange* range, std::uint64_t offset, std::uint64_t after,
                          std::string_view key) {
  Loss loss;
  loss.key = key;
  loss.offset = offset;
  place(*range, after, nullptr, &loss);
  if (!range->corrupt.others_lost) report_.damage[range->damage].key = loss.key;
  ++report_.lost_keys;
  losses_.add(std::move(loss));
}

Result<Report> audit_log(const Source& source, Way way, std::uint64_t now_ms,
                         const Progress& progress, std::vector<ExtentBody>* extents) {
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
  describe_log(source, walked, &report);
  auditor.finish();
  *extents = auditor.extents();
  return std::move(report);
}

}  // namespace

Result<Report> audit(const Source& source, Way way, std::uint64_t now_ms,
                     const Progress& progress) try {
  std::vector<ExtentBody> extents;
  KV_ASSIGN(Report report, audit_log(source, way, now_ms, progress, &extents));
  if (way == Way::kJudged) report.index = audit_index(source, extents, progress);
  return report;
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, source.path + ": not enough memory for the index of its keys");
}

}  // namespace kvstore::maint
