#include "src/log/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "src/base/coding.h"
#include "src/log/expiry_counts.h"

namespace kvstore::log {
namespace {

constexpr std::uint32_t kLayout = 1;
// Flags for the last record of a position.
constexpr unsigned kNotInBatch = 1, kIsOfAll = 2;

class Writer {
 public:
  template <class Integer>
  void put(Integer number) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof number);
    store_le(bytes_.data() + at, number);
  }
  void u64(std::uint64_t number) { put(number); }
  void u32(std::uint64_t number) { put(static_cast<std::uint32_t>(number)); }
  void string(std::string_view bytes) {
    u32(bytes.size());
    bytes_.append(bytes);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads the available bytes; after the end it returns zeros and !good().
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <class Integer>
  Integer get() {
    if (left_.size() < sizeof(Integer)) {
      good_ = false;
      return 0;
    }
    const auto number = load_le<Integer>(left_.data());
    left_.remove_prefix(sizeof(Integer));
    return number;
  }
  std::uint64_t u64() { return get<std::uint64_t>(); }
  std::uint32_t u32() { return get<std::uint32_t>(); }
  std::string string() {
    const std::uint32_t size = u32();
    if (size > left_.size()) {
      good_ = false;
      return {};
    }
    std::string bytes(left_.substr(0, size));
    left_.remove_prefix(size);
    return bytes;
  }
  // Reads a count of items of at least `least` bytes each, and checks that the rest can hold them.
  std::size_t count(std::size_t least) {
    const std::uint32_t count = u32();
    good_ &= count <= left_.size() / least;
    return good_ ? count : 0;
  }
  bool good() const { return good_; }
  bool at_end() const { return good_ && left_.empty(); }

 private:
  std::string_view left_;
  bool good_ = true;
};

void put_position(const Position& position, Writer* to) {
  to->u64(position.end);
  to->u64(position.seq);
  to->u32(position.prev_key_hash);
  to->put(position.epoch);
  to->put(static_cast<std::uint16_t>((position.last_not_in_batch ? kNotInBatch : 0) |
                                     (position.last_is_of_all ? kIsOfAll : 0)));
}

Position get_position(Reader* from) {
  Position position;
  position.end = from->u64();
  position.seq = from->u64();
  position.prev_key_hash = from->u32();
  position.epoch = from->get<std::uint16_t>();
  const auto flags = from->get<std::uint16_t>();
  position.last_not_in_batch = (flags & kNotInBatch) != 0;
  position.last_is_of_all = (flags & kIsOfAll) != 0;
  return position;
}

void put_marks(const std::vector<ClockMark>& marks, Writer* to) {
  to->u32(marks.size());
  for (const ClockMark& mark : marks) {
    to->u64(mark.seq);
    to->u64(mark.time);
  }
}

std::vector<ClockMark> get_marks(Reader* from) {
  std::vector<ClockMark> marks(from->count(16));
  for (ClockMark& mark : marks) {
    mark.seq = from->u64();
    mark.time = from->u64();
  }
  return marks;
}

void put_clock(const ClockState& clock, Writer* to) {
  to->u64(clock.record_time);
  to->u64(clock.live_keys);
  to->u64(clock.counts_are_exact ? clock.expiry_grain_ms : 0);
  to->u64(clock.taken_until_ms);
  put_marks(clock.peaks, to);
  put_marks(clock.runs, to);
  to->u32(clock.expiries.size());
  for (const ExpiryCount& expiry : clock.expiries) {
    to->u64(expiry.expires_ms);
    to->u64(expiry.keys);
  }
}

ClockState get_clock(Reader* from) {
  ClockState clock;
  clock.record_time = from->u64();
  clock.live_keys = from->u64();
  const std::uint64_t grain = from->u64();
  clock.counts_are_exact = ExpiryCounts::is_grain(grain);
  if (clock.counts_are_exact) clock.expiry_grain_ms = grain;
  clock.taken_until_ms = from->u64();
  clock.peaks = get_marks(from);
  clock.runs = get_marks(from);
  clock.expiries.resize(from->count(16));
  for (ExpiryCount& expiry : clock.expiries) {
    expiry.expires_ms = from->u64();
    expiry.keys = from->u64();
  }
  return clock;
}

void put_run(const RunPlace& run, Writer* to) {
  to->u64(run.begin);
  to->u64(run.end);
  to->u64(run.last_seq);
  to->u32(run.segments.size());
  for (const SegmentPlace& segment : run.segments) {
    to->u64(segment.extent);
    to->u64(segment.body);
    to->u64(segment.size);
    to->u64(segment.keys);
    to->string(segment.first_key);
  }
}

RunPlace get_run(Reader* from) {
  RunPlace run;
  run.begin = from->u64();
  run.end = from->u64();
  run.last_seq = from->u64();
  run.segments.resize(from->count(36));
  for (SegmentPlace& segment : run.segments) {
    segment.extent = from->u64();
    segment.body = from->u64();
    segment.size = from->u64();
    segment.keys = from->u64();
    segment.first_key = from->string();
  }
  return run;
}

// Omitted if a file has no CLEAR.
void put_clears(const std::vector<ClearMark>& clears, Writer* to) {
  if (clears.empty()) return;
  to->u32(clears.size());
  for (const ClearMark& clear : clears) {
    to->u64(clear.offset);
    to->u64(clear.seq);
    to->u64(clear.time);
  }
}

std::vector<ClearMark> get_clears(Reader* from) {
  if (from->at_end()) return {};
  std::vector<ClearMark> clears(from->count(24));
  for (ClearMark& clear : clears) {
    clear.offset = from->u64();
    clear.seq = from->u64();
    clear.time = from->u64();
  }
  return clears;
}

bool is_within(std::uint64_t begin, std::uint64_t size, std::uint64_t limit) {
  return begin >= kHeaderPageSize && begin % kAlignment == 0 && begin <= limit &&
         size <= limit - begin;
}

bool is_sound(const SegmentPlace& segment, std::uint64_t at) {
  return is_within(segment.extent, kRecordHeaderSize, segment.body) && segment.keys > 0 &&
         segment.size > 0 && is_within(segment.body, segment.size, at) &&
         segment.first_key.size() <= std::numeric_limits<std::uint16_t>::max();
}

// Whether the run's range, which has no key, may have a CLEAR, the only record without a key that
// takes a seq.
bool may_have_clear(const RunPlace& run, const std::vector<ClearMark>& clears) {
  if (clears.empty()) return false;
  const bool is_older =
      clears.size() == Checkpoint::kMostClears && run.end <= clears.front().offset;
  return is_older || std::any_of(clears.begin(), clears.end(), [&](const ClearMark& clear) {
           return clear.offset >= run.begin && clear.offset < run.end;
         });
}

// A run without keys has no records of keys in its range, so no seq above `seq_before`.
bool is_sound(const RunPlace& run, std::uint64_t at, std::uint64_t seq_before,
              const std::vector<ClearMark>& clears) {
  const std::string* last = nullptr;
  for (const SegmentPlace& segment : run.segments) {
    if (!is_sound(segment, at) || (last && segment.first_key <= *last)) return false;
    last = &segment.first_key;
  }
  return run.begin < run.end && (last || run.last_seq <= seq_before || may_have_clear(run, clears));
}

// No segment is named twice.
bool are_different(const std::vector<RunPlace>& runs) {
  std::vector<std::uint64_t> bodies;
  for (const RunPlace& run : runs) {
    for (const SegmentPlace& segment : run.segments) bodies.push_back(segment.body);
  }
  std::sort(bodies.begin(), bodies.end());
  return std::adjacent_find(bodies.begin(), bodies.end()) == bodies.end();
}

bool is_sound(const std::vector<EpochStart>& epochs) {
  const EpochStart* last = nullptr;
  for (const EpochStart& start : epochs) {
    const bool follows =
        !last || (start.begin >= last->begin && epoch_is_later(start.epoch, last->epoch));
    if (start.epoch == 0 || !follows) return false;
    last = &start;
  }
  return true;
}

// A later epoch than the one in force would make all following records invalid.
bool has_begun(const Position& covered, const std::vector<EpochStart>& epochs) {
  const auto next = std::find_if(epochs.begin(), epochs.end(), [&](const EpochStart& start) {
    return start.begin > covered.end;
  });
  return next == epochs.begin() || !epoch_is_later(covered.epoch, std::prev(next)->epoch);
}

// After a base the log's seq is the floor's, whatever the seqs of its records.
bool are_sound(const Checkpoint& checkpoint, std::uint64_t at) {
  const std::vector<RunPlace>& runs = checkpoint.runs;
  std::uint64_t end = checkpoint.covered.end;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::uint64_t before = i + 1 < runs.size() ? runs[i + 1].last_seq : 0;
    const std::uint64_t seq_before = std::max(before, checkpoint.floor_seq);
    if (runs[i].end != end || !is_sound(runs[i], at, seq_before, checkpoint.clears)) {
      return false;
    }
    end = runs[i].begin;
  }
  return end == kHeaderPageSize && are_different(runs);
}

bool are_sound(const std::vector<ClearMark>& clears, const Position& covered) {
  ClearMark last;
  for (const ClearMark& clear : clears) {
    const bool follows = clear.offset > last.offset && clear.seq > last.seq;
    if (!follows || !is_within(clear.offset, kRecordHeaderSize, covered.end)) return false;
    if (clear.seq > covered.seq) return false;
    last = clear;
  }
  return true;
}

bool is_sound(const Checkpoint& checkpoint, std::uint64_t at) {
  const Position& covered = checkpoint.covered;
  const bool is_so = is_within(covered.end, 0, at) && is_sound(checkpoint.epochs) &&
                     has_begun(covered, checkpoint.epochs) && checkpoint.previous < at &&
                     are_sound(checkpoint, at) && are_sound(checkpoint.clears, covered);
  if (!is_so) return false;
  for (const std::uint64_t extent : checkpoint.dead) {
    if (!is_within(extent, kRecordHeaderSize, at)) return false;
  }
  return true;
}

}  // namespace

// The sums cannot overflow: a segment has fewer keys than bytes.
bool counts_are_possible(const Checkpoint& checkpoint) {
  std::uint64_t left = 0;
  for (const RunPlace& run : checkpoint.runs) {
    for (const SegmentPlace& segment : run.segments) left += std::min(segment.keys, segment.size);
  }
  if (checkpoint.clock.live_keys > left) return false;
  left = checkpoint.clock.live_keys;
  for (const ExpiryCount& expiry : checkpoint.clock.expiries) {
    if (expiry.keys == 0 || expiry.keys > left) return false;
    left -= expiry.keys;
  }
  return true;
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  Writer to;
  to.u32(kLayout);
  to.string(checkpoint.header);
  to.u64(checkpoint.previous);
  to.u64(checkpoint.hash_seed);
  put_position(checkpoint.covered, &to);
  to.u64(checkpoint.floor_seq);
  to.u32(checkpoint.epochs.size());
  for (const EpochStart& start : checkpoint.epochs) to.u64(start.begin << 16 | start.epoch);
  to.u32(0);  // terms
  put_clock(checkpoint.clock, &to);
  to.u32(checkpoint.runs.size());
  for (const RunPlace& run : checkpoint.runs) put_run(run, &to);
  to.u32(checkpoint.dead.size());
  for (const std::uint64_t extent : checkpoint.dead) to.u64(extent);
  put_clears(checkpoint.clears, &to);
  return to.take();
}

std::optional<Checkpoint> decode_checkpoint(std::string_view value, std::uint64_t at) {
  Reader from(value);
  if (from.u32() != kLayout) return std::nullopt;
  Checkpoint checkpoint;
  checkpoint.header = from.string();
  checkpoint.previous = from.u64();
  checkpoint.hash_seed = from.u64();
  checkpoint.covered = get_position(&from);
  checkpoint.floor_seq = from.u64();
  checkpoint.epochs.resize(from.count(8));
  for (EpochStart& start : checkpoint.epochs) {
    const std::uint64_t word = from.u64();
    start = {word >> 16, static_cast<std::uint16_t>(word)};
  }
  if (from.u32() != 0) return std::nullopt;  // terms
  checkpoint.clock = get_clock(&from);
  const std::size_t runs = from.count(28);
  for (std::size_t i = 0; i < runs && from.good(); ++i) checkpoint.runs.push_back(get_run(&from));
  checkpoint.dead.resize(from.count(8));
  for (std::uint64_t& extent : checkpoint.dead) extent = from.u64();
  checkpoint.clears = get_clears(&from);
  if (!from.at_end() || !is_sound(checkpoint, at)) return std::nullopt;
  return checkpoint;
}

}  // namespace kvstore::log
