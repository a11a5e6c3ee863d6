// The constants of the file format. docs/FORMAT.md is the description; the
// golden files in tests/golden tie the two. Nothing here may change meaning.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvstore::log {

inline constexpr std::uint64_t kHeaderPageSize = 4096;
inline constexpr std::uint64_t kSectorSize = 512;
inline constexpr std::size_t kRecordHeaderSize = 48;
inline constexpr std::uint64_t kAlignment = 8;
inline constexpr std::uint64_t kPage = 4096;       // a writer preallocates whole ones
inline constexpr std::uint64_t kBlockSize = 1024;  // of a large value's checksum table
inline constexpr std::uint64_t kMaxOffset = (std::uint64_t{1} << 48) - 1;
inline constexpr std::size_t kMaxExtensionUnits = 255;
inline constexpr std::size_t kExtensionUnit = 8;

// A kind, flag or extension tag with the critical bit set must be understood;
// without it, a reader that does not know it may pass over it.
inline constexpr std::uint8_t kCriticalKind = 0x80;
inline constexpr std::uint8_t kCriticalFlags = 0xF0;
inline constexpr std::uint8_t kCriticalTag = 0x80;

// Bits of the header's masks.
// Incompatible: the log may begin with a base, in which seqs do not rise.
inline constexpr std::uint64_t kFeatureKeyOrder = 1;
// Incompatible: the base may hold compressed values, and a dictionary for them.
inline constexpr std::uint64_t kFeatureCompressed = 2;
// Incompatible: no database, but what is to be added to the copy of one.
inline constexpr std::uint64_t kFeatureIncrement = 4;
// Incompatible, in slots: the log has records that refer to values elsewhere, or that remove all
// keys. Who opens a file by its index would not come by them.
inline constexpr std::uint64_t kFeatureReferences = 8;
inline constexpr std::uint64_t kFeatureClears = 16;
inline constexpr std::uint64_t kKnownIncompatible = kFeatureKeyOrder | kFeatureCompressed |
                                                    kFeatureIncrement | kFeatureReferences |
                                                    kFeatureClears;

enum class Kind : std::uint8_t {
  // Derived data: consume no seq, may be lost without loss.
  kExtent = 0x01,      // a large derived body follows the record (extension RAW: its length)
  kCheckpoint = 0x02,  // the live runs and a copy of the header page
  kDictionary = 0x03,  // what some of the values are compressed with; the file's first record
  // The truth.
  kSet = 0x81,
  kAppend = 0x82,
  kDelete = 0x83,
  kHole = 0x84,       // repair: the key's state is lost from here until it is set anew
  kGap = 0x85,        // repair: a lost append of known length (extension RAW)
  kZsetBase = 0x86,   // reserved: sorted sets
  kZsetDelta = 0x87,  // reserved: sorted sets
  kClear = 0x88,      // every key whose newest record is older is gone; it has no key itself
  kRef = 0x89,        // the value is one that stands elsewhere in the log (log/reference.h)
  kPrepare = 0x8B,    // reserved: two-phase commit
  kDecide = 0x8C,     // reserved: two-phase commit
  kTerm = 0x8D,       // reserved: replication, a leader's term begins
};

enum Flag : std::uint8_t {
  kBatchMember = 0x01,  // part of a batch; the first member carries extension BATCH
  kAfterBatch = 0x02,   // the record before this one is a batch's last
  kWrittenOut = 0x04,   // it, or with others of its seq, has the bytes that a REF named
  kAfterAll = 0x40,     // the record before this one is a CLEAR: it concerns every key
  kChainStart = 0x80,   // the value starts anew with this record
};
inline constexpr std::uint8_t kKnownCriticalFlags = kChainStart | kAfterAll;

enum class Tag : std::uint8_t {
  kDurable = 0x03,    // 1 unit: u48 D, all before it was on disk when this was written
  kSkipBlock = 0x06,  // n units: a skip block (log/skip_block.h)
  kChain = 0x81,      // 2 units: u8 ordinal, u8 since_start, u48 skip offset, u48 total
  kExpires = 0x82,    // 1 unit: u48 milliseconds since 1970
  kBatch = 0x84,      // 2 units: u48 length in bytes, u32 count, u32 zero
  kEncoded = 0x87,    // 1 unit: u8 codec, u8 block shift, u32 raw size
  kRaw = 0x85,        // 2 units: u48 size, eight zeros
};

inline constexpr std::size_t kSlotEpochs = 46;  // the newest epochs that a slot lists

inline constexpr std::size_t kReferencePiece = 24;  // bytes of a REF that name a target

inline constexpr unsigned kFanOut = 32;  // records to a skip block, skip blocks to a level

}  // namespace kvstore::log
