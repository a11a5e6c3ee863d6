// The constants of the file format, which docs/FORMAT.md describes; the golden files in
// tests/golden tie the two. No constant here may change its meaning.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvstore::log {

inline constexpr std::uint64_t kHeaderPageSize = 4096;
inline constexpr std::uint64_t kSectorSize = 512;
inline constexpr std::size_t kRecordHeaderSize = 48;
inline constexpr std::uint64_t kAlignment = 8;
inline constexpr std::uint64_t kPage = 4096;       // a writer preallocates whole pages
inline constexpr std::uint64_t kBlockSize = 1024;  // of a large value's checksum table
inline constexpr std::uint64_t kMaxOffset = (std::uint64_t{1} << 48) - 1;
inline constexpr std::size_t kMaxExtensionUnits = 255;
inline constexpr std::size_t kExtensionUnit = 8;
inline constexpr unsigned kChainUnits = 2;  // of the extension CHAIN
inline constexpr std::size_t kCrcEnd = 4;   // header_crc covers what is after itself

// A kind, flag or extension tag with the critical bit must be understood; without it, a reader that
// does not know it may skip it.
inline constexpr std::uint8_t kCriticalKind = 0x80;
inline constexpr std::uint8_t kCriticalFlags = 0xF0;
inline constexpr std::uint8_t kCriticalTag = 0x80;

// Bits of the header's masks.
// Incompatible: the log may begin with a base, in which seqs do not rise.
inline constexpr std::uint64_t kFeatureKeyOrder = 1;
// Incompatible: the base may hold compressed values and a dictionary.
inline constexpr std::uint64_t kFeatureCompressed = 2;
// Incompatible: the file is not a database, but an increment.
inline constexpr std::uint64_t kFeatureIncrement = 4;
// Incompatible, in slots: the log has records that refer to other values, or that delete all keys.
// An open that uses the index may not read these records.
inline constexpr std::uint64_t kFeatureReferences = 8;
inline constexpr std::uint64_t kFeatureClears = 16;
inline constexpr std::uint64_t kKnownIncompatible = kFeatureKeyOrder | kFeatureCompressed |
                                                    kFeatureIncrement | kFeatureReferences |
                                                    kFeatureClears;

enum class Kind : std::uint8_t {
  // Derived data: no seq of its own; its loss loses no data.
  kExtent = 0x01,      // a large derived body follows the record (extension RAW: its length)
  kCheckpoint = 0x02,  // the live runs and a copy of the header page
  kDictionary = 0x03,  // dictionary of compressed values; the file's first record
  // Primary data.
  kSet = 0x81,
  kAppend = 0x82,
  kDelete = 0x83,
  kHole = 0x84,       // repair: the key's state is lost from here until the next set
  kGap = 0x85,        // repair: a lost append of known length (extension RAW)
  kZsetBase = 0x86,   // reserved: sorted sets
  kZsetDelta = 0x87,  // reserved: sorted sets
  kClear = 0x88,      // deletes every key whose newest record is older; has no key itself
  kRef = 0x89,        // the value is elsewhere in the log (log/reference.h)
  kPrepare = 0x8B,    // reserved: two-phase commit
  kDecide = 0x8C,     // reserved: two-phase commit
  kTerm = 0x8D,       // reserved: replication, a leader's term begins
};

enum Flag : std::uint8_t {
  kBatchMember = 0x01,  // member of a batch; the first member has extension BATCH
  kAfterBatch = 0x02,   // the record before this one is the last of a batch
  kWrittenOut = 0x04,   // has, with others of its seq, the bytes that a REF named
  kAfterAll = 0x40,     // the record before this one is a CLEAR, which concerns every key
  kChainStart = 0x80,   // the value begins with this record
};
inline constexpr std::uint8_t kKnownCriticalFlags = kChainStart | kAfterAll;

enum class Tag : std::uint8_t {
  kDurable = 0x03,    // 1 unit: u48 D; everything before D was on disk when this was written
  kSkipBlock = 0x06,  // n units: a skip block (log/skip_block.h)
  kChain = 0x81,      // 2 units: u8 ordinal, u8 since_start, u48 skip offset, u48 total
  kExpires = 0x82,    // 1 unit: u48 milliseconds since 1970
  kBatch = 0x84,      // 2 units: u48 length in bytes, u32 count, u32 zero
  kEncoded = 0x87,    // 1 unit: u8 codec, u8 block shift, u32 raw size
  kRaw = 0x85,        // 2 units: u48 size, eight zeros
};

inline constexpr std::size_t kSlotEpochs = 46;  // the number of newest epochs that a slot lists

inline constexpr std::size_t kReferencePiece = 24;  // bytes for each target in a REF

inline constexpr unsigned kFanOut = 32;  // records per skip block, and skip blocks per level

}  // namespace kvstore::log
