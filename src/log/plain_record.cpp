#include "src/log/plain_record.h"

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/base/short_bytes.h"
#include "src/log/record.h"

namespace kvstore::log {
namespace {

constexpr std::size_t kCrcEnd = sizeof(std::uint32_t);  // header_crc covers what is after itself
constexpr unsigned kChainUnits = 2;

// Of a header whose bytes 8 to 15 these are: kind, type, flags, extension units, key size, epoch.
bool may_be_plain(std::uint64_t head, std::size_t key_size) {
  constexpr std::uint64_t unknown_flags = kCriticalFlags & ~kKnownCriticalFlags;
  constexpr std::uint64_t mask = 0xFF | unknown_flags << 16 | std::uint64_t{0xFFFF} << 32;
  return (head & mask) == (static_cast<std::uint64_t>(Kind::kSet) | std::uint64_t{key_size} << 32);
}

// Whether the only extension is one that says nothing else than its absence would.
bool is_chain_of_one_value(const std::uint8_t* extension, std::uint32_t value_size) {
  return extension[0] == static_cast<std::uint8_t>(Tag::kChain) && extension[1] == kChainUnits &&
         load_le48(extension + 10) == value_size;
}

}  // namespace

std::optional<std::string_view> plain_value(const View& view, std::uint64_t offset,
                                            std::string_view key) {
  const std::uint8_t* const at = view.data + offset;
  const std::uint64_t left = offset < view.limit ? view.limit - offset : 0;
  if (offset % kAlignment != 0 || left < kRecordHeaderSize) return std::nullopt;
  const std::uint32_t header_crc = published_crc(view.data, offset);
  const auto head = load_le<std::uint64_t>(at + 8);
  if (!may_be_plain(head, key.size())) return std::nullopt;
  const unsigned units = static_cast<std::uint8_t>(head >> 24);
  const auto value_size = load_le<std::uint32_t>(at + 16);
  if ((units != 0 && units != kChainUnits) || value_size > kBlockSize) return std::nullopt;
  const std::size_t head_size = kRecordHeaderSize + units * kExtensionUnit + key.size();
  const std::size_t size = round_up(head_size + value_size, kAlignment);
  if (size > left) return std::nullopt;
  if (units != 0 && !is_chain_of_one_value(at + kRecordHeaderSize, value_size)) return std::nullopt;

  Crc32cStep of_head{view.binding->header_seed(offset), at + kCrcEnd, head_size - kCrcEnd};
  Crc32cStep of_body{0, at + head_size, size - head_size};
  crc32c_both(&of_head, &of_body);
  if (of_head.crc != header_crc || of_body.crc != load_le<std::uint32_t>(at + 4)) {
    return std::nullopt;
  }
  const auto epoch = static_cast<std::uint16_t>(head >> 48);
  const auto prev = load_le<std::uint64_t>(at + 40);
  if ((view.validity && !view.validity->holds(offset, epoch)) || prev >= offset) {
    return std::nullopt;
  }
  const char* const of_key = reinterpret_cast<const char*>(at + head_size - key.size());
  if (!equal_short(of_key, key.data(), key.size())) return std::nullopt;
  return std::string_view(of_key + key.size(), value_size);
}

}  // namespace kvstore::log
