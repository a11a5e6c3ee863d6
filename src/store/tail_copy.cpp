#include "src/store/tail_copy.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/store/planted.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

// Records before a CLEAR in its batch, where a repair may have put them, were never visible.
void drop_before_clear(std::vector<Record>* batch) {
  const auto clear = std::find_if(batch->begin(), batch->end(),
                                  [](const Record& record) { return record.is_of_all(); });
  if (clear != batch->end()) batch->erase(batch->begin(), clear);
}

}  // namespace

Status TailCopy::copy(std::uint64_t end, Pacer& pacer) {
  from_.limit = std::max(from_.limit, end);
  reader_.set_limit(end);
  while (true) {
    const std::uint64_t before = at();
    KV_ASSIGN(const bool is_there, reader_.next());
    if (!is_there) break;
    const Record& record = reader_.record();
    if (!record.takes_seq() || (record.seq <= seq_ && records_.empty())) continue;
    if (planted::kept_deletes && record.kind == Kind::kDelete) continue;
    // Compressed records occur in a base only, which has been copied.
    if (record.is_encoded() || !log::body_is_valid(record, *from_.binding)) {
      return unreadable_record(path_, record.offset);
    }
    if (!records_.empty() && record.seq != seq_) KV_TRY(flush());
    seq_ = record.seq;
    time_ = record.time;
    records_.push_back(record);
    if (!pacer.note(at() - before) || is_cancelled()) return cancelled();
  }
  return flush();
}

Status TailCopy::flush() {
  if (records_.empty()) return {};
  drop_before_clear(&records_);
  const WriterLock lock(to_);
  to_.assert_held();
  const ReclamationEpochs::Guard guard(to_.generation().epochs());
  changes_.clear();
  changed_.clear();
  for (const Record& record : records_) KV_TRY(add(record));
  copied_ += records_.size();
  records_.clear();
  KV_TRY(to_.write_as(changes_, seq_, time_));
  for (const StandsFor& one : stand_for_) {
    moved_.add(one.target, {changes_[one.change].offset, one.begin});
  }
  references_.clear();
  written_out_.clear();
  stand_for_.clear();
  return {};
}

Status TailCopy::add(const Record& record) {
  KV_ASSIGN(PendingChange pending, change_of(record));
  if (record.is_reference()) {
    auto names = moved(record);
    if (planted::unmoved_target) names = record.stored();
    if (!names) return add_written_out(record, std::move(pending));
    pending.change.value = references_.emplace_back(std::move(*names));
  }
  push(pending);
  return {};
}

// Pieces of one value, of a REF or of a repaired value, continue each other. Older repairs have put
// records of other keys between them.
void TailCopy::push(const PendingChange& pending) {
  const std::size_t number = changes_.size();
  changes_.push_back(pending);
  if (pending.change.kind == Kind::kClear) return;
  if (records_.size() == 1) {
    changes_.back().behind = number > 0 ? 1 : 0;
    return;
  }
  const auto [last, is_first] = changed_.try_emplace(pending.change.key, number);
  if (!is_first) changes_.back().behind = number - std::exchange(last->second, number);
}

Status TailCopy::add_written_out(const Record& record, PendingChange pending) {
  WrittenOut& bytes = written_out_.emplace_back(from_, record);
  KV_TRY(bytes.prepare());
  for (const WrittenOut::Part& part : bytes.parts()) {
    pending.change.kind = part.kind();
    pending.change.value = {};
    pending.change.source = part.is_lost() ? nullptr : &part;
    pending.change.raw_size = part.is_lost() ? part.size() : 0;
    pending.change.is_written_out = true;
    if (part.stands_for != 0) {
      stand_for_.push_back({changes_.size(), part.stands_for, part.stands_from});
    }
    push(pending);
    pending.change.starts = false;
  }
  return {};
}

// The record's reference in the target, if the target has all of its bytes.
std::optional<std::string> TailCopy::moved(const Record& record) const {
  const auto reference = log::Reference::of(from_, record);
  if (!reference) return std::nullopt;
  Pieces pieces;
  for (std::size_t i = 0; i < reference->size(); ++i) {
    const auto found = moved(reference->piece(i), reference->begin(i), record.type);
    if (!found) return std::nullopt;
    pieces.insert(pieces.end(), found->begin(), found->end());
  }
  if (pieces.size() > log::kMostReferencePieces) return std::nullopt;
  return log::Reference::encode(pieces);
}

// The place in the base, if a live value then had the same bytes from a REF, or if they were
// written earlier; or the place in the chain of the same key, if that has the version.
std::optional<TailCopy::Pieces> TailCopy::moved(const log::ReferencePiece& piece,
                                                std::uint64_t begin, std::uint8_t type) const {
  const Generation& to = to_.generation();
  Record target;
  if (const auto place = moved_.find(piece.offset); place && place->begin <= begin) {
    const bool is_there = to.view().header(place->offset, &target) == log::HeaderCheck::kValid;
    if (is_there && target.total == piece.end && target.type == type) {
      if (auto pieces = log::refer_to(to.view(), target, begin)) return std::move(*pieces);
    }
  }
  const auto known = log::find_target(from_, piece, type);
  if (!known) return std::nullopt;
  const Found found = to.find(known->key(), UINT64_MAX);
  if (!found.record.at) return std::nullopt;
  return log::find_moved(to.view(), found.record, piece, begin, type);
}

Result<PendingChange> TailCopy::change_of(const Record& record) const {
  const Generation& to = to_.generation();
  PendingChange pending;
  if (record.is_of_all()) {
    pending.change.kind = record.kind;
    pending.change.type = record.type;
    return pending;
  }
  pending.hash = to.index().hash(record.key());
  const Found found = to.find(record.key(), pending.hash, UINT64_MAX);
  if (found.is_corrupt()) return unreadable_record(to.path(), found.broken.offset);
  log::Change& change = pending.change;
  change.kind = record.kind;
  change.type = record.type;
  const bool is_behind = changed_.contains(record.key());
  change.starts = record.begins_anew() || !(found.record.at || is_behind);
  change.key = record.key();
  if (record.has_own_bytes()) change.value = record.stored();
  change.expires = record.expires;
  change.raw_size = record.is_elsewhere() ? record.raw_size : 0;
  change.is_written_out = (record.flags & log::kWrittenOut) != 0;
  change.previous = log::ChainTail::of(found.record);
  if (!records_.front().is_of_all()) pending.old = to.state_of(found.record);
  return pending;
}

}  // namespace kvstore
