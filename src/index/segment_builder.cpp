#include "src/index/segment_builder.h"

#include <algorithm>
#include <limits>

#include "src/base/check.h"

namespace kvstore::index {

using F = SegmentFormat;

namespace {

// Flags of an Entry that a block stores.
constexpr std::uint64_t kKeptFlags = Entry::kIsDelete | Entry::kExpires;

// Bytes of a word in a block whose records span this distance.
unsigned word_width(std::uint64_t span) {
  return (static_cast<unsigned>(std::bit_width(span / 8)) + 2 + 7) / 8;
}

// Size of a key's size beyond its four bits: from 15 on the rest is in a varint.
std::size_t beyond_size(std::size_t size) {
  if (size < F::kShort) return 0;
  return size - F::kShort < 0x80 ? 1 : size - F::kShort < 0x4000 ? 2 : 3;
}

std::size_t sizes_size(std::size_t shared, std::size_t unshared) {
  return 1 + beyond_size(shared) + beyond_size(unshared);
}

std::uint8_t* put_beyond(std::uint8_t* to, std::size_t size) {
  if (size < F::kShort) return to;
  size -= F::kShort;
  for (; size >= 0x80; size >>= 7) *to++ = static_cast<std::uint8_t>(size | 0x80);
  *to++ = static_cast<std::uint8_t>(size);
  return to;
}

std::uint8_t* put_sizes(std::uint8_t* to, std::size_t shared, std::size_t unshared) {
  *to = static_cast<std::uint8_t>(std::min(shared, F::kShort) | std::min(unshared, F::kShort) << 4);
  return put_beyond(put_beyond(to + 1, shared), unshared);
}

std::size_t shared_prefix(std::string_view a, std::string_view b) {
  return index::shared_prefix(a.data(), a.size(), b.data(), b.size());
}

void put_slot(std::uint8_t* directory, const DirectoryShape& shape, std::uint64_t hash,
              std::uint64_t offset) {
  for (std::uint32_t bucket = shape.first_bucket(hash);; bucket = shape.next_bucket(bucket)) {
    std::uint8_t* const slots = directory + std::size_t{bucket} * F::kBucketSize;
    for (unsigned i = 0; i < F::kSlots; ++i) {
      if (load_le48(slots + i * F::kSlotSize) != 0) continue;
      store_le48(slots + i * F::kSlotSize, shape.slot(hash, offset));
      return;
    }
  }
}

}  // namespace

SegmentBuilder::SegmentBuilder(const log::Binding& binding, std::uint64_t hash_seed)
    : binding_(binding) {
  header_.hash_seed = hash_seed;
}

void SegmentBuilder::clear() {
  const std::uint64_t hash_seed = header_.hash_seed;
  header_ = {};
  header_.hash_seed = hash_seed;
  blocks_.clear();
  positions_.clear();
  separators_.clear();
  separator_bytes_.clear();
  open_.words.clear();
  slots_.clear();
  first_key_.clear();
  last_key_.clear();
}

void SegmentBuilder::add(std::string_view key, std::uint64_t hash, Entry entry) {
  const std::uint64_t offset = entry.offset();
  KV_CHECK(key.size() <= 65535 && offset <= F::kMaxOffset && header_.size == 0);
  if (slots_.empty()) {
    first_key_ = key;
    lowest_ = highest_ = offset;
    begin_block(key, offset);
  } else {
    KV_CHECK(last_key_ < key);
    const std::size_t shared = shared_prefix(last_key_, key);
    if (fits_open_block(shared, key.size(), offset)) {
      put_key(key, shared);
    } else {
      end_block();
      separators_.push_back(static_cast<std::uint16_t>(shared + 1));
      separator_bytes_.append(key, 0, shared + 1);
      begin_block(key, offset);
    }
  }
  open_.words.push_back(entry.word());
  open_.lowest = std::min(open_.lowest, offset);
  open_.highest = std::max(open_.highest, offset);
  lowest_ = std::min(lowest_, offset);
  highest_ = std::max(highest_, offset);
  slots_.push_back({hash, offset});
  last_key_ = key;
}

bool SegmentBuilder::fits_open_block(std::size_t shared, std::size_t key_size,
                                     std::uint64_t offset) const {
  const std::size_t entries = open_.words.size() + 1;
  const bool restart = open_.words.size() % F::kRestartEvery == 0;
  if (restart) shared = 0;
  const std::size_t unshared = key_size - shared;
  const std::uint64_t span = std::max(open_.highest, offset) - std::min(open_.lowest, offset);
  const std::size_t size = blocks_.size() - open_.begin + sizes_size(shared, unshared) + unshared +
                           entries * word_width(span) +
                           (open_.restarts.size() + (restart ? 1 : 0)) * sizeof(std::uint16_t);
  return size <= F::kBlockSize;
}

void SegmentBuilder::begin_block(std::string_view key, std::uint64_t offset) {
  KV_CHECK(blocks_.size() < std::numeric_limits<std::uint32_t>::max() - F::kMaxBlockSize);
  open_.begin = static_cast<std::uint32_t>(blocks_.size());
  open_.lowest = open_.highest = offset;
  open_.words.clear();
  open_.restarts.clear();
  positions_.push_back(open_.begin);
  blocks_.resize(blocks_.size() + F::kBlockHeadSize);
  put_key(key, 0);
}

void SegmentBuilder::put_key(std::string_view key, std::size_t shared) {
  const std::size_t entry = open_.words.size();
  if (entry % F::kRestartEvery == 0) {
    shared = 0;
    if (entry != 0) {
      open_.restarts.push_back(static_cast<std::uint16_t>(blocks_.size() - open_.begin));
    }
  }
  std::uint8_t sizes[7];
  std::uint8_t* const end = put_sizes(sizes, shared, key.size() - shared);
  blocks_.insert(blocks_.end(), sizes, end);
  blocks_.insert(blocks_.end(), key.begin() + static_cast<std::ptrdiff_t>(shared), key.end());
}

void SegmentBuilder::put_words(unsigned width) {
  std::size_t to = blocks_.size();
  blocks_.resize(to + open_.words.size() * width + sizeof(std::uint64_t));
  for (const std::uint64_t word : open_.words) {
    const std::uint64_t relative = ((word & ~Entry::kFlags) - open_.lowest) / 8;
    store_le(blocks_.data() + to, relative << 2 | (word & kKeptFlags));
    to += width;
  }
  blocks_.resize(to);
}

void SegmentBuilder::end_block() {
  const unsigned width = word_width(open_.highest - open_.lowest);
  put_words(width);
  for (const std::uint16_t position : open_.restarts) {
    blocks_.resize(blocks_.size() + sizeof position);
    store_le(blocks_.data() + blocks_.size() - sizeof position, position);
  }
  std::uint8_t* const block = blocks_.data() + open_.begin;
  store_le(block + 4, static_cast<std::uint16_t>(open_.words.size()));
  store_le(block + 6, static_cast<std::uint16_t>(width));
  store_le(block + 8, open_.lowest);
  header_.content = crc32c(header_.content, block + 4, blocks_.size() - open_.begin - 4);
}

std::uint64_t SegmentBuilder::sparse_size(std::size_t common) const {
  const std::size_t blocks = positions_.size();
  return F::kSparseHeadSize + (blocks + 1) * sizeof(std::uint32_t) +
         blocks * sizeof(std::uint16_t) + common + separator_bytes_.size() -
         separators_.size() * common;
}

std::uint64_t SegmentBuilder::estimated_size() const {
  return F::kHeaderSize + blocks_.size() + open_.words.size() * 4 + sparse_size(0) +
         (keys() / F::kKeysPerBucket + 2) * F::kBucketSize;
}

std::uint64_t SegmentBuilder::size() {
  if (header_.size != 0) return header_.size;
  KV_CHECK(keys() != 0);
  end_block();
  common_ = shared_prefix(first_key_, last_key_);
  header_.keys = keys();
  header_.base = lowest_;
  header_.span = highest_ - lowest_;
  header_.blocks = static_cast<std::uint32_t>(positions_.size());
  const std::uint64_t blocks_end = F::kHeaderSize + blocks_.size();
  const std::uint64_t sparse_end = blocks_end + sparse_size(common_);
  const std::uint64_t buckets = keys() / F::kKeysPerBucket + 1;
  // The directory begins up to 56 bytes later, depending on the body's place.
  const std::uint64_t size =
      round_up(sparse_end, 8) + (F::kBucketSize - 8) + buckets * F::kBucketSize;
  KV_CHECK(size <= std::numeric_limits<std::uint32_t>::max());
  header_.blocks_end = static_cast<std::uint32_t>(blocks_end);
  header_.sparse_end = static_cast<std::uint32_t>(sparse_end);
  header_.buckets = static_cast<std::uint32_t>(buckets);
  return header_.size = size;
}

void SegmentBuilder::store(std::uint8_t* to, std::uint64_t at) const {
  KV_CHECK(header_.size != 0 && at % 8 == 0);
  SegmentHeader header = header_;
  header.directory =
      static_cast<std::uint32_t>(round_up(at + header.sparse_end, F::kBucketSize) - at);
  const SegmentSeeds seeds(binding_, at, header.content);
  header.store(to, binding_, at);
  store_blocks(to, seeds);
  store_sparse(to, seeds);
  std::fill(to + header.sparse_end, to + header.size, std::uint8_t{0});
  store_directory(to + header.directory, DirectoryShape(header), seeds);
}

void SegmentBuilder::store_blocks(std::uint8_t* body, const SegmentSeeds& seeds) const {
  std::uint8_t* const to = body + F::kHeaderSize;
  std::copy(blocks_.begin(), blocks_.end(), to);
  for (std::uint32_t i = 0; i < header_.blocks; ++i) {
    const std::size_t begin = positions_[i];
    const std::size_t end = i + 1 < header_.blocks ? positions_[i + 1] : blocks_.size();
    store_le(to + begin, segment_check(seeds.block(i), to + begin + 4, end - begin - 4));
  }
}

void SegmentBuilder::store_sparse(std::uint8_t* body, const SegmentSeeds& seeds) const {
  std::uint8_t* const section = body + header_.blocks_end;
  std::uint8_t* to = section + F::kSparseHeadSize;
  store_le(section + 4, static_cast<std::uint32_t>(common_));
  for (const std::uint32_t position : positions_) {
    store_le(to, static_cast<std::uint32_t>(F::kHeaderSize + position));
    to += sizeof position;
  }
  store_le(to, header_.blocks_end);
  to += sizeof header_.blocks_end;
  store_le(to, std::uint16_t{0});  // the first block needs no separator
  to += sizeof(std::uint16_t);
  for (const std::uint16_t size : separators_) {
    store_le(to, static_cast<std::uint16_t>(size - common_));
    to += sizeof size;
  }
  to = std::copy_n(first_key_.begin(), common_, to);
  const char* separator = separator_bytes_.data();
  for (const std::uint16_t size : separators_) {
    to = std::copy(separator + common_, separator + size, to);
    separator += size;
  }
  KV_CHECK(to == body + header_.sparse_end);
  store_le(section,
           segment_check(seeds.sparse(), section + 4, static_cast<std::size_t>(to - section) - 4));
}

void SegmentBuilder::store_directory(std::uint8_t* directory, const DirectoryShape& shape,
                                     const SegmentSeeds& seeds) const {
  for (const Slot& slot : slots_) put_slot(directory, shape, slot.hash, slot.offset);
  for (std::uint32_t i = 0; i < shape.buckets(); ++i) {
    std::uint8_t* const bucket = directory + std::size_t{i} * F::kBucketSize;
    store_le(bucket + F::kBucketCheckAt, segment_check(seeds.bucket(i), bucket, F::kBucketCheckAt));
  }
}

}  // namespace kvstore::index
