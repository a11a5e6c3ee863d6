#include "src/log/record.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "src/base/check.h"
#include "src/base/crc32c.h"
#include "src/base/prefetch.h"

namespace kvstore::log {
namespace {

bool kind_is_known(std::uint8_t kind) {
  return (kind >= 0x01 && kind <= 0x03) || (kind >= 0x81 && kind <= 0x85) ||
         (kind >= 0x88 && kind <= 0x89);
}

// Judges by the record's head alone.
bool is_whole_reference(const Record& record) {
  return record.starts_chain() && record.raw_size != 0 && record.total == record.raw_size &&
         record.value_size != 0 && record.value_size % kReferencePiece == 0;
}

bool fits_its_kind(const Record& record) {
  if (record.is_of_all()) return record.key_size == 0;
  return !record.is_reference() || is_whole_reference(record);
}

std::uint64_t begin_of_key(const std::uint8_t* at) {
  return kRecordHeaderSize + at[11] * kExtensionUnit;
}
std::uint16_t key_size(const std::uint8_t* at) { return load_le<std::uint16_t>(at + 12); }

void decode_header(const std::uint8_t* at, Record* record) {
  record->body_crc = load_le<std::uint32_t>(at + 4);
  record->kind = static_cast<Kind>(at[8]);
  record->type = at[9];
  record->flags = at[10];
  record->extension_units = at[11];
  record->key_size = key_size(at);
  record->epoch = load_le<std::uint16_t>(at + 14);
  record->value_size = load_le<std::uint32_t>(at + 16);
  record->prev_key_hash = load_le<std::uint32_t>(at + 20);
  record->seq = load_le<std::uint64_t>(at + 24);
  record->time = load_le<std::uint64_t>(at + 32);
  record->prev = load_le<std::uint64_t>(at + 40);
}

// Whether the record may have that encoding, and this program knows it.
bool may_be_encoded(const Record& record) {
  return (record.kind == Kind::kSet || record.kind == Kind::kAppend) && is_known(record.encoding);
}

// False for an unknown critical extension, or a malformed one.
bool decode_extensions(Record* record) {
  record->ordinal = record->since_start = 0;
  record->skip = record->expires = record->durable = 0;
  record->batch_length = record->batch_count = 0;
  record->raw_size = 0;
  record->encoding = {};
  record->skip_block = {};
  bool chained = false;
  const std::uint8_t* at = record->at + kRecordHeaderSize;
  const std::uint8_t* end = at + record->extension_units * kExtensionUnit;
  while (at < end) {
    const std::size_t size = at[1] * kExtensionUnit;
    if (size == 0 || size > static_cast<std::size_t>(end - at)) return false;
    const bool two_units = size == 2 * kExtensionUnit;
    switch (static_cast<Tag>(at[0])) {
      case Tag::kChain:
        if (!two_units) return false;
        chained = true;
        record->ordinal = at[2];
        record->since_start = at[3];
        record->skip = load_le48(at + 4);
        record->total = load_le48(at + 10);
        break;
      case Tag::kExpires:
        record->expires = load_le48(at + 2);
        break;
      case Tag::kDurable:
        record->durable = load_le48(at + 2);
        break;
      case Tag::kBatch:
        if (!two_units) return false;
        record->batch_length = load_le48(at + 2);
        record->batch_count = load_le<std::uint32_t>(at + 8);
        break;
      case Tag::kRaw:
        if (!two_units || at[8] != 0) return false;  // its codec is in another extension now
        record->raw_size = load_le48(at + 2);
        break;
      case Tag::kEncoded:
        record->encoding = load_encoding(at + 2);
        if (!may_be_encoded(*record)) return false;
        break;
      case Tag::kSkipBlock:
        record->skip_block = {at + 2, size - 2};
        break;
      default:
        if (at[0] & kCriticalTag) return false;
    }
    at += size;
  }
  // A first record has no CHAIN: the value's length is what the record adds.
  if (!chained) record->total = record->length();
  return true;
}

// The size of an extent's body, which follows the record.
std::uint64_t body_size(const Record& record) {
  return record.kind == Kind::kExtent ? round_up(record.raw_size, kAlignment) : 0;
}

const std::uint8_t* table_of(const Record& record) {
  const std::uint64_t head =
      kRecordHeaderSize + record.extension_units * kExtensionUnit + record.key_size;
  return record.at + round_up(head + record.value_size, kAlignment);
}

std::uint64_t table_size(std::uint64_t value_size) {
  return round_up(block_count(value_size) * 4, kAlignment);
}

// The last block's CRC also covers the padding between value and table.
std::uint32_t block_crc(const std::uint8_t* value, const std::uint8_t* table, std::uint64_t block,
                        std::uint64_t blocks, std::uint32_t seed) {
  const std::uint8_t* begin = value + block * kBlockSize;
  const std::uint8_t* end = block + 1 == blocks ? table : begin + kBlockSize;
  return crc32c(seed, begin, static_cast<std::size_t>(end - begin));
}

}  // namespace

std::uint64_t record_size(std::size_t extension_units, std::size_t key_size,
                          std::uint64_t value_size) {
  const std::uint64_t head = kRecordHeaderSize + extension_units * kExtensionUnit + key_size;
  return round_up(head + value_size, kAlignment) + table_size(value_size);
}

std::uint64_t Record::size() const { return record_size(extension_units, key_size, value_size); }

std::uint64_t Record::end() const { return offset + size() + body_size(*this); }

HeaderCheck read_header(const std::uint8_t* data, std::uint64_t offset, std::uint64_t limit,
                        const Binding& binding, Record* record) {
  if (offset % kAlignment != 0 || offset > limit || limit - offset < kRecordHeaderSize) {
    return HeaderCheck::kBad;
  }
  const std::uint8_t* at = data + offset;
  record->at = at;
  record->offset = offset;
  prefetch(at + kCacheLine);
  prefetch(at + 2 * kCacheLine);
  const std::uint32_t stored = published_crc(data, offset);
  decode_header(at, record);
  const std::uint64_t header_size =
      kRecordHeaderSize + record->extension_units * kExtensionUnit + record->key_size;
  const std::uint64_t size = record->size();
  if (size > limit - offset) return HeaderCheck::kBad;
  if (crc32c(binding.header_seed(offset), at + kCrcEnd, header_size - kCrcEnd) != stored) {
    static constexpr std::uint8_t kZeros[kRecordHeaderSize] = {};
    return std::memcmp(at, kZeros, sizeof kZeros) == 0 ? HeaderCheck::kZero : HeaderCheck::kBad;
  }
  if (record->prev >= offset && record->prev != 0) return HeaderCheck::kBad;
  const bool understood = decode_extensions(record) && fits_its_kind(*record);
  const auto kind = static_cast<std::uint8_t>(record->kind);
  if (!understood || (record->flags & kCriticalFlags & ~kKnownCriticalFlags) != 0 ||
      (!kind_is_known(kind) && (kind & kCriticalKind) != 0)) {
    return HeaderCheck::kUnknown;
  }
  if (record->raw_size > kMaxOffset || size + body_size(*record) > limit - offset)
    return HeaderCheck::kBad;
  return HeaderCheck::kValid;
}

bool is_plausible(const std::uint8_t* at) {
  const unsigned kind = at[8], type = at[9], flags = at[10];
  const bool known_kind = (kind >= 0x01 && kind <= 0x03) || (kind >= 0x81 && kind <= 0x8C);
  return known_kind && type <= 2 &&
         (flags & ~(kBatchMember | kAfterBatch | kWrittenOut | kAfterAll | kChainStart)) == 0;
}

bool body_is_valid(const Record& record, const Binding& binding) {
  const std::uint8_t* value = record.value_at();
  const std::uint64_t blocks = block_count(record.value_size);
  if (blocks == 0) {
    const std::uint8_t* end = record.at + record.size();
    return crc32c(0, value, static_cast<std::size_t>(end - value)) == record.body_crc;
  }
  const std::uint8_t* table = table_of(record);
  if (crc32c(0, table, table_size(record.value_size)) != record.body_crc) return false;
  return body_part_is_valid(record, binding, 0, record.value_size);
}

bool body_part_is_valid(const Record& record, const Binding& binding, std::uint64_t begin,
                        std::uint64_t end) {
  const std::uint64_t blocks = block_count(record.value_size);
  if (blocks == 0) return body_is_valid(record, binding);
  const std::uint8_t* table = table_of(record);
  const std::uint64_t last = std::min((end + kBlockSize - 1) / kBlockSize, blocks);
  for (std::uint64_t block = begin / kBlockSize; block < last; ++block) {
    const std::uint32_t seed = binding.block_seed(record.offset, record.seq, block);
    if (block_crc(record.value_at(), table, block, blocks, seed) !=
        load_le<std::uint32_t>(table + block * 4)) {
      return false;
    }
  }
  return true;
}

std::size_t Draft::extension_units() const {
  return (chained ? 2 : 0) + (expires ? 1 : 0) + (durable ? 1 : 0) + (batch_count ? 2 : 0) +
         (raw_size ? 2 : 0) + (encoding.codec != Codec::kNone ? 1 : 0) +
         (skip_block.empty() ? 0 : (skip_block.size() + 2) / kExtensionUnit);
}

namespace {

std::uint8_t* put_tag(std::uint8_t* at, Tag tag, std::size_t units) {
  at[0] = static_cast<std::uint8_t>(tag);
  at[1] = static_cast<std::uint8_t>(units);
  return at + 2;
}

std::uint8_t* put_u48(std::uint8_t* at, Tag tag, std::size_t units, std::uint64_t number) {
  KV_CHECK(number <= kMaxOffset);
  store_le48(put_tag(at, tag, units), number);
  return at + units * kExtensionUnit;
}

void put_extensions(const Draft& draft, std::uint8_t* at) {
  if (draft.chained) {
    KV_CHECK(draft.total <= kMaxOffset);
    put_tag(at, Tag::kChain, kChainUnits);
    at[2] = draft.ordinal;
    at[3] = draft.since_start;
    store_le48(at + 4, draft.skip);
    store_le48(at + 10, draft.total);
    at += 16;
  }
  if (draft.expires) at = put_u48(at, Tag::kExpires, 1, draft.expires);
  if (draft.durable) at = put_u48(at, Tag::kDurable, 1, draft.durable);
  if (draft.batch_count) {
    store_le(at + 8, draft.batch_count);
    at = put_u48(at, Tag::kBatch, 2, draft.batch_length);
  }
  if (draft.raw_size) at = put_u48(at, Tag::kRaw, 2, draft.raw_size);
  if (draft.encoding.codec != Codec::kNone) {
    store_encoding(draft.encoding, put_tag(at, Tag::kEncoded, 1));
    at += kExtensionUnit;
  }
  if (!draft.skip_block.empty()) {
    put_tag(at, Tag::kSkipBlock, (draft.skip_block.size() + 2) / kExtensionUnit);
    std::memcpy(at + 2, draft.skip_block.data(), draft.skip_block.size());
  }
}

std::uint32_t put_body(const Draft& draft, const Binding& binding, std::uint64_t offset,
                       std::uint8_t* value, std::uint64_t padded_size) {
  const bool is_there =
      draft.value.empty() || value == static_cast<const void*>(draft.value.data());
  if (!is_there) std::memcpy(value, draft.value.data(), draft.value.size());
  const std::uint64_t blocks = block_count(draft.value.size());
  if (blocks == 0) return crc32c(0, value, padded_size);
  std::uint8_t* table = value + padded_size;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    const std::uint32_t seed = binding.block_seed(offset, draft.seq, block);
    store_le(table + block * 4, block_crc(value, table, block, blocks, seed));
  }
  return crc32c(0, table, table_size(draft.value.size()));
}

}  // namespace

std::uint32_t build_record(const Draft& draft, const Binding& binding, std::uint8_t* data,
                           std::uint64_t offset) {
  const std::size_t units = draft.extension_units();
  KV_CHECK(offset % kAlignment == 0 && offset <= kMaxOffset && units <= kMaxExtensionUnits);
  KV_CHECK(draft.key.size() <= UINT16_MAX && draft.value.size() <= UINT32_MAX);
  std::uint8_t* at = data + offset;
  // In words, as the CRC is going to load them: what was stored in smaller pieces cannot be loaded
  // in one before it has reached the cache.
  store_le(at + 8, static_cast<std::uint64_t>(draft.kind) | std::uint64_t{draft.type} << 8 |
                       std::uint64_t{draft.flags} << 16 | std::uint64_t{units} << 24 |
                       std::uint64_t{draft.key.size()} << 32 | std::uint64_t{draft.epoch} << 48);
  store_le(at + 16, draft.value.size() | std::uint64_t{draft.prev_key_hash} << 32);
  store_le(at + 24, draft.seq);
  store_le(at + 32, draft.time);
  store_le(at + 40, draft.prev);
  put_extensions(draft, at + kRecordHeaderSize);
  std::uint8_t* key = at + kRecordHeaderSize + units * kExtensionUnit;
  if (!draft.key.empty()) std::memcpy(key, draft.key.data(), draft.key.size());
  std::uint8_t* value = key + draft.key.size();
  const std::uint64_t header_size = static_cast<std::uint64_t>(value - at);
  const std::uint64_t padded = round_up(header_size + draft.value.size(), kAlignment) - header_size;
  store_le(at + 4, put_body(draft, binding, offset, value, padded));
  return crc32c(binding.header_seed(offset), at + kCrcEnd, header_size - kCrcEnd);
}

std::uint32_t seal_batch(std::uint8_t* data, std::uint64_t offset, const Binding& binding,
                         std::uint64_t length) {
  std::uint8_t* at = data + offset;
  std::uint8_t* extension = at + kRecordHeaderSize;
  while (extension[0] != static_cast<std::uint8_t>(Tag::kBatch)) {
    extension += extension[1] * kExtensionUnit;
  }
  store_le48(extension + 2, length);
  return head_crc(data, offset, binding);
}

std::uint32_t head_crc(const std::uint8_t* data, std::uint64_t offset, const Binding& binding) {
  const std::uint8_t* const at = data + offset;
  const std::uint64_t size = begin_of_key(at) + key_size(at);
  return crc32c(binding.header_seed(offset), at + kCrcEnd, size - kCrcEnd);
}

std::string_view key_unchecked(const std::uint8_t* at, std::uint64_t left) {
  if (left < kRecordHeaderSize) return {};
  const std::uint64_t begin = begin_of_key(at);
  const std::size_t size = key_size(at);
  if (begin + size > left) return {};
  return {reinterpret_cast<const char*>(at) + begin, size};
}

void publish_header(std::uint8_t* data, std::uint64_t offset, std::uint32_t header_crc) {
  reinterpret_cast<std::atomic<std::uint32_t>*>(data + offset)
      ->store(header_crc, std::memory_order_release);
}

}  // namespace kvstore::log
