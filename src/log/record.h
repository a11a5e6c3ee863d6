// A record: 48-byte header, extensions, key, value, padding to 8 bytes, and for a value above 1 KiB
// a table with one CRC for each block. Layout: docs/FORMAT.md.
//
// A record is valid if and only if
//   1. it lies entirely inside the file, at a multiple of 8;
//   2. header_crc is the CRC of header, extensions and key, seeded with the file
//      and the offset;
//   3. its kind, flags and extensions are known, or not critical;
//   4. body_crc is the CRC of value and padding; for a value above 1 KiB it is the CRC of the
//     table, and each block's CRC equals the one in the table.
// 1 to 3 concern the head (header, extensions, key), 4 the body. They are checked separately, so
// that a key is known even if its value is damaged.
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

// A decoded head. It is a view: `at` and the results of key() and value() are valid as long as the
// mapping.
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
  // From the extensions, or the default if they are missing.
  std::uint8_t ordinal = 0;        // number of this record in its key's chain, modulo 32
  std::uint8_t since_start = 0;    // records since the value's first; 255: 255 or more
  std::uint64_t skip = 0;          // offset of the newest skip block before this record
  std::uint64_t total = 0;         // the value's length after this record
  std::uint64_t expires = 0;       // milliseconds since 1970; 0: none
  std::uint64_t durable = 0;       // everything before it was on the disk; 0: unknown
  std::uint64_t batch_length = 0;  // bytes of the batch that this record opens, or 0
  std::uint32_t batch_count = 0;
  std::uint64_t raw_size = 0;  // kGap: size lost; kRef: size of the value; kExtent: size of the
                               // body
  Encoding encoding;           // set if the value is compressed
  std::span<const std::uint8_t> skip_block;

  std::string_view key() const {
    return {
        reinterpret_cast<const char*>(at) + kRecordHeaderSize + extension_units * kExtensionUnit,
        key_size};
  }
  const std::uint8_t* value_at() const {
    return at + kRecordHeaderSize + extension_units * kExtensionUnit + key_size;
  }
  // The bytes as stored, possibly compressed (see encoded_value.h for reading values).
  std::string_view stored() const {
    return {reinterpret_cast<const char*>(value_at()), value_size};
  }
  bool is_encoded() const { return encoding.codec != Codec::kNone; }
  // Bytes that this record adds to its value; for a gap, bytes lost.
  std::uint64_t length() const {
    if (is_encoded()) [[unlikely]]
      return encoding.raw_size;
    return is_elsewhere() ? raw_size : value_size;
  }
  // Its value is in other records (log/reference.h).
  bool is_reference() const { return kind == Kind::kRef; }
  // The bytes it adds are not in it: they are lost, or referred to.
  bool is_elsewhere() const { return kind == Kind::kGap || kind == Kind::kRef; }
  bool has_own_bytes() const { return kind == Kind::kSet || kind == Kind::kAppend; }
  bool starts_chain() const { return (flags & kChainStart) != 0; }
  // Nothing before it is part of the value, whether the flag says so or not.
  bool begins_anew() const {
    return starts_chain() || kind == Kind::kDelete || kind == Kind::kHole;
  }
  // A change with a seq (a batch's records share one), not derived data.
  bool takes_seq() const { return (static_cast<std::uint8_t>(kind) & kCriticalKind) != 0; }
  // A change of all keys: a CLEAR. For prev_key_hash it counts as a record of the empty key.
  bool is_of_all() const { return kind == Kind::kClear; }
  bool has_key() const { return takes_seq() && !is_of_all(); }
  std::uint64_t size() const;  // bytes in the file
  std::uint64_t end() const;   // begin of the next record (after an extent's body)
};

// The sizes for given parts.
std::uint64_t record_size(std::size_t extension_units, std::size_t key_size,
                          std::uint64_t value_size);
inline std::uint64_t block_count(std::uint64_t value_size) {
  return value_size > kBlockSize ? (value_size + kBlockSize - 1) / kBlockSize : 0;
}

enum class HeaderCheck : std::uint8_t {
  kValid,
  kZero,     // 48 zero bytes: the end of the log, if zeros follow to the end of the file
  kBad,      // not a record of this file at this offset, or damaged
  kUnknown,  // valid, but with critical parts of a newer format
};

// Decodes and checks the head of the record at `offset`; bytes below `limit` exist. *record is
// complete only for kValid and kUnknown.
HeaderCheck read_header(const std::uint8_t* data, std::uint64_t offset, std::uint64_t limit,
                        const Binding& binding, Record* record);

// A quick check of 48 bytes, before a CRC over up to 64 KiB: whether kind, type and flags are
// possible.
bool is_plausible(const std::uint8_t* at);

// The correct header_crc of the record at `offset`, which must be complete otherwise.
std::uint32_t head_crc(const std::uint8_t* data, std::uint64_t offset, const Binding& binding);

// The key of an unverified record, of which `left` bytes exist; data() is null if the key does not
// fit.
std::string_view key_unchecked(const std::uint8_t* at, std::uint64_t left);

// The header_crc at `offset`, with kRecordHeaderSize bytes: 0 until the record is complete.
inline std::uint32_t published_crc(const std::uint8_t* data, std::uint64_t offset) {
  return reinterpret_cast<const std::atomic<std::uint32_t>*>(data + offset)
      ->load(std::memory_order_acquire);
}

// Checks the whole stored value against body_crc.
bool body_is_valid(const Record& record, const Binding& binding);
// Checks only the blocks with the stored bytes [begin, end).
bool body_part_is_valid(const Record& record, const Binding& binding, std::uint64_t begin,
                        std::uint64_t end);

// The input for building a record. Extensions are derived from the fields.
struct Draft {
  Kind kind{};
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint16_t epoch = 0;
  std::uint32_t prev_key_hash = 0;
  std::uint64_t seq = 0;
  std::uint64_t time = 0;
  std::uint64_t prev = 0;
  bool chained = false;  // has extension CHAIN
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

// Builds the record at data + offset, where size() zeroed bytes are. draft.value may already be in
// its place there. Returns the header_crc without storing it: publish_header() stores it, and until
// then other processes and recovery see no record there.
std::uint32_t build_record(const Draft& draft, const Binding& binding, std::uint8_t* data,
                           std::uint64_t offset);
// Sets the length of the batch that the unpublished record at `offset` opens. Returns its new
// header_crc.
std::uint32_t seal_batch(std::uint8_t* data, std::uint64_t offset, const Binding& binding,
                         std::uint64_t length);
void publish_header(std::uint8_t* data, std::uint64_t offset, std::uint32_t header_crc);

}  // namespace kvstore::log
