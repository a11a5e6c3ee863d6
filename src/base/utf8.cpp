#include "src/base/utf8.h"

#include <algorithm>

#include <utf8proc.h>

namespace kvstore {
CodePoint first_code_point(std::string_view text) {
  // Most text is ASCII, and needs no call.
  if (!text.empty() && static_cast<unsigned char>(text[0]) < 0x80) {
    return {static_cast<unsigned char>(text[0]), 1};
  }
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  utf8proc_int32_t value = 0;
  const auto size = utf8proc_iterate(
      bytes, static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)), &value);
  if (size <= 0) return {};
  return {static_cast<std::uint32_t>(value), static_cast<std::size_t>(size)};
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
  if (point < 0x80) return point >= ' ' && point != 0x7F;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
  const bool control = category == UTF8PROC_CATEGORY_CC;
  const bool separator = category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
  const bool mark = point == 0x061C || point == 0x200E || point == 0x200F;
  const bool bidi = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  return !control && !separator && !mark && !bidi && point != 0xFEFF;
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
