#include "src/store/base_writer.h"

#include <algorithm>

#include "src/base/cancel.h"
#include "src/base/random.h"
#include "src/log/checkpoint.h"
#include "src/store/planted.h"

namespace kvstore {

using log::Kind;
using log::NewRecord;
using log::Record;

BaseWriter::BaseWriter(const ReadView& view, const log::Floor& floor, log::FileBuilder* to,
                       Note note)
    : view_(view),
      floor_(floor),
      to_(*to),
      note_(std::move(note)),
      hash_seed_(random_bits()),
      run_(to->log().view(), hash_seed_, to->log().file().data()) {}

namespace {

// Of the whole value, as its newest record is stored.
std::uint64_t stored_size(const Record& newest) {
  if (!newest.is_encoded()) return newest.total;
  return static_cast<std::uint64_t>(static_cast<double>(newest.total) * newest.value_size /
                                    static_cast<double>(newest.length()));
}

}  // namespace

std::uint64_t BaseWriter::size_of(const Walk& walk, const Compression& compress) {
  log::Change change;
  change.key = walk.key();
  return log::Log::max_record_size(change) +
         (compress.is_on() ? stored_size(walk.record()) : walk.record().total);
}

Status BaseWriter::compress(int level, std::string_view dictionary) {
  encoder_.emplace(level, dictionary);
  if (dictionary.empty()) return {};
  KV_TRY(to_.log().append_dictionary(dictionary, floor_.time_us));
  return {};
}

Status BaseWriter::write() {
  const auto extent = [this](std::uint64_t size) {
    return to_.log().append_extent(size, floor_.time_us);
  };
  KV_ASSIGN(const auto walk, Walk::begin(view_, {}));
  for (walk->first(); walk->valid(); walk->next()) {
    const Record& newest = walk->record();
    const std::uint64_t before = to_.log().end();
    KV_TRY(write_key(walk->key(), newest));
    KV_TRY(run_.add(walk->key(), index::Entry::of(newest_, newest.kind, newest.expires), extent));
    count(newest);
    if (!note_(1, to_.log().end() - before)) return cancelled();
  }
  KV_TRY(walk->status());
  KV_ASSIGN(const log::Position covered, to_.end_base());
  KV_ASSIGN(const auto run, run_.finish(log::kHeaderPageSize, covered.end, floor_.seq, extent));
  return write_checkpoint(covered, run->place());
}

Status BaseWriter::write_key(std::string_view key, const Record& newest) {
  if (newest.kind != Kind::kHole) return write_value(key, newest);
  NewRecord hole;
  hole.kind = Kind::kHole;
  hole.key = key;
  hole.expires = newest.expires;
  return add(hole, newest);
}

BaseWriter::Referred BaseWriter::referred_by(const Record& newest) const {
  if (newest.kind == Kind::kSet || newest.total == 0) return {};
  const log::View view = view_.generation().view();
  const auto first = log::find_own_byte(view, newest, 0);
  if (!first || !first->is_reference()) return {};
  return {log::Reference::of(view, *first)};
}

// The record that was added last ends at that byte of the value.
void BaseWriter::note_moved(std::uint64_t end, Referred* referred) {
  if (end != referred->end()) return;
  moved_.add(referred->names->piece(referred->next).offset, newest_);
  ++referred->next;
}

// Where a piece of what is referred to ends, one of the base does, so that it can be named.
Status BaseWriter::write_value(std::string_view key, const Record& newest) {
  Referred referred = referred_by(newest);
  std::uint64_t begin = 0;
  do {
    const std::uint64_t end = std::min({newest.total, begin + kPiece, referred.end()});
    piece_.clear();
    if (const Status read = view_.append_bytes(newest, begin, end, &piece_); !read) {
      // A part that an earlier repair has marked as lost stays marked.
      return write_pieces(key, newest, begin);
    }
    NewRecord piece;
    piece.kind = begin == 0 ? Kind::kSet : Kind::kAppend;
    piece.type = newest.type;
    piece.starts = begin == 0;
    piece.key = key;
    piece.value = piece_;
    piece.expires = newest.expires;
    KV_TRY(add(piece, newest));
    note_moved(end, &referred);
    begin = end;
  } while (begin < newest.total);
  return {};
}

// From `begin` on, record by record, as they are.
Status BaseWriter::write_pieces(std::string_view key, const Record& newest, std::uint64_t begin) {
  const log::View view = view_.generation().view();
  Referred referred = referred_by(newest);
  while (referred.end() <= begin) ++referred.next;
  for (std::uint64_t position = begin; position < newest.total;) {
    const auto record = log::find_byte(view, newest, position);
    if (!record) return ReadView::corrupt(key, record.error());
    NewRecord piece;
    piece.type = newest.type;
    piece.starts = position == 0;
    piece.key = key;
    piece.expires = newest.expires;
    if (record->kind == Kind::kGap) {
      piece.kind = Kind::kGap;
      piece.raw_size = record->total - position;
    } else {
      piece.kind = position == 0 ? Kind::kSet : Kind::kAppend;
      piece_.clear();
      KV_TRY(view_.append_bytes(newest, position, record->total, &piece_));
      piece.value = piece_;
    }
    KV_TRY(add(piece, newest));
    note_moved(record->total, &referred);
    position = record->total;
  }
  return {};
}

// As the smaller record of the two ways.
void BaseWriter::encode(NewRecord* piece) {
  const log::Encoding encoding = encoder_->encode(piece->value, &encoded_);
  const std::size_t key = piece->key.size();
  const bool smaller =
      encoding.codec != log::Codec::kNone &&
      log::record_size(1, key, encoded_.size()) < log::record_size(0, key, piece->value.size());
  if (!smaller) return;
  piece->encoding = encoding;
  if (planted::stale_raw_size) piece->encoding.raw_size = last_raw_size_;
  last_raw_size_ = encoding.raw_size;
  piece->value = encoded_;
}

Status BaseWriter::add(NewRecord piece, const Record& newest) {
  raw_ += piece.value.size();
  if (encoder_) encode(&piece);
  stored_ += piece.value.size();
  newest_ = to_.log().position().end;
  return to_.add(piece, newest.seq, newest.time);
}

void BaseWriter::count(const Record& newest) {
  ++keys_;
  if (newest.expires != 0) expiries_.add(newest.expires);
}

log::ClockState BaseWriter::clock() const {
  log::ClockState clock;
  clock.record_time = floor_.time_us;
  clock.live_keys = keys_;
  clock.runs.push_back({floor_.seq + 1, floor_.time_us});
  clock.expiry_grain_ms = expiries_.grain();
  for (const auto& [expires, keys] : expiries_.all()) clock.expiries.push_back({expires, keys});
  return clock;
}

Status BaseWriter::write_checkpoint(const log::Position& covered, const log::RunPlace& run) {
  log::Log& log = to_.log();
  log::Checkpoint checkpoint;
  checkpoint.header = log::encode_header_page(log.page().header, {}).substr(0, log::kSectorSize);
  checkpoint.hash_seed = hash_seed_;
  checkpoint.covered = covered;
  checkpoint.floor_seq = floor_.seq;
  for (const log::EpochStart& start : log.validity().epochs()) checkpoint.epochs.push_back(start);
  checkpoint.clock = clock();
  if (!run.segments.empty()) checkpoint.runs.push_back(run);  // an empty one covers nothing
  KV_ASSIGN(const std::uint64_t offset,
            log.append_checkpoint(log::encode_checkpoint(checkpoint), floor_.time_us));
  log.name_checkpoint(offset);
  return {};
}

}  // namespace kvstore
