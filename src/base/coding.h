// Little-endian fixed-width integers, the only form of numbers in files. Structs are never written
// directly.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace kvstore {

static_assert(std::endian::native == std::endian::little,
              "the coding functions copy bytes as they are; add a swap for this machine");

template <class Integer>
inline Integer load_le(const void* from) {
  Integer value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class Integer>
inline void store_le(void* to, Integer value) {
  std::memcpy(to, &value, sizeof value);
}

// 48-bit unsigned: file offsets, lengths and milliseconds in extensions.
inline std::uint64_t load_le48(const void* from) {
  return load_le<std::uint32_t>(from) |
         (std::uint64_t{load_le<std::uint16_t>(static_cast<const char*>(from) + 4)} << 32);
}

inline void store_le48(void* to, std::uint64_t value) {
  store_le(to, static_cast<std::uint32_t>(value));
  store_le(static_cast<char*>(to) + 4, static_cast<std::uint16_t>(value >> 32));
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace kvstore
