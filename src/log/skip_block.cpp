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
constexpr unsigned kMaxCount = kFanOut - 1;
constexpr unsigned kMaxWidth = 7;

unsigned width_of(std::uint64_t number) {
  return std::max(1u, (static_cast<unsigned>(std::bit_width(number)) + 7) / 8);
}

void put_number(std::uint64_t number, unsigned width, std::vector<std::uint8_t>* out) {
  for (unsigned i = 0; i < width; ++i) out->push_back(static_cast<std::uint8_t>(number >> 8 * i));
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

// Entries that a skip block of `self` can list. Those of one value have totals that
// only grow, and no store counts its seqs past 56 bits; a chain that says
// otherwise is damaged, or forged, and is not listed further.
bool can_list(const SkipEntry& entry, const SkipEntry& self, bool other_value) {
  return entry.offset < self.offset && entry.seq <= self.seq && self.seq - entry.seq <= kMaxBack &&
         (other_value || entry.total <= self.total);
}

std::vector<SkipEntry> listed(const std::vector<SkipEntry>& entries, const SkipEntry& self,
                              bool other_value) {
  std::vector<SkipEntry> result;
  for (const SkipEntry& entry : entries) {
    if (result.size() == kMaxCount || !can_list(entry, self, other_value)) break;
    other_value |= entry.started;
    result.push_back(entry);
  }
  return result;
}

// The differences of one level to the skip block.
struct Columns {
  std::vector<std::uint64_t> offsets, seqs, totals;
  std::uint32_t started = 0;
};

Columns columns_of(const std::vector<SkipEntry>& entries, const SkipEntry& self,
                   bool* other_value) {
  Columns columns;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const SkipEntry& entry = entries[i];
    KV_CHECK(self.offset > entry.offset && self.seq >= entry.seq);
    KV_CHECK(*other_value || self.total >= entry.total);
    columns.offsets.push_back((self.offset - entry.offset) / kAlignment);
    columns.seqs.push_back(self.seq - entry.seq);
    columns.totals.push_back(*other_value ? 0 : self.total - entry.total);
    if (entry.started) columns.started |= std::uint32_t{1} << i;
    *other_value |= entry.started;
  }
  return columns;
}

unsigned widest(const std::vector<std::uint64_t>& numbers) {
  return width_of(*std::max_element(numbers.begin(), numbers.end()));
}

void put_level(const Columns& columns, std::vector<std::uint8_t>* out) {
  const unsigned offset_width = widest(columns.offsets), seq_width = widest(columns.seqs);
  const unsigned total_width = widest(columns.totals);
  KV_CHECK(offset_width <= kMaxWidth && seq_width <= kMaxWidth && total_width <= kMaxWidth);
  out->push_back(static_cast<std::uint8_t>(columns.offsets.size()));
  out->push_back(static_cast<std::uint8_t>(offset_width | seq_width << 4));
  out->push_back(static_cast<std::uint8_t>(total_width));
  put_number(columns.started, 4, out);
  for (const std::uint64_t number : columns.offsets) put_number(number, offset_width, out);
  for (const std::uint64_t number : columns.seqs) put_number(number, seq_width, out);
  for (const std::uint64_t number : columns.totals) put_number(number, total_width, out);
}

std::size_t padded(std::size_t size) {  // with the tag's two bytes, whole units
  return round_up(size + 2, kExtensionUnit) - 2;
}

}  // namespace

std::vector<std::uint8_t> encode_skip_block(const SkipBlock& skip_block, const SkipEntry& self,
                                            std::size_t max_size) {
  std::vector<std::uint8_t> out;
  put_number(skip_block.number, kNumberSize, &out);
  bool other_value = self.started;
  for (const std::vector<SkipEntry>& level : skip_block.levels) {
    std::vector<SkipEntry> entries = listed(level, self, other_value);
    const bool cut = entries.size() < level.size();
    const std::size_t before = out.size();
    if (entries.empty()) {
      if (cut) break;
      out.push_back(kEmptyLevel);
      continue;
    }
    const bool other_before = other_value;
    put_level(columns_of(entries, self, &other_value), &out);
    if (padded(out.size()) <= max_size) {
      if (cut) break;
      continue;
    }
    // Full: as much of the newer half as fits, and nothing older.
    while (entries.size() > 1 && padded(out.size()) > max_size) {
      entries.pop_back();
      out.resize(before);
      other_value = other_before;
      put_level(columns_of(entries, self, &other_value), &out);
    }
    if (padded(out.size()) > max_size) out.resize(before);
    break;
  }
  out.resize(padded(out.size()));
  return out;
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
  skip_block->levels.clear();
  SkipLevel level;
  while (reader.next(&level)) {
    std::vector<SkipEntry>& entries = skip_block->levels.emplace_back();
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
