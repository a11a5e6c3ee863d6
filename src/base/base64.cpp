#include "src/base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace kvstore {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 64;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

}  // namespace

void append_base64(std::string_view bytes, std::string* out) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      *out += j <= group.size() ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
    }
  }
}

std::optional<std::string> parse_base64(std::string_view digits) {
  if (digits.size() % 4 != 0) return {};
  const std::size_t padding = digits.ends_with("==") ? 2 : digits.ends_with('=') ? 1 : 0;
  std::string bytes;
  bytes.reserve(digits.size() / 4 * 3);
  for (std::size_t i = 0; i < digits.size(); i += 4) {
    const std::size_t missing = i + 4 == digits.size() ? padding : 0;
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::uint8_t value =
          j < 4 - missing ? kValues[static_cast<unsigned char>(digits[i + j])] : 0;
      if (value == kNoDigit) return {};
      bits = bits << 6 | value;
    }
    if ((bits & ((1u << 8 * missing) - 1)) != 0) return {};  // else it is ambiguous
    for (std::size_t j = 0; j < 3 - missing; ++j) bytes += static_cast<char>(bits >> (16 - 8 * j));
  }
  return bytes;
}

}  // namespace kvstore
