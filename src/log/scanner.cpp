#include "src/log/scanner.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "src/base/hash.h"

namespace kvstore::log {

Error newer_record(const Record& record) {
  return {Code::kVersion,
          fmt::format("the record at offset {} is of a newer format (kind {:#x})", record.offset,
                      static_cast<unsigned>(record.kind)),
          "open it with a newer kvstore"};
}

Scanner::Scanner(const View& view, const Position& from)
    : view_(view),
      at_(from.end),
      last_seq_(std::max(from.seq, view.base().floor_seq)),
      epoch_(from.epoch),
      last_in_batch_(from.seq != 0 && !from.last_not_in_batch),
      derived_seen_(from.end != kHeaderPageSize) {
  if (view.validity) known_end_ = view.validity->known_end();
  if (from.prev_key_hash != 0) last_key_hash_ = from.prev_key_hash;
}

bool Scanner::continues(const Record& record) const {
  if (epoch_ != 0 && epoch_is_later(epoch_, record.epoch)) return false;
  const Base base = view_.base();
  const bool is_member = (record.flags & kBatchMember) != 0;
  if (base.holds(record.offset)) return base.takes(record.seq) && !is_member;
  if (!record.takes_seq()) return record.seq >= last_seq_;
  const bool shares = is_member && last_seq_ > base.floor_seq;
  return record.seq > last_seq_ || (shares && record.seq == last_seq_);
}

bool Scanner::only_zeros_from(std::uint64_t offset) const {
  return view_.is_zero(offset, view_.limit);
}

Scanner::Step Scanner::accept() {
  const Base base = view_.base();
  last_seq_ = std::max(record_.seq, base.floor_seq);
  if (base.holds(record_.offset) && record_.takes_seq()) {
    last_key_hash_ = static_cast<std::uint32_t>(hash_key(record_.key()));
  }
  epoch_ = record_.epoch;
  at_ = record_.end();
  ahead_.reads(view_.file, record_.offset, record_.size());
  if (record_.batch_count != 0) {
    batch_end_ = record_.offset + record_.batch_length;
    batch_left_ = record_.batch_count;
  }
  if (batch_left_ > 0) --batch_left_;
  if (record_.takes_seq()) {
    last_in_batch_ = (record_.flags & kBatchMember) != 0;
    in_open_batch_ = last_in_batch_ && at_ != batch_end_;
  }
  derived_seen_ |= !record_.takes_seq();
  return Step::kRecord;
}

std::uint32_t Scanner::published() const {
  if (view_.limit - at_ < kRecordHeaderSize) return 1;
  return published_crc(view_.data, at_);
}

// A writer in another process may be building the record here, which takes microseconds: no reason
// to search the whole preallocated space. It builds one record at a time, so after one wait in vain
// there is no other.
bool Scanner::wait_for_header() {
  if (!std::exchange(may_wait_, false)) return false;
  for (int tries = 0; tries < 5; ++tries) {
    if (published() != 0) return may_wait_ = true;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return false;
}

Scanner::Step Scanner::next() {
  if (at_ >= view_.limit) return Step::kEnd;
  const bool unpublished = view_.is_shared && published() == 0;
  const HeaderCheck head = view_.header_in_order(at_, &record_);
  if (head == HeaderCheck::kValid && continues(record_)) return accept();
  if (head == HeaderCheck::kUnknown) return Step::kNewer;
  const bool zero_start = head == HeaderCheck::kZero || view_.limit - at_ < kRecordHeaderSize;
  if (zero_start && only_zeros_from(at_)) return Step::kZeros;
  if (unpublished && wait_for_header()) return next();
  bad_ = {};
  bad_.begin = at_;
  bad_.first_seq = lowest_next_seq();
  bad_.zeros = head == HeaderCheck::kZero;
  return find_next_good();
}

// Records of a batch share a seq, but the first has their number. The number of records lost
// between the last record, within a batch, and the next good one, if that is in the same batch or
// right after it; otherwise 0.
std::uint64_t Scanner::lost_of_batch(const Record& next) const {
  if (left_of_batch(batch_end_) == 0 || next.offset > batch_end_) return 0;
  std::uint64_t found = 0, offset = next.offset;
  for (Record member; offset < batch_end_; offset = member.end(), ++found) {
    const bool good =
        view_.header_in_order(offset, &member) == HeaderCheck::kValid && member.epoch == next.epoch;
    const bool opens = member.batch_count != 0;
    if (!good || opens || member.seq != last_seq_ || (member.flags & kBatchMember) == 0) return 0;
  }
  return offset == batch_end_ && found < batch_left_ ? batch_left_ - found : 0;
}

Scanner::Step Scanner::find_next_good() {
  if (!goes_on_) {
    const SeqEdge before{last_seq_, epoch_, last_in_batch_, in_open_batch_, false, in_base()};
    Resync resync(view_, before, known_end_, derived_seen_);
    goes_on_ = std::make_shared<const std::vector<std::uint64_t>>(resync.find(at_ + kAlignment));
  }
  const auto next = std::upper_bound(goes_on_->begin(), goes_on_->end(), at_);
  bad_.has_next = next != goes_on_->end();
  bad_.end = bad_.has_next ? *next : view_.limit;
  Record record;
  if (bad_.has_next && view_.header_in_order(bad_.end, &record) == HeaderCheck::kValid)
    count_lost(record);
  at_ = bad_.end;
  return Step::kBad;
}

// Each record with a key takes a seq of its own, except the members of a batch. If the seqs leave
// no gap between two records, what was there had no key: a checkpoint or an extent. This holds
// after a batch, too, if its last member was seen.
bool Scanner::only_derived_lost(const Record& next) const {
  const bool behind_unseen_batch = (next.flags & kAfterBatch) != 0 && !last_in_batch_;
  const bool in_batch = (next.flags & kBatchMember) != 0 && next.batch_count == 0;
  return !in_open_batch_ && !behind_unseen_batch && !in_batch &&
         next.seq == last_seq_ + (next.takes_seq() ? 1 : 0);
}

void Scanner::count_lost(const Record& next) {
  bad_.affected_key_hash = next.prev_key_hash;
  view_.base().holds(bad_.begin) ? count_lost_in_base(next) : count_lost_behind_base(next);
  // A CLEAR concerns every key. (If nothing with a seq was lost, the CLEAR is before the place.)
  bad_.lost_clear = bad_.missing > 0 && (next.flags & kAfterAll) != 0;
  bad_.others_lost |= bad_.lost_clear;
}

void Scanner::count_lost_behind_base(const Record& next) {
  if (const std::uint64_t lost = lost_of_batch(next); lost > 0) {
    bad_.missing = lost;
    bad_.others_lost = lost > 1;
    batch_left_ -= lost;
    return;
  }
  batch_left_ = 0;
  const std::uint64_t gap = next.seq - last_seq_;
  if (only_derived_lost(next)) return;
  // A derived record has the seq of the last record with a key, and that one's batch flag.
  const bool shares = next.seq == last_seq_;
  bad_.missing = std::max<std::uint64_t>(1, shares || !next.takes_seq() ? gap : gap - 1);
  // The seqs cannot count records of a batch: those before this one in its own batch, or a whole
  // batch before it.
  const bool inside_batch = (next.flags & kBatchMember) != 0 && next.batch_count == 0;
  const bool behind_batch = (next.flags & kAfterBatch) != 0;
  const bool countable = !in_open_batch_ && !shares && !inside_batch && !behind_batch;
  // The batch's first record is among them, with the batch's length.
  const bool first_is_lost = inside_batch && !in_open_batch_ && gap == 1;
  const std::uint64_t begin = bad_.begin + (first_is_lost ? 2 * kExtensionUnit : 0);
  bad_.others_lost = bad_.missing > 1 || (!countable && holds_two(begin, bad_.end));
}

// Between records of one key there are none of other keys, nor after the base's last one. How many
// pieces of its value the key itself has lost is unknown: at least one.
void Scanner::count_lost_in_base(const Record& next) {
  batch_left_ = 0;
  const std::uint64_t behind_base =
      next.seq > last_seq_ ? next.seq - last_seq_ - (next.takes_seq() ? 1 : 0) : 0;
  const bool only_one_key = behind_base == 0 && last_key_hash_ == next.prev_key_hash;
  bad_.missing = std::max<std::uint64_t>(1, behind_base);
  bad_.others_lost = behind_base > 1 || (!only_one_key && holds_two(bad_.begin, bad_.end));
}

}  // namespace kvstore::log
