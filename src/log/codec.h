// How a record's value is stored where it is compressed: by zstd, in blocks, so that reading a few
// bytes of a large value decompresses one of them.
//
//   raw     |<- 2^shift bytes ->|<- 2^shift ->|<- the rest ->|
//   stored  table | frame 0 | frame 1 | frame 2
//
// The table has the end of each frame, u32, counted from its own beginning; a value of one block
// has no table. A frame is zstd's without its magic number, or, where that is not smaller, the raw
// bytes: as many as the block has.
//
// Thread rule: pure functions of bytes. Each thread that decodes keeps some memory for it: zstd's
// context (about 160 KB), and a block.
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
// Of a record that is compressed, so that what a lying one makes of memory has a bound.
inline constexpr std::uint32_t kMaxRawSize = std::uint32_t{1} << 20;
// Bytes of values that a byte of file can hold: a record takes more than 64.
inline constexpr std::uint64_t kMostRawOfByte = kMaxRawSize / 64;
// The four bytes that a frame is stored without.
inline constexpr std::size_t kFrameMagicSize = 4;

// Six bytes of a record's extension.
Encoding load_encoding(const std::uint8_t* at);
void store_encoding(const Encoding& encoding, std::uint8_t* at);
// Not kNone, of a codec that this program knows, and of sizes that can be.
bool is_known(const Encoding& encoding);

// Bytes [begin, end).
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
};

// Where the blocks of a value of known encoding are.
class BlockMap {
 public:
  BlockMap(const Encoding& encoding, std::string_view stored)
      : encoding_(encoding), stored_(stored) {}

  std::uint32_t count() const { return ((encoding_.raw_size - 1) >> encoding_.block_shift) + 1; }
  std::uint32_t block_of(std::uint64_t raw_position) const {
    return static_cast<std::uint32_t>(raw_position >> encoding_.block_shift);
  }
  ByteRange raw(std::uint32_t block) const;
  // The stored bytes that say where frames are: to be checked before frame() is asked.
  ByteRange table() const { return {0, count() > 1 ? 4ull * count() : 0}; }
  // Of the stored bytes; nullopt: they are not where the table says.
  std::optional<ByteRange> frame(std::uint32_t block) const;

 private:
  const Encoding encoding_;
  const std::string_view stored_;
};

// Decodes a frame of a block of `raw_size` bytes into `out`. False: it is none of such a block.
// Throws std::bad_alloc.
bool decode_frame(std::string_view frame, const ZSTD_DDict_s* dictionary, std::uint64_t raw_size,
                  char* out);
// The same, of the block's bytes only those in [begin, end).
bool decode_frame_part(std::string_view frame, const ZSTD_DDict_s* dictionary,
                       std::uint64_t raw_size, std::uint64_t begin, std::uint64_t end, char* out);

}  // namespace kvstore::log
