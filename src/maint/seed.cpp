#include "src/maint/seed.h"

#include <map>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/log/format.h"
#include "src/log/record.h"

namespace kvstore::maint {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // CRC-32C, reflected

// The CRC register before `size` zero bytes. Each step forward is s >> 1, xor the polynomial if a
// one fell out; the polynomial's top bit is set, so the result's top bit tells whether it did.
std::uint32_t undo_zeros(std::uint32_t state, std::uint64_t size) {
  for (std::uint64_t bit = 0; bit < size * 8; ++bit) {
    const bool fell_out = (state & 0x80000000u) != 0;
    state = fell_out ? (state ^ kPolynomial) << 1 | 1 : state << 1;
  }
  return state;
}

// The seed with which crc32c(seed, bytes, size) == crc.
std::uint32_t solve_seed(const std::uint8_t* bytes, std::uint64_t size, std::uint32_t crc) {
  return undo_zeros(crc ^ crc32c(0, bytes, size), size);
}

struct Shape {
  std::uint64_t header_size = 0;
  std::uint64_t size = 0;
};

// The shape that a header claims, if it is possible.
std::optional<Shape> shape_at(const std::uint8_t* at, std::uint64_t offset, std::uint64_t left) {
  const unsigned kind = at[8], type = at[9], flags = at[10];
  const bool known_kind = (kind >= 0x01 && kind <= 0x03) || (kind >= 0x81 && kind <= 0x85) ||
                          (kind >= 0x88 && kind <= 0x89);
  if (!known_kind || type > 2 || (flags & 0x38) != 0) return std::nullopt;
  if (load_le<std::uint64_t>(at + 24) == 0 || load_le<std::uint64_t>(at + 40) >= offset) {
    return std::nullopt;
  }
  Shape shape;
  const std::uint16_t key_size = load_le<std::uint16_t>(at + 12);
  shape.header_size = log::kRecordHeaderSize + at[11] * log::kExtensionUnit + key_size;
  shape.size = log::record_size(at[11], key_size, load_le<std::uint32_t>(at + 16));
  if (shape.size > left) return std::nullopt;
  return shape;
}

// Whether body_crc is valid, for value and padding, or for the table after them. Neither has a
// seed.
bool body_vouches(const std::uint8_t* at, const Shape& shape) {
  const std::uint32_t value_size = load_le<std::uint32_t>(at + 16);
  const std::uint64_t table = round_up(shape.header_size + value_size, log::kAlignment);
  const std::uint64_t begin = value_size > log::kBlockSize ? table : shape.header_size;
  return crc32c(0, at + begin, shape.size - begin) == load_le<std::uint32_t>(at + 4);
}

// 16 bytes whose CRC is `crc`: twelve zeros, then four computed bytes.
log::Id id_with_crc(std::uint32_t crc) {
  log::Id id{};
  const std::uint32_t before = ~crc32c(0, id.data(), 12);
  store_le(id.data() + 12, before ^ undo_zeros(~crc, 4));
  return id;
}

}  // namespace

std::optional<log::Id> find_file_id(const std::uint8_t* data, std::uint64_t size) {
  const log::Binding zero{log::Id{}};
  const std::uint32_t offset_only = zero.file_crc();
  std::map<std::uint32_t, int> votes;
  std::uint64_t offset = log::kHeaderPageSize;
  while (offset + log::kRecordHeaderSize <= size) {
    const std::uint8_t* at = data + offset;
    const auto shape = shape_at(at, offset, size - offset);
    if (!shape || !body_vouches(at, *shape)) {
      offset += log::kAlignment;
      continue;
    }
    const std::uint32_t seed =
        solve_seed(at + 4, shape->header_size - 4, load_le<std::uint32_t>(at));
    const std::uint32_t file_crc = seed ^ zero.header_seed(offset) ^ offset_only;
    if (++votes[file_crc] == 2) return id_with_crc(file_crc);
    // A single record that fills the file is proved by its place.
    if (offset == log::kHeaderPageSize && offset + shape->size == size)
      return id_with_crc(file_crc);
    offset += shape->size;
  }
  if (votes.size() == 1) return id_with_crc(votes.begin()->first);
  return std::nullopt;
}

}  // namespace kvstore::maint
