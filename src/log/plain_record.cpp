#include "src/log/plain_record.h"

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/base/short_bytes.h"
#include "src/log/record.h"

namespace kvstore::log {
namespace {

struct Plain {
  const std::uint8_t* extension;  // CHAIN's, if there is one
  unsigned units;
  std::string_view key, value;
};

// `head`: a header's bytes 8 to 15: kind, type, flags, extension units, key size, epoch.
bool may_be_plain(std::uint64_t head, Kind kind) {
  constexpr std::uint64_t unknown_flags = kCriticalFlags & ~kKnownCriticalFlags;
  constexpr std::uint64_t mask = 0xFF | unknown_flags << 16;
  const unsigned units = static_cast<std::uint8_t>(head >> 24);
  return (head & mask) == static_cast<std::uint64_t>(kind) && (units == 0 || units == kChainUnits);
}

bool is_chain(const std::uint8_t* extension) {
  return extension[0] == static_cast<std::uint8_t>(Tag::kChain) && extension[1] == kChainUnits;
}
std::uint64_t total_of(const std::uint8_t* chain) { return load_le48(chain + 10); }

// The plain record of that kind at `offset`, if one is there: by rules 1 to 3, but for the total.
[[gnu::always_inline]] inline bool read_plain(const View& view, std::uint64_t offset, Kind kind,
                                              Plain* plain) {
  const std::uint8_t* const at = view.data + offset;
  const std::uint64_t left = offset < view.limit ? view.limit - offset : 0;
  if (offset % kAlignment != 0 || left < kRecordHeaderSize) return false;
  const std::uint32_t header_crc = published_crc(view.data, offset);
  const auto head = load_le<std::uint64_t>(at + 8);
  if (!may_be_plain(head, kind)) return false;
  const unsigned units = static_cast<std::uint8_t>(head >> 24);
  const std::size_t key_size = static_cast<std::uint16_t>(head >> 32);
  const auto value_size = load_le<std::uint32_t>(at + 16);
  const std::size_t key_at = kRecordHeaderSize + units * kExtensionUnit;
  const std::size_t value_at = key_at + key_size;
  const std::size_t size = round_up(value_at + value_size, kAlignment);
  if (value_size > kBlockSize || size > left) return false;

  Crc32cStep of_head{view.binding->header_seed(offset), at + kCrcEnd, value_at - kCrcEnd};
  Crc32cStep of_body{0, at + value_at, size - value_at};
  crc32c_both(&of_head, &of_body);
  if (of_head.crc != header_crc || of_body.crc != load_le<std::uint32_t>(at + 4)) return false;
  const auto epoch = static_cast<std::uint16_t>(head >> 48);
  if (view.validity && !view.validity->holds(offset, epoch)) return false;
  if (load_le<std::uint64_t>(at + 40) >= offset) return false;
  if (units != 0 && !is_chain(at + kRecordHeaderSize)) return false;
  const char* const bytes = reinterpret_cast<const char*>(at);
  *plain = {
      at + kRecordHeaderSize, units, {bytes + key_at, key_size}, {bytes + value_at, value_size}};
  return true;
}

}  // namespace

std::optional<std::string_view> plain_value(const View& view, std::uint64_t offset,
                                            std::string_view key) {
  Plain plain;
  if (!read_plain(view, offset, Kind::kSet, &plain)) return std::nullopt;
  const bool is_all = plain.units == 0 || total_of(plain.extension) == plain.value.size();
  const bool is_its =
      plain.key.size() == key.size() && equal_short(plain.key.data(), key.data(), key.size());
  return is_all && is_its ? std::optional(plain.value) : std::nullopt;
}

std::optional<PlainAppend> plain_append(const View& view, std::uint64_t offset) {
  Plain plain;
  if (!read_plain(view, offset, Kind::kAppend, &plain) || plain.units == 0) return std::nullopt;
  const std::uint8_t* const at = view.data + offset;
  if ((at[10] & kChainStart) != 0) return std::nullopt;
  return PlainAppend{plain.value, total_of(plain.extension), load_le<std::uint64_t>(at + 40)};
}

}  // namespace kvstore::log
