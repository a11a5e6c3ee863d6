#include "src/log/chain.h"

#include <algorithm>
#include <cstring>

#include "src/base/check.h"
#include "src/base/prefetch.h"
#include "src/log/encoded_value.h"
#include "src/log/lost.h"
#include "src/log/plain_record.h"
#include "src/log/reference.h"
#include "src/log/scanner.h"

namespace kvstore::log {
namespace {

constexpr unsigned kOrdinals = kFanOut;

bool holds(const Record& record, std::uint64_t position) {
  return position < record.total && record.total - record.length() <= position;
}

// The skip block before `record` belongs to the same value.
bool skip_is_of_value(const Record& record) {
  return record.skip != 0 && record.skip < record.offset && record.since_start > record.ordinal;
}

tl::unexpected<Broken> broken(std::uint64_t offset, const char* reason, std::uint64_t seq = 0) {
  return tl::unexpected<Broken>(Broken{offset, seq, reason});
}

// For records whose predecessor or successor is unreadable: scans the whole log up to the head,
// follows the key's records, and keeps the one with the byte. A lost record that began the value
// makes everything before it unknown; so does a damaged part so long that the ordinals cannot count
// its records.
ChainResult<Record> find_byte_by_scan(const View& view, const Record& head, std::uint64_t position,
                                      std::uint64_t lost_offset) {
  Scanner scanner(view.up_to(head.end()));
  Record last, found;
  std::uint64_t bad_bytes = 0;  // bytes lost after `last`
  while (true) {
    const Scanner::Step step = scanner.next();
    if (step == Scanner::Step::kBad) bad_bytes += scanner.bad().end - scanner.bad().begin;
    if (step == Scanner::Step::kBad) continue;
    if (step != Scanner::Step::kRecord) break;
    Record record;  // as judged by the recovery scan, which knew more
    if (view.header(scanner.record().offset, &record) != HeaderCheck::kValid) continue;
    if (!record.has_key() || record.key() != head.key()) continue;
    if (last.at && record.prev != last.offset) {
      const unsigned lost = (record.ordinal + 2 * kOrdinals - last.ordinal - 1) % kOrdinals;
      const bool countable = lost > 0 && bad_bytes < kOrdinals * kRecordHeaderSize;
      if (!countable || record.since_start <= lost) found = {};
    }
    if (record.starts_chain()) found = {};
    if (holds(record, position)) found = record;
    last = record;
    bad_bytes = 0;
  }
  if (found.at) return found;
  return broken(lost_offset, "a record of this value is damaged");
}

// Prefetches the cache lines of a record: the head, and what follows it.
void prefetch_record(const View& view, std::uint64_t offset, unsigned lines) {
  prefetch_lines(view.data, offset, lines, view.limit);
}
constexpr unsigned kPlainLines = 4;      // head, extensions, key and a short value
constexpr unsigned kSkipBlockLines = 8;  // with a skip block

// Prefetches what a read of bytes [from, to) of a large record's value needs: their blocks, and the
// CRCs of the blocks. The begin of the value is a guess, because the record has not been read yet:
// usually CHAIN is its only extension.
void prefetch_body(const View& view, std::uint64_t offset, std::size_t key_size,
                   std::uint64_t length, std::uint64_t from, std::uint64_t to) {
  constexpr std::uint64_t kMost = 40 * kCacheLine;
  if (length <= kBlockSize) return;
  const std::uint64_t value = offset + kRecordHeaderSize + kChainUnits * kExtensionUnit + key_size;
  const std::uint64_t begin = value + from / kBlockSize * kBlockSize;
  const std::uint64_t end = value + std::min(round_up(to, kBlockSize), length);
  const std::uint64_t table = value + length + from / kBlockSize * 4;
  prefetch_bytes(view.data, begin, std::min(end - begin, kMost), view.limit);
  if (table < view.limit) prefetch(view.data + table);
}

// Prefetches the records that a reader will reach on its way back along a chain.
class AheadOfReader {
 public:
  explicit AheadOfReader(const View& view) : view_(view) {}

  // Call it before the reader goes from `record` to the one before it.
  void pass(const Record& record) {
    if (!record.skip_block.empty()) take_list(record);
    pass();
  }
  // The same of one without a skip block.
  void pass() {
    if (next_ < count_) prefetch_record(view_, offsets_[next_++], kPlainLines);
  }

 private:
  static constexpr unsigned kDistance = 8;

  void take_list(const Record& carrier) {
    SkipBlockReader reader(carrier);
    SkipLevel level;
    count_ = next_ = 0;
    if (!reader.next(&level)) return;
    count_ = level.count();
    for (unsigned i = 0; i < count_; ++i) offsets_[i] = carrier.offset - level.offset_back(i);
    while (next_ < kDistance && next_ < count_) {
      prefetch_record(view_, offsets_[next_++], kPlainLines);
    }
    // The next list is in the next skip block.
    if (reader.next(&level) && level.count() > 0) {
      prefetch_record(view_, carrier.offset - level.offset_back(0), kSkipBlockLines);
    }
  }

  const View& view_;
  unsigned count_ = 0, next_ = 0;
  std::uint64_t offsets_[SkipEntries::kMax];
};

// Number of leading elements i of [0, count) for which test(i) holds; it must hold for none after
// one for which it does not.
template <class Test>
unsigned count_while(unsigned count, Test test) {
  unsigned low = 0;
  while (count > 0) {
    const unsigned half = count / 2;
    if (test(low + half)) {
      low += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return low;
}

// Prefetches the records of level 0 that hold bytes `begin` to `last`, of which entry `i` holds the
// last.
void prefetch_range(const View& view, const Record& skip_block, const SkipLevel& level, unsigned i,
                    std::uint64_t last, std::uint64_t begin) {
  for (const unsigned usable = level.same_value_count(); i < usable; ++i) {
    const std::uint64_t offset = skip_block.offset - level.offset_back(i);
    prefetch_record(view, offset, kPlainLines);
    const std::uint64_t end = skip_block.total - level.total_back(i);
    const std::uint64_t first = i + 1 < usable ? skip_block.total - level.total_back(i + 1) : end;
    if (first < end) {
      prefetch_body(view, offset, skip_block.key_size, end - first, std::max(begin, first) - first,
                    std::min(last + 1, end) - first);
    }
    if (first <= begin) return;
  }
}

// The oldest entry of a skip block that holds the byte, or is newer than the one that does. The
// skip block itself must be newer. The caller will continue down to byte `begin`, so the records on
// the way are prefetched together.
std::uint64_t jump_by_skip_block(const View& view, const Record& skip_block, std::uint64_t position,
                                 std::uint64_t begin) {
  SkipBlockReader reader(skip_block);
  SkipLevel level;
  std::uint64_t best = skip_block.prev;
  const auto wanted = [&skip_block](std::uint64_t byte) { return skip_block.total - byte; };
  for (unsigned number = 0; reader.next(&level); ++number) {
    const unsigned usable = level.same_value_count();
    const unsigned newer =
        count_while(usable, [&](unsigned i) { return level.total_back(i) < wanted(position); });
    if (newer == 0) {
      if (usable > 0) break;
      continue;
    }
    best = skip_block.offset - level.offset_back(newer - 1);
    if (newer < usable || level.any_started()) {
      if (number > 0) prefetch_record(view, best, kSkipBlockLines);
      if (number == 0) prefetch_range(view, skip_block, level, newer - 1, position, begin);
      break;
    }
  }
  return best;
}

// The oldest entry of a skip block that is_newer reports as newer than the version; skip_block.prev
// if there is none.
template <class Test>
std::uint64_t jump_to_version(const Record& skip_block, Test is_newer) {
  SkipBlockReader reader(skip_block);
  SkipLevel level;
  std::uint64_t best = skip_block.prev;
  while (reader.next(&level)) {
    const unsigned newer =
        count_while(level.count(), [&](unsigned i) { return is_newer(level, i); });
    if (newer > 0) best = skip_block.offset - level.offset_back(newer - 1);
    if (newer < level.count()) break;
  }
  return best;
}

// Finds the newest record that matches; every record older than a match must match, too.
template <class RecordTest, class Jump>
ChainResult<Record> find_newest(const View& view, Record record, RecordTest matches, Jump jump) {
  bool skip_tried = false;
  while (!matches(record)) {
    std::uint64_t next = record.prev;
    if (!record.skip_block.empty()) {
      next = jump(record);
      skip_tried = false;
    } else if (record.skip != 0 && record.skip < record.offset && !skip_tried) {
      Record skip;
      if (view.header(record.skip, &skip) == HeaderCheck::kValid && !matches(skip)) {
        record = skip;
        continue;
      }
      skip_tried = true;
    }
    if (next == 0) return Record{};
    const std::uint64_t seq = record.seq;
    if (next >= record.offset || view.header(next, &record) != HeaderCheck::kValid) {
      return broken(next, "a record of this key's history is damaged", seq);
    }
  }
  return record;
}

// find_byte() for a caller that will continue down to byte `begin`.
ChainResult<Record> find_byte_toward(const View& view, const Record& head, std::uint64_t position,
                                     std::uint64_t begin) {
  KV_CHECK(position < head.total);
  Record record = head;
  bool skip_tried = false;
  while (!holds(record, position)) {
    std::uint64_t next = record.prev;
    if (!record.skip_block.empty()) {
      next = jump_by_skip_block(view, record, position, begin);
      skip_tried = false;
    } else if (!skip_tried && skip_is_of_value(record)) {
      prefetch_record(view, record.skip, kSkipBlockLines);
      Record skip;
      if (view.header(record.skip, &skip) == HeaderCheck::kValid && skip.total > position) {
        record = skip;
        continue;
      }
      skip_tried = true;
    }
    const bool has_older = next != 0 && next < record.offset && !record.starts_chain();
    if (!has_older || view.header(next, &record) != HeaderCheck::kValid) {
      return find_byte_by_scan(view, head, position, next);
    }
  }
  return record;
}

constexpr const char* kSecondReference = "what it refers to refers to something else";

const char* gap_reason(const Record& gap, const Record& head) {
  return gap.raw_size == head.total
             ? kLengthKept
             : kPartLost;
}

// Writes the bytes [from, to) of the value, which are in the record itself, to `out`. Returns null,
// or a static text with the error.
const char* read_record(const View& view, const Record& record, std::uint64_t from,
                        std::uint64_t to, char* out) {
  const std::uint64_t first = record.total - record.length();
  const std::uint64_t value_at =
      record.offset + static_cast<std::uint64_t>(record.value_at() - record.at);
  view.will_read(value_at + (from - first), value_at + (to - first));
  if (record.is_encoded()) [[unlikely]]
    return decode_part(view, record, from - first, to - first, out);
  if (!body_part_is_valid(record, *view.binding, from - first, to - first)) return kBadChecksum;
  std::memcpy(out, record.value_at() + (from - first), to - from);
  return nullptr;
}

// The same for a record that does not hold its bytes.
ChainResult<void> read_elsewhere(const View& view, const Record& record, const Record& head,
                                 std::uint64_t from, std::uint64_t to, bool follows, char* out) {
  const char* wrong = kSecondReference;
  if (record.kind == Kind::kGap) {
    wrong = gap_reason(record, head);
  } else if (follows) {
    const auto reference = Reference::of(view, record);
    if (reference) return read_referred(view, *reference, record.type, from, to, out);
    wrong = kBadChecksum;
  }
  return tl::unexpected<Broken>({record.offset, record.seq, wrong});
}

// Reads bytes [begin, end), from the end back, as far as plain appends have them; *prev is the
// record to begin with, and afterwards the one before those that were read. Returns the offset of
// the first byte that was read.
std::uint64_t read_appends(const View& view, std::uint64_t* prev, std::uint64_t begin,
                           std::uint64_t end, AheadOfReader& ahead, char* out) {
  while (end > begin && *prev != 0) {
    const auto piece = plain_append(view, *prev);
    if (!piece || piece->total != end || piece->bytes.size() > end) break;
    const std::uint64_t first = end - piece->bytes.size(), from = std::max(begin, first);
    std::memcpy(out + (from - begin), piece->bytes.data() + (from - first), end - from);
    end = from;
    *prev = piece->prev;
    ahead.pass();
  }
  return end;
}

// Reads the bytes from the last back to the first. `follows`: also from the targets of a REF.
ChainResult<void> read_back(const View& view, const Record& head, std::uint64_t begin,
                            std::uint64_t end, bool follows, char* out) {
  ChainResult<Record> record = find_byte_toward(view, head, end - 1, begin);
  AheadOfReader ahead(view);
  while (true) {
    if (!record) return tl::unexpected<Broken>(record.error());
    const std::uint64_t from = std::max(begin, record->total - record->length());
    const std::uint64_t to = std::min(end, record->total);
    char* const to_here = out + (from - begin);
    if (record->is_elsewhere()) [[unlikely]] {
      const auto done = read_elsewhere(view, *record, head, from, to, follows, to_here);
      if (!done) return done;
    } else if (const char* const wrong = read_record(view, *record, from, to, to_here)) {
      return tl::unexpected<Broken>({record->offset, record->seq, wrong});
    }
    if (from == begin) return {};
    ahead.pass(*record);
    std::uint64_t prev = record->starts_chain() ? 0 : record->prev;
    const std::uint64_t left = read_appends(view, &prev, begin, from, ahead, out);
    if (left == begin) return {};
    Record older;
    const bool adjacent =
        prev != 0 && view.header(prev, &older) == HeaderCheck::kValid && holds(older, left - 1);
    record = adjacent ? ChainResult<Record>(older) : find_byte_toward(view, head, left - 1, begin);
  }
}

}  // namespace

ChainResult<Record> find_own_byte(const View& view, const Record& head, std::uint64_t position) {
  return find_byte_toward(view, head, position, position);
}

ChainResult<Record> find_byte(const View& view, const Record& head, std::uint64_t position) {
  const ChainResult<Record> own = find_own_byte(view, head, position);
  if (!own || !own->is_reference()) return own;
  const auto reference = Reference::of(view, *own);
  if (!reference) return broken(own->offset, kBadChecksum, own->seq);
  const ReferencePiece piece = reference->piece(reference->find(position));
  const ChainResult<Record> target = find_target(view, piece, own->type);
  if (!target) return target;
  const ChainResult<Record> found = find_own_byte(view, *target, position);
  if (!found || !found->is_reference()) return found;
  return broken(found->offset, kSecondReference, found->seq);
}

ChainResult<void> read_own_bytes(const View& view, const Record& head, std::uint64_t begin,
                                 std::uint64_t end, char* out) {
  return read_back(view, head, begin, end, false, out);
}

ChainResult<void> read_bytes(const View& view, const Record& head, std::uint64_t begin,
                             std::uint64_t end, std::string* out) {
  // Check before allocating: a longer value is impossible, unless it has a gap.
  const std::uint64_t most_of_byte = view.dictionary ? kMostRawOfByte : 1;
  if ((end - begin) / most_of_byte > view.limit) {
    return tl::unexpected<Broken>({head.offset, head.seq, "its value is longer than the file"});
  }
  if (begin == end) return {};
  const std::size_t old_size = out->size();
  out->resize(old_size + (end - begin));
  auto done = read_back(view, head, begin, end, true, out->data() + old_size);
  if (!done) out->resize(old_size);
  return done;
}

ChainResult<Record> find_seq(const View& view, const Record& head, std::uint64_t seq) {
  return find_newest(
      view, head, [seq](const Record& record) { return record.seq <= seq; },
      [seq](const Record& skip_block) {
        return jump_to_version(skip_block, [&](const SkipLevel& level, unsigned i) {
          return skip_block.seq - level.seq_back(i) > seq;
        });
      });
}

ChainResult<Record> find_time(const View& view, const Record& head, std::uint64_t time,
                              std::uint64_t first_seq) {
  const auto is_newer = [=](const Record& record) {
    return record.seq >= first_seq && record.time > time;
  };
  // Skip blocks hold no times: the records of the entries are read, five for each level.
  return find_newest(
      view, head, [&](const Record& record) { return !is_newer(record); },
      [&](const Record& skip_block) {
        return jump_to_version(skip_block, [&](const SkipLevel& level, unsigned i) {
          Record record;
          return view.header(skip_block.offset - level.offset_back(i), &record) ==
                     HeaderCheck::kValid &&
                 is_newer(record);
        });
      });
}

namespace {

SkipEntry entry_of(const ChainTail& record) {
  return {record.offset, record.seq, record.total, record.started};
}

// Collects the records before the one that will have the skip block.
void walk_back(const View& view, const ChainTail& newest, SkipEntries* entries) {
  entries->push_back(entry_of(newest));
  std::uint64_t prev = newest.prev;
  Record record;
  while (entries->size() < SkipEntries::kMax && prev != 0) {
    if (view.header(prev, &record) != HeaderCheck::kValid) break;
    entries->push_back(entry_of(ChainTail::of(record)));
    prev = record.prev;
  }
}

// Whether a value may have started anew within the records that level `level` of skip block `old`
// stands for. Entries that a shortened level lacks may have been starts.
bool may_have_started(const SkipBlock& old, std::size_t level) {
  std::uint64_t full = kFanOut - 1;
  if (level > 0) {
    full = old.number;
    for (std::size_t i = 1; i < level; ++i) full /= kFanOut;
    full %= kFanOut;
  }
  if (level >= old.level_count) return full > 0;
  const SkipEntries& entries = old.levels[level];
  return entries.size() < full || std::any_of(entries.begin(), entries.end(),
                                              [](const SkipEntry& entry) { return entry.started; });
}

// Turns the upper levels of skip block `old`, which `carrier` has, into those of the next one:
// `old` itself is added, as in an addition of one with a carry.
void carry(const Record& carrier, SkipBlock* old) {
  SkipEntry entry = entry_of(ChainTail::of(carrier));
  std::uint64_t number = old->number + 1;
  std::size_t level = 0;
  while (true) {  // this entry stands for all of old's levels up to the carry
    entry.started |= may_have_started(*old, level);
    ++level;
    if (number % kFanOut != 0) break;
    number /= kFanOut;
  }
  for (std::size_t i = 1; i < level && i < old->level_count; ++i) old->levels[i] = SkipEntries();
  for (; old->level_count <= level; ++old->level_count) old->levels[old->level_count] = {};
  // Only a forged block is full here: what is older than the dropped entry is not listed.
  if (old->levels[level].size() == SkipEntries::kMax) old->level_count = level + 1;
  old->levels[level].push_front(entry);
  ++old->number;
}

void make_skip_block(const View& view, const ChainTail& previous, std::uint64_t skip_offset,
                     const SkipEntry& self, SkipBytes* out) {
  SkipBlock skip_block;
  Record carrier;
  if (skip_offset != 0 && view.header(skip_offset, &carrier) == HeaderCheck::kValid &&
      decode_skip_block(carrier, &skip_block)) {
    carry(carrier, &skip_block);
  } else {
    skip_block.number = 0;
    skip_block.level_count = 1;
  }
  skip_block.levels[0] = SkipEntries();
  walk_back(view, previous, &skip_block.levels[0]);
  encode_skip_block(skip_block, self, out);
}

}  // namespace

void next_link(const View& view, const ChainTail& previous, const SkipEntry& self,
               ChainLink* link) {
  link->ordinal = static_cast<std::uint8_t>((previous.ordinal + 1) % kOrdinals);
  link->skip = previous.next_skip();
  link->since_start = self.started
                          ? std::uint8_t{0}
                          : static_cast<std::uint8_t>(std::min(previous.since_start + 1u, 255u));
  if (previous.skip_block_follows()) {
    make_skip_block(view, previous, link->skip, self, &link->skip_block);
  }
}

}  // namespace kvstore::log
