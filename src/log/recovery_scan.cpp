#include "src/log/recovery_scan.h"

#include <algorithm>

#include "src/base/hash.h"
#include "src/file/bus_guard.h"

namespace kvstore::log {

namespace {

// The slot describes the last record before D: if that is the one before the bad place, the lost
// bytes had no key.
bool only_derived_at_end(const Scanner& scanner, const Slot& slot, std::uint64_t from,
                         std::uint64_t end) {
  const bool may_go_on = !slot.clean && !scanner.is_preallocated(end);
  return slot.durable_end == end && slot.last_seq == scanner.last_seq() && slot.last_seq != 0 &&
         !scanner.in_open_batch() && from >= slot.base_end && !may_go_on;
}

}  // namespace

CorruptRange missing_end(const Scanner& scanner, const Slot& slot, std::uint64_t from,
                         std::uint64_t end) {
  CorruptRange corrupt{from, std::max(from, end), "the end of the log is missing"};
  corrupt.ends_log = true;
  // The scanner may be after the place already, and so after the base.
  const bool in_base = from < slot.base_end;
  corrupt.first_seq = in_base ? 0 : scanner.lowest_next_seq();
  corrupt.is_derived = only_derived_at_end(scanner, slot, from, end);
  if (corrupt.is_derived) return corrupt;
  corrupt.names_affected_key = slot.durable_end == end;
  corrupt.affected_key_hash = slot.prev_key_hash;
  const std::uint64_t left = slot.last_seq == scanner.last_seq() ? scanner.left_of_batch(end) : 0;
  corrupt.missing = left > 0                             ? left
                    : slot.last_seq > scanner.last_seq() ? slot.last_seq - scanner.last_seq()
                                                         : 1;
  // The seqs count records only if there is no batch.
  const bool countable =
      left > 0 || (slot.last_not_in_batch && !scanner.in_open_batch() && !in_base);
  const bool may_go_on = !slot.clean && !scanner.is_preallocated(end);
  corrupt.others_lost = !corrupt.names_affected_key || corrupt.missing > 1 || may_go_on ||
                        (!countable && holds_two(from, std::max(from, end)));
  corrupt.lost_clear = corrupt.names_affected_key && slot.last_is_of_all;
  corrupt.others_lost |= corrupt.lost_clear;
  return corrupt;
}

CorruptRange corrupt_range_of(const View& view, const Scanner::Bad& bad) {
  CorruptRange corrupt{bad.begin, bad.end,
                       bad.zeros ? "zeros where records were" : "unreadable record"};
  if (file::is_unreadable(view.data + bad.begin, view.data + bad.end)) corrupt.reason = kUnreadable;
  corrupt.names_affected_key = bad.missing > 0;
  corrupt.affected_key_hash = bad.affected_key_hash;
  corrupt.others_lost = bad.others_lost;
  corrupt.lost_clear = bad.lost_clear;
  corrupt.missing = bad.missing;
  corrupt.first_seq = bad.first_seq;
  corrupt.is_derived = bad.has_next && bad.missing == 0;
  return corrupt;
}

namespace {

// Beside a writer, how far each look after the log's end reaches: most records are shorter, so a
// zeroed one is noticed by what follows it.
constexpr std::uint64_t kLookBehind = 64 << 10;

}  // namespace

RecoveryScan::RecoveryScan(const View& view, const Slot& slot, const Rules& rules,
                           ValidityMap* validity, const Position& from)
    : scanner_(view, from),
      view_(view),
      slot_(slot),
      rules_(rules),
      validity_(validity),
      end_(from.end),
      torn_end_(from.end),
      // A file gets its name only when its base is on the disk.
      durable_(std::max(slot.durable_end, view.base().end)),
      last_seq_(std::max(from.seq, view.base().floor_seq)),
      epoch_(slot.epoch),
      prev_key_hash_(from.prev_key_hash),
      last_in_batch_(from.seq != 0 && !from.last_not_in_batch),
      last_is_of_all_(from.last_is_of_all) {
  std::optional<KnownEnd> known;
  if (!rules_.durable_end_lost) known = known_end_of(slot);
  scanner_.set_known_end(known);
  if (validity_) validity_->set_known_end(known);
}

Status RecoveryScan::run(std::uint64_t limit, const std::function<void(const Record&)>& visit) {
  KV_TRY(run_to_end(limit, visit));
  note_unreadable_end();
  return {};
}

// A page that the device cannot read may hold any record: after the last good one it is neither
// torn nor preallocated space.
void RecoveryScan::note_unreadable_end() {
  if (!file::is_unreadable(view_.data + end_, view_.data + view_.limit)) return;
  CorruptRange corrupt{end_, view_.limit, kUnreadable};
  corrupt.ends_log = true;
  corrupt.first_seq = scanner_.lowest_next_seq();
  corrupt.missing = 1;  // or more
  corrupt.others_lost = true;
  note_end(corrupt);
  torn_end_ = end_;
}

Status RecoveryScan::run_to_end(std::uint64_t limit,
                                const std::function<void(const Record&)>& visit) {
  view_.limit = limit;
  scanner_.set_limit(limit);
  ahead_.reset();
  stopped_at_limit_ = false;
  while (true) {
    if (rules_.beside_writer && is_still_unfinished()) return {};
    if (rules_.beside_writer && is_end_beside_writer()) {
      end_ = torn_end_ = scanner_.end();
      tail_seen_ = true;
      return {};
    }
    const Scanner before = scanner_;
    switch (scanner_.next()) {
      case Scanner::Step::kRecord:
        if (take(scanner_.record(), visit)) continue;
        scanner_ = before;
        stop_torn(scanner_.end());
        return {};
      case Scanner::Step::kBad:
        if (is_corrupt(before.end(), &before)) {
          note_bad(scanner_.bad());
          if (!scanner_.bad().has_next) return {};
          continue;
        }
        scanner_ = before;
        if (is_finished_now(scanner_)) continue;
        unfinished_at_ = scanner_.end();
        stop_torn(scanner_.end());
        return {};
      case Scanner::Step::kNewer:
        return fail(newer_record(scanner_.record()));
      case Scanner::Step::kZeros:
      case Scanner::Step::kEnd:
        end_ = torn_end_ = scanner_.end();
        if (const std::uint64_t known = std::max({durable_, written_, closed_end()});
            end_ < known) {
          note_end(missing_end(scanner_, slot_, end_, known));
        }
        return {};
    }
  }
}

// A writer preallocates whole pages, and a clean close truncates the rest. So if the size is not a
// multiple of the page size, the log once reached to the end of the file. This matters if the slot
// that would say so is lost.
std::uint64_t RecoveryScan::closed_end() const {
  return rules_.slot_lost && view_.limit % kPage != 0 ? view_.limit : 0;
}

bool RecoveryScan::header_is_zero(std::uint64_t offset) const {
  return offset + kRecordHeaderSize <= view_.limit &&
         is_zero(view_.data, offset, offset + kRecordHeaderSize);
}

// True if the header_crc is still missing where a writer was building when the last run stopped:
// only members of its batch can follow, so there is nothing to search.
bool RecoveryScan::is_still_unfinished() {
  const std::uint64_t at = scanner_.end();
  if (at != unfinished_at_ || view_.limit - at < kRecordHeaderSize) return false;
  if (published_crc(view_.data, at) != 0) return false;
  return !(take_newer_slot() && at < durable_);
}

// Beside a writer, zeros above D are usually where it will write next. At the first look everything
// after them is searched; later only what is near.
bool RecoveryScan::is_end_beside_writer() {
  const std::uint64_t end = scanner_.end();
  const bool is_judged = end < std::max(durable_, closed_end()) || rules_.durable_end_lost;
  if (is_judged || !header_is_zero(end)) return false;
  if (take_newer_slot() && end < durable_) return false;
  const std::uint64_t to = tail_seen_ ? std::min(view_.limit, end + kLookBehind) : view_.limit;
  return view_.is_zero(end, to);
}

// A writer updates D and the boot id while this reads. Only a slot about places up to the limit is
// useful: later records were not seen.
bool RecoveryScan::take_newer_slot() {
  const auto newest = load_newest_slot(view_.data, *view_.binding);
  if (!newest || newest->counter <= slot_.counter) return false;
  slot_.epoch = newest->epoch;
  slot_.boot_id = newest->boot_id;
  if (newest->durable_end > view_.limit) return false;
  slot_ = *newest;
  durable_ = std::max(durable_, slot_.durable_end);
  return true;
}

bool RecoveryScan::same_boot() const { return is_same_boot(slot_.boot_id, rules_.boot_id); }

bool RecoveryScan::take(const Record& record, const std::function<void(const Record&)>& visit) {
  durable_ = std::max(durable_, record.durable);
  if (record.end() > durable_ && !body_is_valid(record, *view_.binding)) {
    if (!is_corrupt(record.offset, nullptr)) return false;
    CorruptRange corrupt{record.offset, record.end(), "a value does not match its checksum"};
    corrupt.is_value = true;
    corrupt.is_derived = !record.takes_seq();
    corrupt_ranges_.push_back(corrupt);
    ++findings_;
  }
  if (record.batch_count != 0) {
    const std::uint64_t batch_end = record.offset + record.batch_length;
    // A batch within one that was judged need not be judged, which could take hours.
    const bool is_known = batch_end <= std::max({durable_, written_, judged_});
    if (!is_known && !batch_is_whole(record)) {
      if (ends_behind_limit(batch_end) || !is_corrupt(record.offset, nullptr)) return false;
      written_ = batch_end;
    }
    judged_ = std::max(judged_, batch_end);
  }
  ++records_;
  last_seq_ = scanner_.last_seq();
  epoch_ = record.epoch;
  note_epoch(record);
  note_stale_slots(record.epoch);
  if (record.takes_seq()) {
    prev_key_hash_ = static_cast<std::uint32_t>(hash_key(record.key()));
    last_in_batch_ = (record.flags & kBatchMember) != 0;
    last_is_of_all_ = record.is_of_all();
  }
  end_ = torn_end_ = record.end();
  visit(record);
  return true;
}

// Adds an epoch that no slot lists; a forged record may have 0, which is no epoch.
void RecoveryScan::note_epoch(const Record& record) {
  if (!validity_ || record.epoch == 0) return;
  const auto known = validity_->epochs();
  const bool is_new = known.empty() || (epoch_is_later(record.epoch, known.back().epoch) &&
                                        record.offset >= known.back().begin);
  if (!is_new) return;
  validity_->add_epoch(record.offset, record.epoch);
}

void RecoveryScan::note_stale_slots(std::uint16_t epoch) {
  if (slots_are_stale_ || !epoch_is_later(epoch, slot_.epoch)) return;
  if (rules_.beside_writer) take_newer_slot();
  slots_are_stale_ = epoch_is_later(epoch, slot_.epoch);
  findings_ += slots_are_stale_;
}

// A writer may have grown the file since the limit was read. If the limit is the same the next
// time, the file was cut.
bool RecoveryScan::ends_behind_limit(std::uint64_t end) {
  if (!rules_.beside_writer || end <= view_.limit || cut_limit_ == view_.limit) return false;
  cut_limit_ = view_.limit;
  return stopped_at_limit_ = true;
}

bool RecoveryScan::batch_is_whole(const Record& first) const {
  std::uint64_t offset = first.end();
  const std::uint64_t end = first.offset + first.batch_length;
  std::uint32_t count = 1;
  Record record;
  while (offset < end && count < first.batch_count) {
    if (view_.header_in_order(offset, &record) != HeaderCheck::kValid || record.seq != first.seq ||
        !body_is_valid(record, *view_.binding)) {
      return false;
    }
    offset = record.end();
    ++count;
  }
  return offset == end && count == first.batch_count;
}

// Finds the good records after the bad place. The result for an earlier place holds for later ones
// of the same run, so that many bad places do not need many scans of the rest: each D found in
// records between them is in durable_ by now.
RecoveryScan::Ahead RecoveryScan::look_ahead() const {
  Ahead ahead;
  Scanner scanner = scanner_;
  const auto consider = [&](const Record& record) {
    ahead.durable = std::max(ahead.durable, record.durable);
    const bool member = (record.flags & kBatchMember) != 0 && record.batch_count == 0;
    if (!member || record.seq != ahead.run_seq) {
      ahead.run_seq = member ? record.seq : 0;
      ahead.before_run = member ? ahead.last_offset : record.offset;
    }
    ahead.last_offset = record.offset;
    ahead.epoch = record.epoch;
  };
  while (true) {
    const Scanner::Step step = scanner.next();
    if (step == Scanner::Step::kEnd || step == Scanner::Step::kZeros) return ahead;
    if (step == Scanner::Step::kRecord && body_is_valid(scanner.record(), *view_.binding)) {
      consider(scanner.record());
    }
    if (step == Scanner::Step::kNewer) return ahead;
  }
}

// Beside a writer: whether the record that was being built at the scanner's place is complete now.
bool RecoveryScan::is_finished_now(const Scanner& before) const {
  Record record;
  return rules_.beside_writer &&
         view_.header_in_order(before.end(), &record) == HeaderCheck::kValid &&
         before.continues(record);
}

bool RecoveryScan::is_corrupt(std::uint64_t offset, const Scanner* before) {
  if (offset < std::max(durable_, written_) || rules_.durable_end_lost || slots_are_stale_) {
    return true;
  }
  // Bytes that the device cannot read existed once, and what follows is unknown.
  if (file::is_unreadable(view_.data + offset, view_.data + view_.limit)) return true;
  if (rules_.beside_writer && take_newer_slot()) ahead_.reset();
  if (!proves_damage(offset, before == nullptr)) return false;
  // Meanwhile a writer may have finished what was unfinished. After a good head nothing is
  // unfinished.
  return before == nullptr || !is_finished_now(*before);
}

bool RecoveryScan::proves_damage(std::uint64_t offset, bool header_is_good) {
  if (offset < durable_) return true;
  if (!ahead_) ahead_ = look_ahead();
  const Ahead& ahead = *ahead_;
  if (ahead.epoch != 0) note_stale_slots(ahead.epoch);
  if (slots_are_stale_) return true;
  if (ahead.durable > offset) {
    durable_ = ahead.durable;
    return true;
  }
  if (!same_boot()) return false;
  // Nothing was lost from the page cache. Heads are stored last, so nothing follows an unfinished
  // record or batch, and a good head has its body.
  const bool any_good = ahead.last_offset > offset;
  const bool only_open_batch = ahead.run_seq == last_seq_ + 1 && ahead.before_run <= offset;
  return header_is_good || (any_good && !only_open_batch) || (!slot_.clean && was_finished(offset));
}

// Whether the record here was complete: its header_crc, which is stored last, exists. The rest need
// not look like a record, because it may be damaged. But the record may extend beyond the limit
// because the file was cut, so that its size is not a multiple of the page size, or because a
// writer has grown it meanwhile.
bool RecoveryScan::was_finished(std::uint64_t offset) {
  std::uint64_t end = offset + kRecordHeaderSize;
  if (end <= view_.limit) {
    if (published_crc(view_.data, offset) == 0) return false;
    Record record;
    read_header(view_.data, offset, view_.limit, *view_.binding, &record);
    record.offset = offset;
    end = record.end();  // includes an extent's body
  }
  if (end <= view_.limit) return true;
  return view_.limit % kPage == 0 && !ends_behind_limit(end);
}

// A reader gets here at each refresh.
void RecoveryScan::note_end(const CorruptRange& corrupt) {
  if (!end_range_) {
    end_range_ = corrupt_ranges_.size();
    corrupt_ranges_.emplace_back();
  }
  CorruptRange& noted = corrupt_ranges_[*end_range_];
  findings_ += noted != corrupt;
  noted = corrupt;
}

void RecoveryScan::note_bad(const Scanner::Bad& bad) {
  if (!bad.has_next && rules_.durable_end_lost) {
    CorruptRange corrupt{bad.begin, bad.end, "unreadable up to the end of the file"};
    corrupt.ends_log = true;
    corrupt.first_seq = bad.first_seq;
    corrupt.others_lost = true;
    corrupt.missing = 1;
    note_end(corrupt);
    end_ = torn_end_ = bad.end;
    return;
  }
  if (!bad.has_next) {
    const std::uint64_t known_end = std::max(durable_, written_);
    CorruptRange corrupt = missing_end(scanner_, slot_, bad.begin, known_end);
    corrupt.end = std::max(corrupt.end, bad.end);
    if (file::is_unreadable(view_.data + bad.begin, view_.data + bad.end)) {
      corrupt.reason = kUnreadable;
      corrupt.others_lost = true;
      corrupt.is_derived = false;
    }
    note_end(corrupt);
    end_ = torn_end_ = bad.end;
    return;
  }
  corrupt_ranges_.push_back(corrupt_range_of(view_, bad));
  ++findings_;
  if (validity_) validity_->add_damage(bad.begin, bad.end);
}

void RecoveryScan::stop_torn(std::uint64_t offset) {
  end_ = offset;
  // Beside a writer nothing is cut, and its preallocated space may vanish meanwhile.
  torn_end_ = rules_.beside_writer ? end_ : view_.zeros_begin(end_);
}

}  // namespace kvstore::log
