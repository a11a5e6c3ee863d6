// The stored form of a compressed value: zstd in blocks, so that reading a few bytes of a large
// value decompresses only one of them.
//
//   raw     |<- 2^shift bytes ->|<- 2^shift ->|<- the rest ->|
//   stored  table | frame 0 | frame 1 | frame 2
//
// The table has the end of each frame as u32, relative to the begin of the table; a value of one
// block has no table. A frame is a zstd frame without its magic number; or, if that is not smaller,
// the raw bytes, which has the size of the block.
//
// Thread rule: pure functions of bytes. Each thread that decodes keeps memory for it: zstd's
// context (about 160 KB), and one block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

struct ZSTD_DDict_s;

namespace kvstore::log {

enum class Codec : std::uint8_t {
  kNone = 0,
  kZstd = 1,
  kZstdDictionary = 2,  // with the file's dictionary (dictionary.h)
};

struct Encoding {
  Codec codec = Codec::kNone;
  std::uint8_t block_shift = 0;
  std::uint32_t raw_size = 0;
  bool operator==(const Encoding&) const = default;
};

inline constexpr std::uint8_t kMinBlockShift = 9;
inline constexpr std::uint8_t kMaxBlockShift = 20;
// Limit for the raw size of a compressed record, which bounds the memory that a forged one can
// cause.
inline constexpr std::uint32_t kMaxRawSize = std::uint32_t{1} << 20;
// The most bytes of values for a byte of the file, because a record takes more than 64 bytes.
inline constexpr std::uint64_t kMostRawOfByte = kMaxRawSize / 64;
// The four bytes that are omitted from each stored frame.
inline constexpr std::size_t kFrameMagicSize = 4;

// The encoding as six bytes of a record's extension.
Encoding load_encoding(const std::uint8_t* at);
void store_encoding(const Encoding& encoding, std::uint8_t* at);
// True for a codec that this program knows, other than kNone, with possible sizes.
bool is_known(const Encoding& encoding);

// The range [begin, end).
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
};

// The positions of the blocks in a value with a known encoding.
class BlockMap {
 public:
  BlockMap(const Encoding& encoding, std::string_view stored)
      : encoding_(encoding), stored_(stored) {}

  std::uint32_t count() const { return ((encoding_.raw_size - 1) >> encoding_.block_shift) + 1; }
  std::uint32_t block_of(std::uint64_t raw_position) const {
    return static_cast<std::uint32_t>(raw_position >> encoding_.block_shift);
  }
  ByteRange raw(std::uint32_t block) const;
  // The stored bytes that locate the frames: verify them before frame() is called.
  ByteRange table() const { return {0, count() > 1 ? 4ull * count() : 0}; }
  // A range of the stored bytes; nullopt: the table is invalid.
  std::optional<ByteRange> frame(std::uint32_t block) const;

 private:
  const Encoding encoding_;
  const std::string_view stored_;
};

// Decodes the frame of a block of `raw_size` bytes to `out`. False: the frame is not valid for such
// a block. Throws std::bad_alloc.
bool decode_frame(std::string_view frame, const ZSTD_DDict_s* dictionary, std::uint64_t raw_size,
                  char* out);
// The same for the bytes [begin, end) of the block only.
bool decode_frame_part(std::string_view frame, const ZSTD_DDict_s* dictionary,
                       std::uint64_t raw_size, std::uint64_t begin, std::uint64_t end, char* out);

}  // namespace kvstore::log
