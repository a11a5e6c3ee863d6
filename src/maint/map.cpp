#include "src/maint/map.h"

#include <algorithm>
#include <new>
#include <unordered_set>
#include <utility>
#include <vector>

#include "src/base/cancel.h"
#include "src/log/chain.h"
#include "src/log/reference.h"
#include "src/maint/key_groups.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/value_records.h"
#include "src/maint/walk.h"

namespace kvstore::maint {
namespace {

using log::Kind;
using log::Record;

constexpr std::uint64_t kOneDay = 86'400'000'000;
constexpr std::size_t kMostDamagedNoted = 1'000'000;
constexpr std::size_t kMostReferredNoted = 1'000'000;
constexpr std::size_t kLongestShownKey = 256;
// Approximate bytes for a key in a sealed index, besides half of its own bytes.
constexpr std::uint64_t kIndexedKey = 10;

class Mapper {
 public:
  Mapper(const Source& source, std::uint64_t now_us) : source_(source), view_(source.view()) {
    map_.path = source.path;
    map_.file_size = source.limit;
    map_.disk_bytes = source.file->disk_bytes();
    map_.beside_writer = source.beside_writer;
    map_.now_us = now_us;
    map_.floor_seq = source.page.header.floor_seq;
    map_.floor_us = source.page.header.floor_time;
    map_.is_increment = (source.page.header.incompatible & log::kFeatureIncrement) != 0;
    if (map_.is_increment) map_.until_seq = source.page.header.increment.until_seq;
    map_.is_compressed = (source.page.header.incompatible & log::kFeatureCompressed) != 0;
    map_.region_size = std::max<std::uint64_t>((source.limit + kRegions - 1) / kRegions, 1);
    map_.regions.resize(kRegions);
  }

  void take(const Record& record, bool body_is_good);
  void take_bad(const log::CorruptRange& corrupt);
  void take_header_page(const Walked& walked);
  void finish(const Walked& walked);
  SpaceMap& map() { return map_; }

 private:
  template <class Visit>
  void for_regions(std::uint64_t begin, std::uint64_t end, const Visit& visit) const;
  void add(SpaceClass what, std::uint64_t begin, std::uint64_t end);
  void move(SpaceClass from, SpaceClass to, const Record& record);
  void take_derived(const Record& record);
  void supersede(const Record& newest, std::uint64_t time_us);
  template <class Visit>
  void for_value(const Record& newest, const Visit& visit);
  void judge(const Record& newest);
  bool is_missing(const Record& newest) const;
  bool is_expired(const Record& newest) const {
    return newest.expires != 0 && newest.expires <= map_.now_us / 1000;
  }
  void keep_referred(std::uint64_t offset);
  void keep_referred(const Record& target, std::uint64_t begin);
  std::uint64_t take_stored(const Record& newest);
  std::uint64_t saved_anew() const;
  void note_large(const Record& newest, std::uint64_t stored);
  void note_time(std::uint64_t time_us);
  bool is_damaged(const Record& record) const { return damaged_.contains(record.offset); }

  const Source& source_;
  const log::View view_;
  SpaceMap map_;
  NewestOfKeys newest_;
  KeyGroups groups_;
  std::unordered_set<std::uint64_t> damaged_;   // records with damaged values
  std::unordered_set<std::uint64_t> referred_;  // records that live keys refer to and that belong
                                                // to no live key
  bool has_references_ = false;
  std::vector<std::uint64_t> referring_;  // newest records of live values that may begin with a REF
  std::uint64_t cleared_ = 0;             // offset of the newest CLEAR
  std::uint64_t visited_ = 0;             // number of records visited by for_value()
  std::uint64_t damaged_end_ = 0;         // end of the last place without records
  std::uint64_t kept_history_ = 0;        // bytes of a day of history
  std::uint64_t shared_history_ = 0;      // the part of it that live values refer to
  std::uint64_t base_bytes_ = 0;          // bytes of live values in a compacted file
  std::uint64_t index_bytes_ = 0;         // bytes of its index
  std::uint64_t dictionary_bytes_ = 0;
  // Live values of a compressed file: in its base, and written since.
  std::uint64_t base_raw_ = 0, base_stored_ = 0, raw_since_ = 0;
};

// Calls `visit` for each region with the number of bytes of [begin, end) in it.
template <class Visit>
void Mapper::for_regions(std::uint64_t begin, std::uint64_t end, const Visit& visit) const {
  end = std::min(end, source_.limit);
  while (begin < end) {
    const std::size_t region = begin / map_.region_size;
    const std::uint64_t until = std::min(end, (region + 1) * map_.region_size);
    visit(region, until - begin);
    begin = until;
  }
}

void Mapper::add(SpaceClass what, std::uint64_t begin, std::uint64_t end) {
  const auto one = static_cast<std::size_t>(what);
  for_regions(begin, end, [&](std::size_t region, std::uint64_t size) {
    map_.regions[region][one] += size;
    map_.total[one] += size;
  });
}

// Moves a record to another class, unless its value is damaged. Moves at most what the class has:
// in a forged file chains may lead to a record twice.
void Mapper::move(SpaceClass from, SpaceClass to, const Record& record) {
  if (is_damaged(record)) return;
  const auto source = static_cast<std::size_t>(from), target = static_cast<std::size_t>(to);
  for_regions(record.offset, record.end(), [&](std::size_t region, std::uint64_t size) {
    const std::uint64_t moved = std::min(size, map_.regions[region][source]);
    map_.regions[region][source] -= moved;
    map_.regions[region][target] += moved;
    map_.total[source] -= moved;
    map_.total[target] += moved;
  });
}

void Mapper::note_time(std::uint64_t time_us) {
  if (map_.first_us == 0 || time_us < map_.first_us) map_.first_us = time_us;
  map_.last_us = std::max(map_.last_us, time_us);
}

// Visits the readable records of the value with this newest record. Each is visited once in the
// whole pass, because values do not share records: if there are more visits, the chains are
// invalid.
template <class Visit>
void Mapper::for_value(const Record& newest, const Visit& visit) {
  std::uint64_t left = map_.records - visited_;
  for_value_records(view_, newest, &left, visit);
  visited_ = map_.records - left;
}

// A deletion is history from the start.
void Mapper::supersede(const Record& newest, std::uint64_t time_us) {
  if (newest.kind == Kind::kDelete) return;
  const bool is_kept = time_us + kOneDay > map_.now_us;
  for_value(newest, [&](const Record& record) {
    move(SpaceClass::kLive, SpaceClass::kHistory, record);
    if (is_kept) kept_history_ += record.end() - record.offset;
  });
}

// Freed parts of a body take no space.
void Mapper::take_derived(const Record& record) {
  if (record.kind == Kind::kDictionary) dictionary_bytes_ += record.size();
  const std::uint64_t body = record.offset + record.size();
  const std::uint64_t holes = source_.file->hole_bytes(body, std::min(record.end(), source_.limit));
  const std::uint64_t used_end = record.end() - std::min(holes, record.end() - body);
  add(SpaceClass::kIndex, record.offset, used_end);
  add(SpaceClass::kFree, used_end, record.end());
}

void Mapper::take(const Record& record, bool body_is_good) {
  ++map_.records;
  if (record.is_of_all()) {
    cleared_ = record.offset;
    note_time(record.time);
    return add(SpaceClass::kHistory, record.offset, record.end());
  }
  if (!record.has_key()) return take_derived(record);
  note_time(record.time);
  groups_.at(record.key()).bytes += record.end() - record.offset;
  has_references_ |= record.is_reference();
  Record previous;
  const bool has_previous = newest_.find(view_, record.key(), &previous);
  if (has_previous && record.begins_anew()) supersede(previous, record.time);
  if (!body_is_good && damaged_.size() < kMostDamagedNoted) {
    damaged_.insert(record.offset);
    ++map_.damaged_places;
    add(SpaceClass::kDamaged, record.offset, record.end());
  } else {
    const bool is_deletion = record.kind == Kind::kDelete;
    add(is_deletion ? SpaceClass::kHistory : SpaceClass::kLive, record.offset, record.end());
  }
  newest_.set(record.offset);
}

void Mapper::take_bad(const log::CorruptRange& corrupt) {
  ++map_.damaged_places;
  add(SpaceClass::kDamaged, corrupt.begin, corrupt.end);
  damaged_end_ = std::max(damaged_end_, std::min(corrupt.end, source_.limit));
}

// The value's bytes in the file. Without compression its chain need not be followed.
std::uint64_t Mapper::take_stored(const Record& newest) {
  if (!map_.is_compressed) return newest.total;
  std::uint64_t stored = 0;
  for_value(newest, [&](const Record& record) {
    const bool in_base = source_.page.base.holds(record.offset);
    stored += stored_length(record);
    (in_base ? base_raw_ : raw_since_) += record.length();
    if (in_base) base_stored_ += stored_length(record);
  });
  return stored;
}

// What a compaction would save by compressing what was written since the last one.
std::uint64_t Mapper::saved_anew() const {
  if (base_raw_ <= base_stored_) return 0;
  const double share = static_cast<double>(base_raw_ - base_stored_) /
                       static_cast<double>(base_raw_) * static_cast<double>(raw_since_);
  return std::min(static_cast<std::uint64_t>(share), base_bytes_);
}

void Mapper::note_large(const Record& newest, std::uint64_t stored) {
  std::vector<LargeKey>& keys = map_.keys;
  if (keys.size() == kMostShown && newest.total <= keys.back().size) return;
  const auto place = std::find_if(keys.begin(), keys.end(),
                                  [&](const LargeKey& key) { return key.size < newest.total; });
  keys.insert(place, {std::string(newest.key().substr(0, kLongestShownKey)), newest.total, stored,
                      newest.time});
  if (keys.size() > kMostShown) keys.pop_back();
}

bool Mapper::is_missing(const Record& newest) const {
  return newest.offset < cleared_ || newest.kind == Kind::kDelete;
}

// What a live value refers to is live, whatever the state of the key that it was written to.
void Mapper::keep_referred(std::uint64_t offset) {
  Record newest;
  if (view_.header(offset, &newest) != log::HeaderCheck::kValid) return;
  const auto first = log::find_own_byte(view_, newest, 0);
  if (!first || !first->is_reference()) return;
  const auto reference = log::Reference::of(view_, *first);
  // A compacted file has referenced bytes once: with the value that owns them, or see below.
  if (reference) {
    const std::uint64_t counted =
        log::record_size(0, 0, reference->total()) - log::kRecordHeaderSize;
    base_bytes_ -= std::min(base_bytes_, counted);
  }
  for (std::size_t i = 0; reference && i < reference->size(); ++i) {
    const auto target = log::find_target(view_, reference->piece(i), first->type);
    if (target) keep_referred(*target, reference->begin(i));
  }
}

void Mapper::keep_referred(const Record& target, std::uint64_t begin) {
  Record newest;
  if (!newest_.find(view_, target.key(), &newest)) return;
  const bool shows = !is_missing(newest) && newest.kind != Kind::kHole && newest.total > 0;
  const auto first =
      shows ? log::find_own_byte(view_, newest, 0) : log::ChainResult<Record>(Record{});
  const bool is_current = shows && first && first->at && first->offset <= target.offset;
  if (is_current && !is_expired(newest)) return;
  const SpaceClass was = is_current ? SpaceClass::kExpired : SpaceClass::kHistory;
  // If so it is part of a day of history.
  const bool is_kept = !is_current && newest.time + kOneDay > map_.now_us;
  Record record = target;
  // If another reference to the chain was handled, the records before are live already.
  while (record.total > begin && referred_.size() < kMostReferredNoted &&
         referred_.insert(record.offset).second) {
    move(was, SpaceClass::kLive, record);
    const std::uint64_t size = record.end() - record.offset;
    base_bytes_ += size;
    if (is_kept) shared_history_ += size;
    if (record.begins_anew() || record.prev == 0) return;
    if (view_.header(record.prev, &record) != log::HeaderCheck::kValid) return;
  }
}

void Mapper::judge(const Record& newest) {
  if (newest.offset < cleared_) supersede(newest, newest.time);
  if (is_missing(newest)) {
    ++map_.deleted_keys;
    return;
  }
  if (is_expired(newest)) {
    ++map_.expired_keys;
    return for_value(newest, [this](const Record& record) {
      move(SpaceClass::kLive, SpaceClass::kExpired, record);
    });
  }
  ++map_.live_keys;
  if (has_references_ && newest.kind != Kind::kSet && newest.total > 0) {
    referring_.push_back(newest.offset);
  }
  const std::uint64_t stored = take_stored(newest);
  map_.value_bytes += newest.total;
  map_.value_bytes_stored += stored;
  note_large(newest, stored);
  KeyGroup& group = groups_.at(newest.key());
  ++group.keys;
  group.live += stored + newest.key().size();
  // Nearly all records of a compacted file are a whole value, with no extension but the one for
  // compression.
  base_bytes_ += log::record_size(stored < newest.total ? 1 : 0, newest.key().size(), stored);
  index_bytes_ += newest.key().size() / 2 + kIndexedKey;
  const std::uint64_t age = map_.now_us - std::min(map_.now_us, newest.time);
  const auto bucket =
      std::find_if(kAges.begin(), kAges.end(), [age](std::uint64_t most) { return age <= most; });
  map_.live_by_age[static_cast<std::size_t>(bucket - kAges.begin())] +=
      stored + newest.key().size();
}

// As in verify (report.h).
void Mapper::take_header_page(const Walked& walked) {
  const bool slots_are_lost = source_.page.durable_end_lost() && !source_.beside_writer;
  const bool is_bad = source_.page.bad_headers > 0 || slots_are_lost || walked.slots_are_stale;
  if (is_bad) ++map_.damaged_places;
  add(is_bad ? SpaceClass::kDamaged : SpaceClass::kIndex, 0, log::kHeaderPageSize);
}

void Mapper::finish(const Walked& walked) {
  take_header_page(walked);
  const std::uint64_t end = std::max(walked.end, damaged_end_);
  add(SpaceClass::kDamaged, end, walked.torn_end);
  add(SpaceClass::kFree, std::max(end, walked.torn_end), source_.limit);
  newest_.visit(view_, [this](const Record& newest) { judge(newest); });
  for (const std::uint64_t offset : referring_) keep_referred(offset);
  map_.groups = groups_.largest(kMostShown);
  map_.groups_are_partial = groups_.is_partial();
  map_.compacted_bare =
      log::kHeaderPageSize + dictionary_bytes_ + base_bytes_ - saved_anew() + index_bytes_;
  map_.compacted = map_.compacted_bare + kept_history_ - std::min(shared_history_, kept_history_);
}

}  // namespace

Result<SpaceMap> map_space(const Source& source, std::uint64_t now_us,
                           const std::function<void(std::uint64_t)>& progress) {
  try {
    Mapper mapper(source, now_us);
    Visitor visitor;
    visitor.record = [&](const Record& record, bool body_is_good) {
      leave_if_cancelled();
      if (progress) progress(record.offset);
      mapper.take(record, body_is_good);
    };
    visitor.bad = [&](const log::CorruptRange& corrupt) { mapper.take_bad(corrupt); };
    KV_ASSIGN(const Walked walked, walk(source, Way::kJudged, visitor));
    mapper.finish(walked);
    return std::move(mapper.map());
  } catch (const Cancelled&) {
    return cancelled();
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "there is not enough memory for the keys of " + source.path);
  }
}

}  // namespace kvstore::maint
