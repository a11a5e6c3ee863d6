// A record: 48-byte header, extensions, key, value, padding to 8 bytes, and for
// a value above 1 KiB a table with one CRC a block. Layout: docs/FORMAT.md.
//
// A record is valid if and only if
//   1. it lies whole inside the file, at a multiple of 8;
//   2. header_crc is the CRC of header, extensions and key, seeded with the file
//      and the offset;
//   3. its kind, flags and extensions are known, or not critical;
//   4. body_crc is the CRC of value and padding; above 1 KiB of the table, and
//      each block's CRC is the one in the table.
// 1 to 3 are the head's validity, 4 the body's. They are checked separately, so
// that a key whose value is damaged is still known.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "src/base/coding.h"
#include "src/log/codec.h"
#include "src/log/format.h"
#include "src/log/identity.h"

namespace kvstore::log {

// A decoded head. A view: `at` and what key(), value() return live as long as
// the mapping.
struct Record {
  const std::uint8_t* at = nullptr;
  std::uint64_t offset = 0;
  std::uint32_t body_crc = 0;
  Kind kind{};
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint8_t extension_units = 0;
  std::uint16_t key_size = 0;
  std::uint16_t epoch = 0;
  std::uint32_t value_size = 0;
  std::uint32_t prev_key_hash = 0;
  std::uint64_t seq = 0;
  std::uint64_t time = 0;
  std::uint64_t prev = 0;
  // From the extensions, or what their absence means.
  std::uint8_t ordinal = 0;        // number of this record in its key's chain, modulo 32
  std::uint8_t since_start = 0;    // records since the value's first, 255 for more
  std::uint64_t skip = 0;          // offset of the newest skip block before this record
  std::uint64_t total = 0;         // the value's length after this record
  std::uint64_t expires = 0;       // milliseconds since 1970, 0 for never
  std::uint64_t durable = 0;       // everything before it was on disk, 0 for unsaid
  std::uint64_t batch_length = 0;  // bytes of the whole batch this record opens, or 0
  std::uint32_t batch_count = 0;
  std::uint64_t raw_size = 0;  // kGap: the lost length; kRef: the value's; kExtent: the body's
  Encoding encoding;           // how its bytes are stored, if not as they are
  std::span<const std::uint8_t> skip_block;

  std::string_view key() const {
    return {
        reinterpret_cast<const char*>(at) + kRecordHeaderSize + extension_units * kExtensionUnit,
        key_size};
  }
  const std::uint8_t* value_at() const {
    return at + kRecordHeaderSize + extension_units * kExtensionUnit + key_size;
  }
  // As it is in the file: what a value is read from may be compressed (encoded_value.h).
  std::string_view stored() const {
    return {reinterpret_cast<const char*>(value_at()), value_size};
  }
  bool is_encoded() const { return encoding.codec != Codec::kNone; }
  // Bytes this record adds to its value (or, a gap, has lost of it).
  std::uint64_t length() const {
    if (is_encoded()) [[unlikely]]
      return encoding.raw_size;
    return is_elsewhere() ? raw_size : value_size;
  }
  // Its value is that of other records (log/reference.h).
  bool is_reference() const { return kind == Kind::kRef; }
  // What it adds to its value is not in it: lost, or referred to.
  bool is_elsewhere() const { return kind == Kind::kGap || kind == Kind::kRef; }
  bool has_own_bytes() const { return kind == Kind::kSet || kind == Kind::kAppend; }
  bool starts_chain() const { return (flags & kChainStart) != 0; }
  // Nothing before it is in the value, whether it says so or not.
  bool begins_anew() const {
    return starts_chain() || kind == Kind::kDelete || kind == Kind::kHole;
  }
  // It is a change, with a seq of its own (a batch's records share one); else derived data.
  bool takes_seq() const { return (static_cast<std::uint8_t>(kind) & kCriticalKind) != 0; }
  // It changes all keys: a CLEAR. For prev_key_hash it counts as one of the empty key.
  bool is_of_all() const { return kind == Kind::kClear; }
  bool has_key() const { return takes_seq() && !is_of_all(); }
  std::uint64_t size() const;  // bytes in the file
  std::uint64_t end() const;   // where the next record begins (after an extent's body)
};

// Sizes from their parts.
std::uint64_t record_size(std::size_t extension_units, std::size_t key_size,
                          std::uint64_t value_size);
inline std::uint64_t block_count(std::uint64_t value_size) {
  return value_size > kBlockSize ? (value_size + kBlockSize - 1) / kBlockSize : 0;
}

enum class HeaderCheck : std::uint8_t {
  kValid,
  kZero,     // 48 zero bytes: the end, if zeros reach the end of the file
  kBad,      // not a record of this file at this offset, or a damaged one
  kUnknown,  // valid, but critical parts of it are from a newer format
};

// Decodes and checks the head of the record at `offset`; bytes below `limit`
// exist. *record is whole only for kValid and kUnknown.
HeaderCheck read_header(const std::uint8_t* data, std::uint64_t offset, std::uint64_t limit,
                        const Binding& binding, Record* record);

// A quick look at 48 bytes, before a CRC over what may be 64 KiB of anything: whether
// kind, type and flags are those of some record.
bool is_plausible(const std::uint8_t* at);

// The header_crc that the record at `offset` should have, which is whole but for it.
std::uint32_t head_crc(const std::uint8_t* data, std::uint64_t offset, const Binding& binding);

// The key of a record that nothing vouches for, of which `left` bytes exist; its data() is null
// if it would not fit in.
std::string_view key_unchecked(const std::uint8_t* at, std::uint64_t left);

// The header_crc at `offset`, where kRecordHeaderSize bytes are: 0 until a record is whole.
inline std::uint32_t published_crc(const std::uint8_t* data, std::uint64_t offset) {
  return reinterpret_cast<const std::atomic<std::uint32_t>*>(data + offset)
      ->load(std::memory_order_acquire);
}

// The whole value, as it is stored, against body_crc.
bool body_is_valid(const Record& record, const Binding& binding);
// Only the blocks that hold the stored bytes [begin, end).
bool body_part_is_valid(const Record& record, const Binding& binding, std::uint64_t begin,
                        std::uint64_t end);

// What a record is made from. Extensions are derived from the fields.
struct Draft {
  Kind kind{};
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint16_t epoch = 0;
  std::uint32_t prev_key_hash = 0;
  std::uint64_t seq = 0;
  std::uint64_t time = 0;
  std::uint64_t prev = 0;
  bool chained = false;  // carries CHAIN
  std::uint8_t ordinal = 0;
  std::uint8_t since_start = 0;
  std::uint64_t skip = 0;
  std::uint64_t total = 0;
  std::uint64_t expires = 0;
  std::uint64_t durable = 0;
  std::uint64_t batch_length = 0;
  std::uint32_t batch_count = 0;
  std::uint64_t raw_size = 0;
  Encoding encoding;  // of `value`
  std::span<const std::uint8_t>
      skip_block;  // a multiple of 8 bytes after its 2-byte tag; see skip_block.h
  std::string_view key;
  std::string_view value;

  std::size_t extension_units() const;
  std::uint64_t size() const { return record_size(extension_units(), key.size(), value.size()); }
};

// Builds the record at data + offset, where size() zeroed bytes are; or its value already stands
// in its place, and draft.value is that. Returns its header_crc without storing it:
// publish_header() does, and until then other processes and recovery see no record there.
std::uint32_t build_record(const Draft& draft, const Binding& binding, std::uint8_t* data,
                           std::uint64_t offset);
// Sets the length of the batch that the unpublished record at `offset` opens.
// Returns its new header_crc.
std::uint32_t seal_batch(std::uint8_t* data, std::uint64_t offset, const Binding& binding,
                         std::uint64_t length);
void publish_header(std::uint8_t* data, std::uint64_t offset, std::uint32_t header_crc);

}  // namespace kvstore::log
