#include "src/log/resync.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "src/base/hash.h"
#include "src/log/scanner.h"

namespace kvstore::log {
namespace {

bool is_member(const Record& record) { return (record.flags & kBatchMember) != 0; }

bool is_inner_member(const Record& record) { return is_member(record) && record.batch_count == 0; }

std::uint32_t key_hash(const Record& record) {
  return static_cast<std::uint32_t>(hash_key(record.key()));
}

}  // namespace

SeqEdge Resync::edge_of(const Record& record, bool batch_goes_on) const {
  return {seq_in_order(record),
          record.epoch,
          is_member(record),
          batch_goes_on,
          (record.flags & kAfterBatch) != 0,
          base_.holds(record.end())};
}

// All records of the base count as having one seq.
std::uint64_t Resync::seq_in_order(const Record& record) const {
  return base_.holds(record.offset) ? base_.floor_seq : record.seq;
}

std::vector<std::uint64_t> Resync::find(std::uint64_t from) {
  std::vector<Run> runs;
  Record record;
  for (std::uint64_t offset = from; offset + kRecordHeaderSize <= view_.limit;) {
    if (!is_candidate(offset, &record)) {
      offset += kAlignment;
      continue;
    }
    const Run run = follow(record);
    if (!run.contradicted) {
      runs.push_back(run);
      derived_seen_ |= run.has_derived;
    }
    offset = run.end;
  }
  return choose(std::move(runs));
}

bool Resync::is_candidate(std::uint64_t offset, Record* record) const {
  const std::uint8_t* at = view_.data + offset;
  // Check the header's fields before its CRC, which covers up to 64 KiB.
  const auto seq = load_le<std::uint64_t>(at + 24);
  const bool fits = base_.holds(offset) ? base_.takes(seq) : seq >= before_.seq;
  if (!fits || !is_plausible(at)) return false;
  if (view_.header_in_order(offset, record) != HeaderCheck::kValid) return false;
  const bool is_stale = before_.epoch != 0 && epoch_is_later(before_.epoch, record->epoch);
  const bool is_misplaced = base_.holds(offset) && is_member(*record);
  return !is_stale && !is_misplaced && agrees_with_slot(*record) &&
         body_is_valid(*record, *view_.binding);
}

bool Resync::agrees_with_slot(const Record& record) const {
  if (!known_) return true;
  const std::uint64_t seq = seq_in_order(record);
  // An older slot of a file whose base was being written has the D of that time.
  if (base_.holds(record.offset) && known_->durable_end < base_.end) return true;
  if (record.end() > known_->durable_end) {
    return record.offset < known_->durable_end || !record.takes_seq() || seq > known_->last_seq;
  }
  if (record.end() < known_->durable_end || !record.takes_seq()) {
    return seq <= known_->last_seq;
  }
  return seq == known_->last_seq && key_hash(record) == known_->prev_key_hash &&
         !(known_->of_no_batch && is_member(record));
}

// The run from a record to the last one that follows it without a gap and agrees with it.
Resync::Run Resync::follow(const Record& first) const {
  Run run{first.offset, first.end(), 1, edge_of(first, is_inner_member(first)), {}, false, false};
  Record last = first;
  std::uint64_t batch_end = first.batch_count != 0 ? first.offset + first.batch_length : 0;
  std::optional<std::uint32_t> last_key;  // of the last record that has one
  bool last_key_in_batch = is_member(first), last_is_of_all = first.is_of_all();
  if (first.takes_seq()) last_key = key_hash(first);
  const auto in_open_batch = [&] { return is_member(last) && last.end() != batch_end; };
  run.has_derived = !first.takes_seq();
  while (true) {
    Record next;
    const HeaderCheck head = view_.header_in_order(run.end, &next);
    if (head != HeaderCheck::kValid) {
      run.reaches_end = run.end >= view_.limit ||
                        (head == HeaderCheck::kZero && view_.is_zero(run.end, view_.limit));
      break;
    }
    if (epoch_is_later(last.epoch, next.epoch)) break;  // a stale record: a bad place
    const bool shares = !next.takes_seq() || (is_inner_member(next) && in_open_batch());
    const std::uint64_t seq = seq_in_order(next), last_seq = seq_in_order(last);
    const bool in_base = base_.holds(next.offset);
    const bool follows = in_base ? base_.takes(next.seq) && !is_member(next)
                                 : seq > last_seq || (shares && seq == last_seq);
    const bool ends_batch = last_key_in_batch && !(shares && is_inner_member(next));
    const bool says_batch = (next.flags & kAfterBatch) != 0;
    const bool names_last = !last_key || !next.takes_seq() ||
                            (next.prev_key_hash == *last_key && says_batch == ends_batch &&
                             ((next.flags & kAfterAll) != 0) == last_is_of_all);
    if (!follows || !names_last || !agrees_with_slot(next)) {
      run.contradicted = true;
      break;
    }
    if (next.batch_count != 0) batch_end = next.offset + next.batch_length;
    if (next.takes_seq()) {
      last_key = key_hash(next);
      last_key_in_batch = is_member(next);
      last_is_of_all = next.is_of_all();
    }
    run.has_derived |= !next.takes_seq();
    last = next;
    run.end = next.end();
    ++run.records;
  }
  run.last = edge_of(last, in_open_batch());
  return run;
}

// Whether the seqs leave a gap for at least one lost record between two that do not touch.
bool Resync::leaves_seqs(const SeqEdge& before, const SeqEdge& behind) const {
  if (before.epoch != 0 && behind.epoch != 0 && epoch_is_later(before.epoch, behind.epoch)) {
    return false;
  }
  if (before.base_goes_on) return behind.seq >= before.seq;
  if (behind.seq > before.seq + 1) return true;
  if (behind.seq == before.seq + 1) {
    const bool rest_lost = before.batch_goes_on && behind.after_batch;
    return rest_lost || behind.batch_goes_on || derived_seen_;
  }
  const bool one_batch = before.in_batch && behind.batch_goes_on;
  return behind.seq == before.seq && (one_batch || derived_seen_);
}

// Planted bytes may end just where a good record begins: that and the following ones are kept.
bool Resync::trim(const SeqEdge& before, Run* run) const {
  Record record;
  while (!leaves_seqs(before, run->first)) {
    if (--run->records == 0) return false;
    if (view_.header_in_order(run->begin, &record) != HeaderCheck::kValid) return false;
    run->begin = record.end();
    if (view_.header_in_order(run->begin, &record) != HeaderCheck::kValid) return false;
    run->first = edge_of(record, is_inner_member(record));
  }
  return true;
}

// The edge after everything up to D, if all that is in no run was lost.
SeqEdge Resync::behind_all() const {
  return {known_->last_seq + 1, 0, false, false, !known_->of_no_batch};
}

std::vector<std::uint64_t> Resync::choose(std::vector<Run> runs) const {
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    if (a.reaches_end != b.reaches_end) return a.reaches_end;
    if (a.records != b.records) return a.records > b.records;
    return a.begin > b.begin;
  });
  std::map<std::uint64_t, Run> chosen;
  for (Run& run : runs) {
    const auto behind = chosen.lower_bound(run.begin);
    if (behind != chosen.begin() && std::prev(behind)->second.end > run.begin) continue;
    const SeqEdge before = behind == chosen.begin() ? before_ : std::prev(behind)->second.last;
    if (!trim(before, &run)) continue;
    const bool is_last = behind == chosen.end();
    if (!is_last && !leaves_seqs(run.last, behind->second.first)) continue;
    const bool d_is_next = known_ && run.end < known_->durable_end &&
                           (is_last || behind->second.begin >= known_->durable_end);
    if (d_is_next && !leaves_seqs(run.last, behind_all())) continue;
    chosen.emplace(run.begin, run);
  }
  std::vector<std::uint64_t> starts;
  starts.reserve(chosen.size());
  for (const auto& [begin, run] : chosen) starts.push_back(begin);
  return starts;
}

}  // namespace kvstore::log
