#include "src/store/base_writer.h"

#include <algorithm>

#include "src/base/cancel.h"
#include "src/base/random.h"
#include "src/log/checkpoint.h"
#include "src/store/planted.h"
#include "src/store/reference_limit.h"

namespace kvstore {

using log::Kind;
using log::NewRecord;
using log::Record;

BaseWriter::BaseWriter(const ReadView& view, const log::Floor& floor, const SharedValues& shared,
                       log::FileBuilder* to, Note note)
    : view_(view),
      floor_(floor),
      shared_(shared),
      to_(*to),
      note_(std::move(note)),
      hash_seed_(random_bits()),
      run_(to->log().view(), hash_seed_,
           [&log = to->log()](std::uint64_t offset, std::span<const std::uint8_t> piece) {
             return log.store_body(offset, piece);
           }) {}

namespace {

// Stored size of the whole value, estimated from its newest record.
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
  KV_ASSIGN(const auto walk, Walk::begin(view_, {}, Walk::Reads::kAtEachKey));
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
  if (newest.kind == Kind::kHole) {
    NewRecord hole;
    hole.kind = Kind::kHole;
    hole.key = key;
    hole.expires = newest.expires;
    return add(hole, newest);
  }
  if (shared_.is_empty()) return write_bytes(key, newest, 0, {});
  const Stretches stretches = shared_.stretches(view_.generation().view(), newest);
  KV_ASSIGN(const std::uint64_t written, write_reference(key, newest, stretches));
  return write_bytes(key, newest, written, cuts_behind(written, stretches));
}

// Writes a REF for the leading part of the value that another, already written value has. Returns
// its end; 0: there is none.
Result<std::uint64_t> BaseWriter::write_reference(std::string_view key, const Record& newest,
                                                  const Stretches& stretches) {
  std::vector<log::ReferencePiece> pieces;
  const std::uint64_t end = find_written(stretches, &pieces);
  const bool is_worth_it = end >= least_referred.load(std::memory_order_relaxed) && end > 0 &&
                           pieces.size() <= log::kMostReferencePieces;
  if (!is_worth_it) return 0;
  const std::string names = log::Reference::encode(pieces);
  NewRecord reference = piece_of(key, newest, 0);
  reference.kind = Kind::kRef;
  reference.value = names;
  reference.raw_size = end;
  KV_TRY(add(reference, newest));
  return end;
}

// Finds written bytes from the value's beginning on, as far as possible.
std::uint64_t BaseWriter::find_written(const Stretches& stretches,
                                       std::vector<log::ReferencePiece>* pieces) const {
  constexpr int kMostLooks = 64;
  const log::View there = to_.log().view();
  std::uint64_t end = 0;
  for (const SharedValues::Stretch& stretch : stretches) {
    const SharedValues::Ends& ends = shared_.ends(stretch.chain);
    auto at = ends.upper_bound(stretch.end);
    std::optional<MovedTargets::Place> place;
    for (int looks = 0; looks < kMostLooks && !place && at != ends.begin(); ++looks) {
      --at;
      if (at->first <= stretch.begin) break;
      place = moved_.find(at->second);
      if (place && place->begin > stretch.begin) place.reset();
    }
    Record record;
    if (!place || there.header(place->offset, &record) != log::HeaderCheck::kValid) break;
    const auto found = log::refer_to(there, record, stretch.begin);
    if (!found) break;
    pieces->insert(pieces->end(), found->begin(), found->end());
    end = record.total;
    if (end < stretch.end) break;
  }
  return end;
}

std::vector<BaseWriter::Cut> BaseWriter::cuts_behind(std::uint64_t begin,
                                                     const Stretches& stretches) const {
  std::vector<Cut> cuts;
  for (const SharedValues::Stretch& stretch : stretches) {
    if (stretch.end <= begin) continue;
    const SharedValues::Ends& ends = shared_.ends(stretch.chain);
    const auto until = ends.upper_bound(stretch.end);
    for (auto at = ends.upper_bound(std::max(begin, stretch.begin)); at != until; ++at) {
      cuts.push_back({at->first, at->second, stretch.begin});
    }
  }
  return cuts;
}

NewRecord BaseWriter::piece_of(std::string_view key, const Record& newest,
                               std::uint64_t begin) const {
  NewRecord piece;
  piece.kind = begin == 0 ? Kind::kSet : Kind::kAppend;
  piece.type = newest.type;
  piece.starts = begin == 0;
  piece.key = key;
  piece.expires = newest.expires;
  return piece;
}

// Writes the value from `begin` on.
Status BaseWriter::write_bytes(std::string_view key, const Record& newest, std::uint64_t begin,
                               const std::vector<Cut>& cuts) {
  auto cut = cuts.begin();
  std::uint64_t unread = 0;  // begin of bytes that could not be read in one piece
  for (bool is_first = begin == 0; is_first || begin < newest.total; is_first = false) {
    const std::uint64_t next_cut = cut == cuts.end() ? UINT64_MAX : cut->end;
    std::uint64_t end = std::min({newest.total, begin + kPiece, next_cut});
    piece_.clear();
    if (begin >= unread && view_.append_bytes(newest, begin, end, &piece_)) {
      NewRecord piece = piece_of(key, newest, begin);
      piece.value = piece_;
      KV_TRY(add(piece, newest));
    } else {
      unread = std::max(unread, end);
      KV_ASSIGN(end, write_as_it_is(key, newest, begin, end));
    }
    for (; cut != cuts.end() && cut->end == end; ++cut) {
      moved_.add(cut->target, {newest_, cut->begin});
    }
    begin = end;
  }
  return {};
}

// Writes the rest of the record at `begin`, up to `end` at most, and returns where that ends. A
// part that an earlier repair has marked as lost stays marked.
Result<std::uint64_t> BaseWriter::write_as_it_is(std::string_view key, const Record& newest,
                                                 std::uint64_t begin, std::uint64_t end) {
  const auto record = log::find_byte(view_.generation().view(), newest, begin);
  if (!record) return ReadView::corrupt(key, record.error());
  end = std::min(end, record->total);
  NewRecord piece = piece_of(key, newest, begin);
  if (record->kind == Kind::kGap) {
    piece.kind = Kind::kGap;
    piece.raw_size = end - begin;
  } else {
    piece_.clear();
    KV_TRY(view_.append_bytes(newest, begin, end, &piece_));
    piece.value = piece_;
  }
  KV_TRY(add(piece, newest));
  return end;
}

// Compresses the piece if its record becomes smaller.
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
  if (encoder_ && piece.kind != Kind::kRef) encode(&piece);
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
