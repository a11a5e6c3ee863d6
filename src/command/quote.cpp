#include "src/command/quote.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/core.h>

#include "src/base/quote.h"
#include "src/base/utf8.h"

namespace kvstore::command {

namespace {

// Whether the character looks like a blank or is invisible, but is not a blank in the grammar.
bool looks_blank(std::uint32_t value) {
  return value == 0xA0 || value == 0xAD || value == 0x1680 ||
         (value >= 0x2000 && value <= 0x200B) || value == 0x202F || value == 0x205F ||
         value == 0x2060 || value == 0x3000;
}

std::string name_odd_blanks(std::string text) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = first_code_point(std::string_view(text).substr(at));
    if (point.size != 0 && looks_blank(point.value)) {
      out.append(text, copied, at - copied);
      out += fmt::format("<U+{:04X}>", point.value);
      copied = at + point.size;
    }
    at += std::max<std::size_t>(point.size, 1);
  }
  if (copied == 0) return text;
  return out.append(text, copied, text.npos);
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(text, {}, &out);
  return name_odd_blanks(std::move(out));
}

std::string quote(std::string_view text, std::size_t max_size) {
  const std::string shown = escape_controls(utf8_prefix(text, max_size));
  return fmt::format("'{}{}'", shown, text.size() > max_size ? "..." : "");
}

}  // namespace kvstore::command
