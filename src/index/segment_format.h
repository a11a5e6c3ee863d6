// The bytes of a segment: the body of one EXTENT record (docs/FORMAT.md, "EXTENT: a segment of an
// index run"). Constants, and code shared by the builder and the readers.
//
//   header | blocks | sparse index | gap to 64 bytes of the file | directory | gap
//
// Each piece has its own checksum. Its seed consists of the file, the body's offset, the kind of
// the piece and, except for the header, the segment's content; so a piece of another file, another
// offset, or an earlier segment at the same offset is never valid. No checksum is 0, so zeros are
// never valid either: neither a hole, nor a page that the device could not read.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/log/identity.h"

namespace kvstore::index {

struct SegmentFormat {
  static constexpr std::uint32_t kVersion = 1;
  static constexpr std::size_t kHeaderSize = 128;

  static constexpr std::size_t kBlockHeadSize = 16;
  static constexpr std::size_t kBlockSize = 4096;  // limit, unless the block has one entry only
  static constexpr std::size_t kMaxBlockSize = kBlockHeadSize + 1 + 3 + 65535 + 6;
  static constexpr std::size_t kShort = 15;  // smaller sizes of keys take half a byte
  static constexpr unsigned kRestartEvery = 16;
  static constexpr unsigned kMaxWordWidth = 6;

  static constexpr std::size_t kBucketSize = 64;
  static constexpr unsigned kSlots = 10;
  static constexpr std::size_t kSlotSize = 6;
  static constexpr unsigned kSlotBits = 48;
  static constexpr unsigned kBucketCheckAt = 60;
  // The fill of new directories. At 7 of 10 a look-up without a match reads 1.3 buckets on average,
  // at 8 of 10 it reads 1.9; and most look-ups in one of several runs have no match.
  static constexpr unsigned kKeysPerBucket = 7;

  static constexpr std::size_t kSparseHeadSize = 8;

  // Limit for a record's offset, which has 48 bits in the log, too.
  static constexpr std::uint64_t kMaxOffset = (std::uint64_t{1} << 48) - 8;
};

// The CRC of a piece, with 0 replaced by 1.
inline std::uint32_t segment_check(std::uint32_t seed, const void* bytes, std::size_t size) {
  const std::uint32_t crc = crc32c(seed, bytes, size);
  return crc != 0 ? crc : 1;
}

// The seeds of the checksums of all pieces.
class SegmentSeeds {
 public:
  // `content` is SegmentHeader::content.
  SegmentSeeds(const log::Binding& binding, std::uint64_t at, std::uint32_t content)
      : blocks_(seed(binding, at, kBlocks, content)),
        sparse_(seed(binding, at, kSparse, content)),
        directory_(seed(binding, at, kDirectory, content)) {}

  static std::uint32_t header(const log::Binding& binding, std::uint64_t at) {
    return seed(binding, at, kHeader, 0);
  }
  std::uint32_t block(std::uint32_t number) const { return blocks_ ^ number; }
  std::uint32_t sparse() const { return sparse_; }
  std::uint32_t bucket(std::uint32_t number) const { return directory_ ^ number; }

 private:
  enum Part : std::uint32_t { kHeader, kBlocks, kSparse, kDirectory };
  static std::uint32_t seed(const log::Binding& binding, std::uint64_t at, Part part,
                            std::uint32_t content) {
    std::uint8_t bytes[16];
    store_le(bytes, at);
    store_le(bytes + 8, static_cast<std::uint32_t>(part));
    store_le(bytes + 12, content);
    return crc32c(binding.file_crc(), bytes, sizeof bytes);
  }

  std::uint32_t blocks_, sparse_, directory_;
};

// Positions are relative to the body's begin.
struct SegmentHeader {
  std::uint64_t size = 0;  // size of the body, a multiple of 8
  std::uint64_t hash_seed = 0;
  std::uint64_t keys = 0;
  std::uint64_t base = 0;     // lowest offset of a record
  std::uint64_t span = 0;     // distance from the lowest to the highest offset
  std::uint32_t content = 0;  // CRC of the blocks' bytes without their checksums
  std::uint32_t blocks = 0;
  std::uint32_t blocks_end = 0;  // begin of the sparse index; blocks begin after the header
  std::uint32_t sparse_end = 0;
  std::uint32_t directory = 0;
  std::uint32_t buckets = 0;

  void store(std::uint8_t* to, const log::Binding& binding, std::uint64_t at) const;
  // Parses kHeaderSize bytes. nullopt if they are invalid, have another version, or contain
  // impossible positions: whatever the bytes are, all parts of the result lie in the body, in
  // order.
  static std::optional<SegmentHeader> load(const std::uint8_t* from, const log::Binding& binding,
                                           std::uint64_t at, std::uint64_t size);

  bool contains(std::uint64_t offset) const { return offset - base <= span; }
};

// How keys are placed in buckets.
class DirectoryShape {
 public:
  explicit DirectoryShape(const SegmentHeader& header)
      : base_(header.base),
        buckets_(header.buckets),
        offset_bits_(static_cast<unsigned>(std::bit_width(header.span / 8 + 1))) {}

  std::uint32_t buckets() const { return buckets_; }
  // The bucket at which the probe for a key begins: from the hash's upper half.
  std::uint32_t first_bucket(std::uint64_t hash) const {
    return static_cast<std::uint32_t>((hash >> 32) * buckets_ >> 32);
  }
  std::uint32_t next_bucket(std::uint32_t bucket) const {
    return bucket + 1 == buckets_ ? 0 : bucket + 1;
  }
  // The part of the hash in a slot.
  std::uint64_t fingerprint(std::uint64_t hash) const {
    return hash & ((std::uint64_t{1} << (SegmentFormat::kSlotBits - offset_bits_)) - 1);
  }
  std::uint64_t slot(std::uint64_t hash, std::uint64_t offset) const {
    return fingerprint(hash) << offset_bits_ | ((offset - base_) / 8 + 1);
  }
  std::uint64_t fingerprint_of(std::uint64_t slot) const { return slot >> offset_bits_; }
  std::uint64_t offset_of(std::uint64_t slot) const {
    return base_ + ((slot & ((std::uint64_t{1} << offset_bits_) - 1)) - 1) * 8;
  }

 private:
  std::uint64_t base_;
  std::uint32_t buckets_;
  unsigned offset_bits_;
};

// Length of the common prefix of two keys.
std::size_t shared_prefix(const char* a, std::size_t a_size, const char* b, std::size_t b_size);

}  // namespace kvstore::index
