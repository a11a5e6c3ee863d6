#include "src/command/quote.h"

#include <cstdint>
#include <iterator>

#include <fmt/format.h>

namespace kvstore::command {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The length of the printable character `text` begins with: 1 for ASCII, 2 to 4
// for UTF-8 (neither overlong nor a surrogate nor a C1 control), else 0.
std::size_t printable_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  std::uint32_t point = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0xA0, 0x800, 0x10000};
  if (point < kSmallest[size] || point > 0x10FFFF) return 0;
  if (point >= 0xD800 && point <= 0xDFFF) return 0;
  return size;
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t size = printable_size(text);
    if (size > 0) {
      out.append(text, 0, size);
    } else {
      size = 1;
      const char c = text[0];
      if (c == '\n') out += "\\n";
      else if (c == '\r') out += "\\r";
      else if (c == '\t') out += "\\t";
      else fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(size);
  }
  return out;
}

std::string quote(std::string_view text, std::size_t max_size) {
  if (text.size() <= max_size) return fmt::format("'{}'", escape_controls(text));
  // Not in the middle of a character.
  while (max_size > 0 && is_continuation(text[max_size])) --max_size;
  return fmt::format("'{}...'", escape_controls(text.substr(0, max_size)));
}

}  // namespace kvstore::command
