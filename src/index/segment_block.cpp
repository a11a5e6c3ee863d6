#include "src/index/segment_block.h"

#include <algorithm>
#include <cstring>

namespace kvstore::index {

using F = SegmentFormat;

namespace {

// Bytes that may be read after a block's copy, and written after decoded keys: so that short keys
// are moved by whole registers.
constexpr std::size_t kSlack = 32;

// Adds the varint at *at, which is advanced, to a size. False: it extends beyond `end`, or is not a
// valid size.
bool add_beyond(const std::uint8_t** at, const std::uint8_t* end, std::size_t* size) {
  if (*size < F::kShort) return true;
  for (unsigned shift = 0; shift <= 14 && *at < end; shift += 7) {
    const std::uint8_t byte = *(*at)++;
    *size += std::size_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Parses the two sizes before a key's bytes; usually half a byte each.
inline bool get_sizes(const std::uint8_t** at, const std::uint8_t* end, std::size_t* shared,
                      std::size_t* unshared) {
  if (*at >= end) return false;
  const std::uint8_t both = *(*at)++;
  *shared = both & 15;
  *unshared = both >> 4;
  if (*shared < F::kShort && *unshared < F::kShort) [[likely]]
    return true;
  return add_beyond(at, end, shared) && add_beyond(at, end, unshared);
}

using Bytes16 [[gnu::vector_size(16)]] = unsigned char;

// At kFirstBytes + 16 - n: a mask of the first n of 16 bytes.
constexpr std::uint8_t kFirstBytes[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                          255, 255, 255, 255, 255, 255, 255, 255};

inline Bytes16 load16(const std::uint8_t* from) {
  Bytes16 bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// Keeps the first bytes of the last key separately: bytes that were just stored in two pieces
// cannot be loaded as one before both stores have completed.
class KeyJoiner {
 public:
  explicit KeyJoiner(const std::uint8_t* keys) : previous_(keys) {}
  // Builds a key at `to` from the prefix of the previous one and its own bytes. Both have slack,
  // and 16 bytes before them.
  void join(std::uint8_t* to, std::size_t shared, const std::uint8_t* own, std::size_t unshared) {
    if (shared + unshared <= sizeof(Bytes16)) [[likely]] {
      const Bytes16 is_shared = load16(kFirstBytes + sizeof(Bytes16) - shared);
      start_ = (start_ & is_shared) | (load16(own - shared) & ~is_shared);
      std::memcpy(to, &start_, sizeof start_);
    } else {
      std::memcpy(to, previous_, shared);
      std::memcpy(to + shared, own, unshared);
      std::memcpy(&start_, to, sizeof start_);
    }
    previous_ = to;
  }

 private:
  const std::uint8_t* previous_;
  Bytes16 start_ = {};
};

}  // namespace

unsigned DecodedEntries::lower_bound(std::string_view wanted) const {
  unsigned begin = 0, end = count_;
  while (begin < end) {
    const unsigned middle = (begin + end) / 2;
    if (key(middle) < wanted) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

bool SegmentBlock::load(const std::uint8_t* bytes, std::size_t size, std::uint32_t seed,
                        const SegmentHeader& segment) {
  entries_ = 0;
  std::uint8_t* const copy = memory_.reserve(std::max(size, F::kBlockSize) + kSlack);
  std::memcpy(copy, bytes, size);
  std::memset(copy + size, 0, kSlack);
  bytes_ = copy;
  if (load_le<std::uint32_t>(copy) != segment_check(seed, copy + 4, size - 4)) return false;
  base_ = load_le<std::uint64_t>(copy + 8);
  if (!segment.contains(base_) || base_ % 8 != 0) return false;
  max_back_ = (segment.base + segment.span - base_) / 8;
  if (parse(size)) return true;
  entries_ = 0;
  return false;
}

bool SegmentBlock::parse(std::size_t size) {
  entries_ = load_le<std::uint16_t>(bytes_ + 4);
  width_ = load_le<std::uint16_t>(bytes_ + 6);
  if (entries_ == 0 || width_ == 0 || width_ > F::kMaxWordWidth) return false;
  if (size > F::kBlockSize && entries_ != 1) return false;
  const std::size_t tail =
      std::size_t{entries_} * width_ + (restarts() - 1) * sizeof(std::uint16_t);
  // Each key takes at least one byte for its sizes.
  if (size < F::kBlockHeadSize + entries_ + tail) return false;
  words_at_ = size - tail;
  restarts_at_ = words_at_ + std::size_t{entries_} * width_;
  return restarts_are_valid();
}

std::size_t SegmentBlock::restart_position(unsigned restart) const {
  if (restart == 0) return F::kBlockHeadSize;
  return load_le<std::uint16_t>(bytes_ + restarts_at_ + (restart - 1) * sizeof(std::uint16_t));
}

std::size_t SegmentBlock::end_of(unsigned restart) const {
  return restart + 1 < restarts() ? restart_position(restart + 1) : words_at_;
}

// They ascend, and a whole key is at each.
bool SegmentBlock::restarts_are_valid() const {
  std::size_t begin = F::kBlockHeadSize;
  for (unsigned restart = 0; restart < restarts(); ++restart) {
    const std::size_t end = end_of(restart);
    if (begin >= end || end > words_at_) return false;
    const std::uint8_t* at = bytes_ + begin;
    std::size_t shared, unshared;
    if (!get_sizes(&at, bytes_ + end, &shared, &unshared) || shared != 0) return false;
    if (unshared > static_cast<std::size_t>(bytes_ + end - at)) return false;
    begin = end;
  }
  return true;
}

std::string_view SegmentBlock::restart_key(unsigned restart) const {
  const std::uint8_t* at = bytes_ + restart_position(restart);
  std::size_t shared = 0, unshared = 0;
  get_sizes(&at, bytes_ + words_at_, &shared, &unshared);  // load() has verified them
  return {reinterpret_cast<const char*>(at), unshared};
}

unsigned SegmentBlock::restart_of(std::string_view key) const {
  unsigned begin = 0, end = restarts();
  while (end - begin > 1) {
    const unsigned middle = (begin + end) / 2;
    (restart_key(middle) <= key ? begin : end) = middle;
  }
  return begin;
}

bool SegmentBlock::decode(unsigned restart, DecodedEntries* decoded) const {
  decoded->count_ = 0;
  if (!decode_keys(restart, decoded) || !decode_words(restart, decoded)) return false;
  decoded->count_ = std::min(F::kRestartEvery, entries_ - restart * F::kRestartEvery);
  return true;
}

bool SegmentBlock::decode_keys(unsigned restart, DecodedEntries* decoded) const {
  const unsigned count = std::min(F::kRestartEvery, entries_ - restart * F::kRestartEvery);
  const std::uint8_t* at = bytes_ + restart_position(restart);
  const std::uint8_t* const end = bytes_ + end_of(restart);
  // No key is longer than all bytes from the restart on.
  std::uint8_t* const keys =
      decoded->memory_.reserve(static_cast<std::size_t>(end - at) * count + kSlack);
  KeyJoiner joiner(keys);
  std::uint32_t previous = 0, size = 0;
  for (unsigned i = 0; i < count; ++i) {
    std::size_t shared, unshared;
    if (!get_sizes(&at, end, &shared, &unshared)) return false;
    if (shared > size || unshared > static_cast<std::size_t>(end - at)) return false;
    const std::uint32_t begin = previous + size;
    joiner.join(keys + begin, shared, at, unshared);
    at += unshared;
    previous = begin;
    size = static_cast<std::uint32_t>(shared + unshared);
    decoded->begins_[i] = begin;
  }
  decoded->begins_[count] = previous + size;
  decoded->keys_ = keys;
  return at == end;
}

bool SegmentBlock::decode_words(unsigned restart, DecodedEntries* decoded) const {
  const unsigned first = restart * F::kRestartEvery;
  const unsigned count = std::min(F::kRestartEvery, entries_ - first);
  const std::uint64_t mask = (std::uint64_t{1} << 8 * width_) - 1;
  const std::uint8_t* at = bytes_ + words_at_ + std::size_t{first} * width_;
  bool valid = true;
  for (unsigned i = 0; i < count; ++i, at += width_) {
    const std::uint64_t word = load_le<std::uint64_t>(at) & mask;
    valid &= word >> 2 <= max_back_;
    decoded->words_[i] = (base_ + (word >> 2) * 8) | (word & 3);
  }
  return valid;
}

}  // namespace kvstore::index
