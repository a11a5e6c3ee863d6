#include "src/store/tail_copy.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/store/planted.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

tl::unexpected<Error> in_pieces(const std::string& path, std::uint64_t seq) {
  return fail(
      Code::kUsage,
      fmt::format("{}: version {} is a value that a repair has put together, which can only "
                  "be compacted as history that goes",
                  path, seq),
      "keep less history, or none");
}

// What stands before a CLEAR in its batch, which a repair may have put there, was never seen.
void drop_before_clear(std::vector<Record>* batch) {
  const auto clear = std::find_if(batch->begin(), batch->end(),
                                  [](const Record& record) { return record.is_of_all(); });
  if (clear != batch->end()) batch->erase(batch->begin(), clear);
}

}  // namespace

tl::unexpected<Error> unreadable_record(const std::string& path, std::uint64_t offset) {
  return fail(Code::kDamaged,
              fmt::format("{}: the record at offset {} cannot be read", path, offset),
              "kvstore verify " + path);
}

bool is_in_pieces(const std::vector<Record>& batch) {
  const auto same_key = [](const Record& a, const Record& b) { return a.key() == b.key(); };
  const auto first = batch.begin() + (!batch.empty() && batch.front().is_of_all());
  return std::adjacent_find(first, batch.end(), same_key) != batch.end();
}

Status TailCopy::copy(std::uint64_t end, Pacer& pacer) {
  const log::View view = from_.up_to(end);
  Record record;
  for (; at_ < end; at_ = record.end()) {
    if (view.header(at_, &record) != log::HeaderCheck::kValid) return unreadable_record(path_, at_);
    if (!record.takes_seq() || (record.seq <= seq_ && records_.empty())) continue;
    if (planted::kept_deletes && record.kind == Kind::kDelete) continue;
    // What is compressed stands in a base only, which has been copied.
    if (record.is_encoded() || !log::body_is_valid(record, *from_.binding)) {
      return unreadable_record(path_, at_);
    }
    if (!records_.empty() && record.seq != seq_) KV_TRY(flush());
    seq_ = record.seq;
    time_ = record.time;
    records_.push_back(record);
    if (!pacer.note(record.end() - at_) || is_cancelled()) return cancelled();
  }
  return flush();
}

Status TailCopy::flush() {
  if (records_.empty()) return {};
  drop_before_clear(&records_);
  if (is_in_pieces(records_)) return in_pieces(path_, seq_);
  const WriterLock lock(to_);
  to_.assert_held();
  const ReclamationEpochs::Guard guard(to_.generation().epochs());
  changes_.clear();
  for (const Record& record : records_) changes_.push_back(change_of(record));
  copied_ += records_.size();
  records_.clear();
  return to_.write_as(changes_, seq_, time_);
}

PendingChange TailCopy::change_of(const Record& record) const {
  const Generation& to = to_.generation();
  PendingChange pending;
  if (record.is_of_all()) {
    pending.change.kind = record.kind;
    pending.change.type = record.type;
    return pending;
  }
  pending.hash = to.index().hash(record.key());
  const Found found = to.find(record.key(), pending.hash, UINT64_MAX);
  log::Change& change = pending.change;
  change.kind = record.kind;
  change.type = record.type;
  change.starts = record.begins_anew() || !found.record.at;
  change.key = record.key();
  if (record.kind != Kind::kHole && record.kind != Kind::kDelete && record.kind != Kind::kGap) {
    change.value = record.stored();
  }
  change.expires = record.expires;
  change.lost_size = record.kind == Kind::kGap ? record.raw_size : 0;
  change.previous = log::ChainTail::of(found.record);
  if (!records_.front().is_of_all()) pending.old = to.state_of(found.record);
  return pending;
}

}  // namespace kvstore
