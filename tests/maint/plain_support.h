// Records of the older formats, as the old programs wrote them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore::maint::testing {

inline std::string u32le(std::uint64_t number) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(number >> (8 * i));
  return bytes;
}
inline std::string u64be(std::uint64_t number) {
  std::string bytes;
  for (int i = 7; i >= 0; --i) bytes += static_cast<char>(number >> (8 * i));
  return bytes;
}
inline std::string plain32(std::string_view key, std::string_view value) {
  return u32le(key.size()) + std::string(key) + u32le(value.size()) + std::string(value);
}
inline std::string plain64(std::string_view key, std::string_view value) {
  return u64be(key.size()) + u64be(value.size()) + std::string(key) + std::string(value);
}

}  // namespace kvstore::maint::testing
