#include "src/base/utf8.h"

namespace kvstore {
namespace {

std::size_t sequence_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;  // a continuation byte, or an overlong two-byte form
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

bool is_well_formed(std::uint32_t value, std::size_t size) {
  if (size == 3) return value >= 0x800 && (value < 0xD800 || value > 0xDFFF);
  if (size == 4) return value >= 0x10000 && value <= 0x10FFFF;
  return true;
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = sequence_size(lead);
  if (size == 0 || size > text.size()) return {};
  if (size == 1) return {lead, 1};
  std::uint32_t value = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {};
    value = value << 6 | (byte & 0x3Fu);
  }
  return is_well_formed(value, size) ? CodePoint{value, size} : CodePoint{};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    if (point.size == 0) return false;
    text.remove_prefix(point.size);
  }
  return true;
}

bool is_printable(std::uint32_t point) {
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
  const bool mark = point == 0x061C || point == 0x200E || point == 0x200F;
  const bool bidi = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  const bool separator = point == 0x2028 || point == 0x2029;
  return !mark && !bidi && !separator && point != 0xFEFF;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_size) {
  if (text.size() <= max_size) return text;
  for (std::size_t back = 1; back <= 3 && back <= max_size; ++back) {
    const std::size_t begin = max_size - back;
    if (first_code_point(text.substr(begin)).size > back) return text.substr(0, begin);
  }
  return text.substr(0, max_size);
}

}  // namespace kvstore
