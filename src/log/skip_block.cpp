#include "src/log/skip_block.h"

#include <algorithm>
#include <bit>

#include "src/base/check.h"
#include "src/base/coding.h"
#include "src/log/record.h"

namespace kvstore::log {
namespace {

constexpr std::size_t kNumberSize = 6;
constexpr std::size_t kLevelHeadSize = 7;
constexpr std::uint8_t kEmptyLevel = 0xFF;
constexpr unsigned kMaxCount = SkipEntries::kMax;
constexpr unsigned kMaxWidth = 7;

unsigned width_of(std::uint64_t number) {
  return std::max(1u, (static_cast<unsigned>(std::bit_width(number)) + 7) / 8);
}

std::uint64_t get_number(const std::uint8_t* column, unsigned i, unsigned width) {
  const std::uint8_t* at = column + std::size_t{i} * width;
  switch (width) {  // each case is one or two loads
    case 1:
      return *at;
    case 2:
      return load_le<std::uint16_t>(at);
    case 3:
      return load_le<std::uint16_t>(at) | std::uint64_t{at[2]} << 16;
    case 4:
      return load_le<std::uint32_t>(at);
    case 5:
      return load_le<std::uint32_t>(at) | std::uint64_t{at[4]} << 32;
    case 6:
      return load_le48(at);
    default:
      return load_le48(at) | std::uint64_t{at[6]} << 48;
  }
}

constexpr std::uint64_t kMaxBack = (std::uint64_t{1} << 8 * kMaxWidth) - 1;

// Whether a skip block of `self` can list the entry. Within one value totals only grow, and no
// store reaches seqs above 56 bits; a chain that contradicts this is damaged or forged, and is not
// listed further.
bool can_list(const SkipEntry& entry, const SkipEntry& self, bool other_value) {
  return entry.offset < self.offset && entry.seq <= self.seq && self.seq - entry.seq <= kMaxBack &&
         (other_value || entry.total <= self.total);
}

// The number of leading entries that can be listed.
std::size_t listable(const SkipEntries& entries, const SkipEntry& self, bool other_value) {
  std::size_t count = 0;
  for (const SkipEntry& entry : entries) {
    if (!can_list(entry, self, other_value)) break;
    other_value |= entry.started;
    ++count;
  }
  return count;
}

// The differences of one level to the skip block's own record.
struct Columns {
  unsigned count = 0;
  std::uint32_t started = 0;
  // The OR of all differences in a column: its highest bit is that of the largest.
  std::uint64_t any_offset = 0, any_seq = 0, any_total = 0;
  std::uint64_t offsets[kMaxCount], seqs[kMaxCount], totals[kMaxCount];

  unsigned offset_width() const { return width_of(any_offset); }
  unsigned seq_width() const { return width_of(any_seq); }
  unsigned total_width() const { return width_of(any_total); }
  std::size_t size() const {
    return kLevelHeadSize + count * std::size_t{offset_width() + seq_width() + total_width()};
  }
};

void take_columns(const SkipEntries& entries, std::size_t count, const SkipEntry& self,
                  bool other_value, Columns* columns) {
  columns->count = static_cast<unsigned>(count);
  columns->started = 0;
  columns->any_offset = columns->any_seq = columns->any_total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const SkipEntry& entry = entries[i];
    columns->offsets[i] = (self.offset - entry.offset) / kAlignment;
    columns->seqs[i] = self.seq - entry.seq;
    columns->totals[i] = other_value ? 0 : self.total - entry.total;
    columns->any_offset |= columns->offsets[i];
    columns->any_seq |= columns->seqs[i];
    columns->any_total |= columns->totals[i];
    if (entry.started) columns->started |= std::uint32_t{1} << i;
    other_value |= entry.started;
  }
}

void put_level(const Columns& columns, SkipBytes* out) {
  const unsigned offset_width = columns.offset_width(), seq_width = columns.seq_width();
  const unsigned total_width = columns.total_width();
  KV_CHECK(offset_width <= kMaxWidth && seq_width <= kMaxWidth && total_width <= kMaxWidth);
  out->put_number(columns.count, 1);
  out->put_number(offset_width | seq_width << 4, 1);
  out->put_number(total_width, 1);
  out->put_number(columns.started, 4);
  for (unsigned i = 0; i < columns.count; ++i) out->put_number(columns.offsets[i], offset_width);
  for (unsigned i = 0; i < columns.count; ++i) out->put_number(columns.seqs[i], seq_width);
  for (unsigned i = 0; i < columns.count; ++i) out->put_number(columns.totals[i], total_width);
}

std::size_t padded(std::size_t size) {  // with the tag's two bytes, in whole units
  return round_up(size + 2, kExtensionUnit) - 2;
}

}  // namespace

void SkipEntries::push_front(const SkipEntry& entry) {
  size_ = std::min(size_ + 1, kMax);
  for (std::size_t i = size_ - 1; i > 0; --i) entries_[i] = entries_[i - 1];
  entries_[0] = entry;
}

void SkipBytes::put_number(std::uint64_t number, unsigned width) {
  KV_CHECK(size_ + width <= kMax);
  for (unsigned i = 0; i < width; ++i) {
    bytes_[size_++] = static_cast<std::uint8_t>(number >> 8 * i);
  }
}

void SkipBytes::pad() {
  const std::size_t size = padded(size_);
  while (size_ < size) bytes_[size_++] = 0;
}

void encode_skip_block(const SkipBlock& skip_block, const SkipEntry& self, SkipBytes* out,
                       std::size_t max_size) {
  out->put_number(skip_block.number, kNumberSize);
  bool other_value = self.started;
  Columns columns;
  for (std::size_t i = 0; i < skip_block.level_count; ++i) {
    const SkipEntries& entries = skip_block.levels[i];
    const std::size_t all = listable(entries, self, other_value);
    std::size_t count = all;
    // If it is full: as much of the newer part as fits, and nothing older.
    for (;; --count) {
      take_columns(entries, count, self, other_value, &columns);
      const std::size_t size = count > 0 ? columns.size() : 1;
      if (padded(out->bytes().size() + size) <= max_size) break;
      if (count == 0) return out->pad();
    }
    if (count == 0 && !entries.empty()) break;
    if (count == 0) {
      out->put_number(kEmptyLevel, 1);
      continue;
    }
    put_level(columns, out);
    if (count < entries.size()) break;
    for (const SkipEntry& entry : entries) other_value |= entry.started;
  }
  out->pad();
}

bool SkipLevel::parse(const std::uint8_t* at, const std::uint8_t* end, const std::uint8_t** next) {
  *this = SkipLevel{};
  if (at == end || *at == 0) return false;
  if (*at == kEmptyLevel) {
    *next = at + 1;
    return true;
  }
  const auto left = static_cast<std::size_t>(end - at);
  if (left < kLevelHeadSize || *at > kMaxCount) return false;
  offset_width_ = at[1] & 15u;
  seq_width_ = at[1] >> 4;
  total_width_ = at[2];
  const unsigned widths[] = {offset_width_, seq_width_, total_width_};
  for (const unsigned width : widths) {
    if (width == 0 || width > kMaxWidth) return false;
  }
  if (left < kLevelHeadSize + *at * std::size_t{offset_width_ + seq_width_ + total_width_}) {
    return false;
  }
  count_ = *at;
  started_ = load_le<std::uint32_t>(at + 3);
  offsets_ = at + kLevelHeadSize;
  seqs_ = offsets_ + std::size_t{count_} * offset_width_;
  totals_ = seqs_ + std::size_t{count_} * seq_width_;
  *next = totals_ + std::size_t{count_} * total_width_;
  return true;
}

unsigned SkipLevel::same_value_count() const {
  if (started_ == 0) return count_;
  return std::min(count_, static_cast<unsigned>(std::countr_zero(started_)) + 1);
}

std::uint64_t SkipLevel::offset_back(unsigned i) const {
  return get_number(offsets_, i, offset_width_) * kAlignment;
}
std::uint64_t SkipLevel::seq_back(unsigned i) const { return get_number(seqs_, i, seq_width_); }
std::uint64_t SkipLevel::total_back(unsigned i) const {
  return get_number(totals_, i, total_width_);
}

SkipBlockReader::SkipBlockReader(const Record& carrier)
    : at_(carrier.skip_block.data()), end_(at_ + carrier.skip_block.size()) {
  if (carrier.skip_block.size() < kNumberSize) {
    at_ = end_;
    return;
  }
  number_ = load_le48(at_);
  at_ += kNumberSize;
}

bool SkipBlockReader::next(SkipLevel* level) { return level->parse(at_, end_, &at_); }

bool decode_skip_block(const Record& carrier, SkipBlock* skip_block) {
  if (carrier.skip_block.empty()) return false;
  SkipBlockReader reader(carrier);
  skip_block->number = reader.number();
  skip_block->level_count = 0;
  SkipLevel level;
  while (reader.next(&level)) {
    if (skip_block->level_count == SkipBlock::kMaxLevels) return false;
    SkipEntries& entries = skip_block->levels[skip_block->level_count++];
    entries = SkipEntries();
    for (unsigned i = 0; i < level.count(); ++i) {
      if (level.offset_back(i) >= carrier.offset || level.seq_back(i) > carrier.seq) return false;
      const std::uint64_t total_back = std::min(level.total_back(i), carrier.total);
      entries.push_back({carrier.offset - level.offset_back(i), carrier.seq - level.seq_back(i),
                         carrier.total - total_back, level.started(i)});
    }
  }
  return true;
}

}  // namespace kvstore::log
