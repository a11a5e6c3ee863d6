#include "src/maint/rebuild.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/log/encoded_value.h"
#include "src/log/reference.h"
#include "src/maint/clock_tally.h"
#include "src/maint/pieces.h"
#include "src/maint/referred_bytes.h"

namespace kvstore::maint {
namespace {

using log::FileBuilder;
using log::Kind;
using log::NewRecord;
using log::Record;

NewRecord mark_of(const Loss& loss) {
  NewRecord mark;
  if (loss.kind == Loss::Kind::kClear) {
    mark.kind = Kind::kClear;
    mark.type = 0;
    return mark;
  }
  mark.kind = loss.kind == Loss::Kind::kHole ? Kind::kHole : Kind::kGap;
  mark.type = loss.type;
  mark.starts = loss.starts;
  mark.key = loss.key;
  mark.expires = loss.expires;
  mark.raw_size = loss.lost_size;
  return mark;
}

class Rebuilder {
 public:
  Rebuilder(const Source& source, const Report& report, FileBuilder* to)
      : source_(source),
        report_(report),
        to_(to),
        last_seq_(source.page.base.floor_seq),
        clock_({source.page.slot.last_seq, source.page.slot.time}, log::floor_of(source.page)),
        clock_of_copy_({}, log::floor_of(source.page)) {}

  void record(const Record& record, bool body_is_good) {
    // A derived record has the seq of the one before it: no mark can be there.
    if (record.kind == Kind::kCheckpoint && body_is_good) clock_.checkpoint(record);
    if (!status_ || !record.takes_seq()) return;
    clock_.record(record.seq, record.time);
    clock_of_copy_.record(record.seq, record.time);
    if (record.seq != values_seq_) {
      spent_ = std::exchange(values_, {});
      spent_parts_ = std::exchange(parts_, {});
    }
    values_seq_ = record.seq;
    status_ = add_marks(record);
    const bool is_whole = body_is_good || record.is_reference();
    if (status_) status_ = is_whole ? add_whole(record) : add_pieces(record);
    last_seq_ = std::max(record.seq, source_.page.base.floor_seq);
    last_time_ = record.time;
    if (record.batch_count != 0) batch_end_ = record.offset + record.batch_length;
    in_open_batch_ = (record.flags & log::kBatchMember) != 0 && record.end() != batch_end_;
  }

  Status finish() {
    if (!status_) return status_;
    // The slot has the seq of the last lost record.
    const std::uint64_t said = source_.page.slot.last_seq;
    const bool shares = in_open_batch_ || (said == last_seq_ && said != 0);
    const std::uint64_t first = shares ? last_seq_ : last_seq_ + 1;
    const std::uint64_t last = std::max(first, said);
    KV_TRY(add_marks_below(UINT64_MAX, {first, last, last}, {}));
    KV_TRY(to_->flush());  // pending records are views of values_
    // No writer used more seqs than fit in the log.
    const bool is_credible =
        said - last_seq_ <= source_.page.slot.durable_end / log::kRecordHeaderSize;
    const bool is_needed = said > to_->last_seq() && !source_.is_increment();
    return is_needed && is_credible ? spend_seqs(said) : Status();
  }

  std::vector<log::ClockMark> untold_peaks() {
    clock_.end_records(now_us());
    return clock_.peaks() == clock_of_copy_.peaks() ? std::vector<log::ClockMark>()
                                                    : clock_.peaks();
  }

 private:
  // The last versions were lost, and no mark has the seq of the last one. That seq was acknowledged
  // to its writer, so neither it nor those before may be used again: a deletion without effect gets
  // it.
  Status spend_seqs(std::uint64_t last) {
    NewRecord nothing;
    nothing.kind = Kind::kDelete;
    nothing.type = 0;
    std::string key;
    while (to_->has(key)) key += '-';
    nothing.key = key;
    KV_TRY(to_->add(nothing, last, last_time_));
    return to_->flush();
  }

  // The lowest seq that what is lost before the record may have had: from there on reads of the
  // past must not show the earlier state.
  Status add_marks(const Record& record) {
    const std::uint64_t first = in_open_batch_ ? last_seq_ : last_seq_ + 1;
    // The highest possible seq. What a CLEAR has deleted was before it and its batch.
    const bool is_inner = (record.flags & log::kBatchMember) != 0 && record.batch_count == 0;
    const std::uint64_t last = record.seq - (is_inner ? 0 : 1);
    const std::uint64_t most = record.is_of_all() ? last : record.seq;
    return add_marks_below(record.offset, {std::min(first, most), last, most}, record.key());
  }

  // What was lost at one place may have had seqs from `first` to `last`. A mark may also have the
  // seq of the record after the place, unless that is a CLEAR: `most`.
  struct Seqs {
    std::uint64_t first = 0, last = 0, most = 0;
  };

  // A CLEAR that only the record after it reveals has the highest seq, `last`. `next` is the key of
  // the record after the place.
  Status add_marks_below(std::uint64_t offset, const Seqs& seqs, std::string_view next) {
    for (; next_ < report_.losses.size() && report_.losses[next_].before <= offset; ++next_) {
      const Loss& loss = report_.losses[next_];
      if (loss.in_place || loss.kind == Loss::Kind::kHistory) continue;
      if (loss.base_seq != 0 && to_->in_base()) {
        KV_TRY(to_->add(mark_of(loss), loss.base_seq, source_.page.header.floor_time));
        continue;
      }
      if (loss.kind == Loss::Kind::kClear) {
        const std::uint64_t of_clear = std::min(loss.seq != 0 ? loss.seq : seqs.last, seqs.last);
        KV_TRY(write_marks(of_clear));
        KV_TRY(to_->add(mark_of(loss), std::max(of_clear, to_->last_seq()),
                        loss.time != 0 ? loss.time : last_time_));
        continue;
      }
      const std::uint64_t least = std::min(std::max(seqs.first, loss.least_seq), seqs.most);
      marks_.push_back({&loss, loss.seq != 0 ? loss.seq : least, loss.key == next});
    }
    return write_marks(UINT64_MAX);
  }

  // A batch has the records of a key consecutively: first comes what may continue the record before
  // the place, and last what the record after it may continue.
  struct Mark {
    const Loss* loss = nullptr;
    std::uint64_t seq = 0;
    bool is_of_next = false;
    auto place() const {  // the marks of one key are consecutive
      const bool goes_on = loss->may_go_on && loss->least_seq == seq;
      return std::tuple(seq, !goes_on, is_of_next, std::string_view(loss->key));
    }
    bool is_hole_of(const Mark& other) const {
      const bool are_holes =
          loss->kind == Loss::Kind::kHole && other.loss->kind == Loss::Kind::kHole;
      return are_holes && loss->key == other.loss->key && seq == other.seq;
    }
  };

  // Writes the marks below seq `end`, in the order of their seqs: a CLEAR with that seq hides what
  // is before it.
  Status write_marks(std::uint64_t end) {
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const Mark& a, const Mark& b) { return a.place() < b.place(); });
    const auto same = [](const Mark& a, const Mark& b) { return a.is_hole_of(b); };
    marks_.erase(std::unique(marks_.begin(), marks_.end(), same), marks_.end());
    for (const Mark& mark : std::exchange(marks_, {})) {
      if (mark.seq >= end) break;
      KV_TRY(to_->add(mark_of(*mark.loss), std::max(mark.seq, to_->last_seq()), last_time_));
    }
    return {};
  }

  NewRecord copy_of(const Record& record) {
    NewRecord copy;
    copy.kind = record.kind;
    copy.type = record.type;
    // No writer makes a record that begins a value without the flag, or a HOLE with bytes, but its
    // checksum is valid.
    copy.starts = record.begins_anew();
    copy.key = record.key();
    if (record.kind != Kind::kHole && record.kind != Kind::kDelete) copy.value = value_of(record);
    copy.expires = record.expires;
    copy.is_written_out = (record.flags & log::kWrittenOut) != 0;
    copy.raw_size = record.is_elsewhere() ? record.raw_size : 0;
    return copy;
  }

  // Leaves out what cannot be decompressed: add_pieces() uses only the rest.
  std::string_view value_of(const Record& record) {
    if (!record.is_encoded()) return record.stored();
    std::string& value = values_.emplace_back(record.length(), '\0');
    const std::uint64_t step = std::uint64_t{1} << record.encoding.block_shift;
    for (std::uint64_t begin = 0; begin < value.size(); begin += step) {
      const std::uint64_t end = std::min<std::uint64_t>(begin + step, value.size());
      (void)log::decode_part(source_.view(), record, begin, end, value.data() + begin);
    }
    return value;
  }

  // Only in a base with compression, after the dictionary that copy_dictionary() has copied.
  bool may_stay_encoded() const { return to_->in_base() && to_->log().dictionary() != nullptr; }

  Status add_encoded(const Record& record) {
    NewRecord copy;
    copy.kind = record.kind;
    copy.type = record.type;
    copy.starts = record.begins_anew();
    copy.key = record.key();
    copy.value = record.stored();
    copy.expires = record.expires;
    copy.encoding = record.encoding;
    return to_->add(copy, record.seq, record.time);
  }

  // The targets are at other places in the new file. From the first piece on whose target is
  // missing, the bytes are written out, or their loss is marked.
  Status add_reference(const Record& record) {
    if (to_->last_seq() != record.seq) KV_TRY(to_->flush());
    const std::vector<log::ReferencePiece> pieces = moved(record);
    const std::uint64_t named = pieces.empty() ? 0 : pieces.back().end;
    if (named > 0) {
      NewRecord copy = copy_of(record);
      copy.value = values_.emplace_back(log::Reference::encode(pieces));
      copy.raw_size = named;
      KV_TRY(to_->add(copy, record.seq, record.time));
    }
    return named == record.total ? Status() : add_referred(record, named);
  }

  Status add_referred(const Record& record, std::uint64_t from) {
    const auto& parts = parts_.emplace_back(referred_parts(source_.view(), record, from));
    for (const ReferredPart& part : parts) {
      NewRecord copy = copy_of(record);
      copy.kind = part.kind();
      copy.starts = part.begin() == 0;
      copy.value = {};
      copy.source = part.is_lost() ? nullptr : &part;
      copy.raw_size = part.is_lost() ? part.size() : 0;
      copy.is_written_out = true;
      KV_TRY(to_->add(copy, record.seq, record.time));
    }
    return {};
  }

  // The first pieces, as far as their targets exist.
  std::vector<log::ReferencePiece> moved(const Record& record) {
    const log::View view = source_.view();
    std::vector<log::ReferencePiece> pieces;
    const auto reference = log::Reference::of(view, record);
    for (std::size_t i = 0; reference && i < reference->size(); ++i) {
      const auto found = moved(reference->piece(i), reference->begin(i), record.type);
      if (!found) break;
      pieces.insert(pieces.end(), found->begin(), found->end());
    }
    return pieces;
  }

  std::optional<std::vector<log::ReferencePiece>> moved(const log::ReferencePiece& piece,
                                                        std::uint64_t begin, std::uint8_t type) {
    const auto target = log::find_target(source_.view(), piece, type);
    Record newest;
    if (!target || !to_->find_newest(target->key(), &newest)) return std::nullopt;
    return log::find_moved(to_->log().pending_view(), newest, piece, begin, type);
  }

  Status add_whole(const Record& record) {
    if (record.is_reference()) return add_reference(record);
    if (record.is_encoded() && may_stay_encoded()) return add_encoded(record);
    return to_->add(copy_of(record), record.seq, record.time);
  }

  // For a damaged value: its good blocks, and a gap for the others, as one batch.
  Status add_pieces(const Record& record) {
    const std::vector<Piece> pieces = pieces_of(source_.view(), record);
    if (lost_bytes(pieces) == 0) return add_whole(record);
    for (const Piece& piece : pieces) {
      NewRecord part = copy_of(record);
      const std::uint64_t size = piece.end - piece.begin;
      if (piece.begin > 0) {
        part.kind = Kind::kAppend;
        part.starts = false;
      }
      part.value = piece.good ? part.value.substr(piece.begin, size) : std::string_view{};
      if (!piece.good) {
        part.kind = Kind::kGap;
        part.raw_size = size;
      }
      KV_TRY(to_->add(part, record.seq, record.time));
    }
    return {};
  }

  const Source& source_;
  const Report& report_;
  FileBuilder* to_;
  std::size_t next_ = 0;     // index in report_.losses
  std::vector<Mark> marks_;  // to be written at one place
  std::uint64_t last_seq_;   // within a base: the floor
  std::uint64_t last_time_ = 0;
  ClockTally clock_, clock_of_copy_;
  std::uint64_t batch_end_ = 0;
  bool in_open_batch_ = false;  // more members were expected after the last record
  // Decompressed values of records with the last seq, and with the one before: the builder may hold
  // views of them until it gets a record with another seq.
  std::deque<std::string> values_, spent_;
  std::deque<std::vector<ReferredPart>> parts_, spent_parts_;  // the same for REFs
  std::uint64_t values_seq_ = 0;
  Status status_;
};

}  // namespace

namespace {

// Only an intact one: otherwise no value compressed with it is readable.
Status copy_dictionary(const Source& source, FileBuilder* to) {
  Record dictionary;
  const log::View view = source.view();
  const bool is_there =
      to->log().dictionary() != nullptr && to->in_base() &&
      view.header(log::kDictionaryOffset, &dictionary) == log::HeaderCheck::kValid &&
      log::is_dictionary(dictionary) && log::body_is_valid(dictionary, *view.binding);
  if (!is_there) return {};
  KV_TRY(to->log().append_dictionary(dictionary.stored(), dictionary.time));
  return {};
}

}  // namespace

Result<std::vector<log::ClockMark>> rebuild(const Source& source, Way way, const Report& report,
                                            FileBuilder* to, const Progress& progress) {
  KV_TRY(copy_dictionary(source, to));
  Rebuilder rebuilder(source, report, to);
  Visitor visitor;
  visitor.record = [&](const Record& record, bool body_is_good) {
    rebuilder.record(record, body_is_good);
    if (progress) progress(record.offset);
  };
  visitor.bad = [](const log::CorruptRange&) {};
  KV_TRY(walk(source, way, visitor));
  KV_TRY(rebuilder.finish());
  return rebuilder.untold_peaks();
}

}  // namespace kvstore::maint
