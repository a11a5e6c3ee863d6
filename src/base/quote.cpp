#include "src/base/quote.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/utf8.h"

namespace kvstore {
namespace {

void append_escape(char byte, Controls controls, std::string* out) {
  if (controls == Controls::kNamed) {
    switch (byte) {
      case '\n': *out += "\\n"; return;
      case '\r': *out += "\\r"; return;
      case '\t': *out += "\\t"; return;
      default: break;
    }
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  *out += "\\x";
  *out += kDigits[static_cast<unsigned char>(byte) >> 4];
  *out += kDigits[static_cast<unsigned char>(byte) & 15];
}

}  // namespace

void append_escaped(std::string_view bytes, const Escapes& escapes, std::string* out) {
  while (!bytes.empty()) {
    const CodePoint point = first_code_point(bytes);
    const std::string_view character = bytes.substr(0, std::max<std::size_t>(point.size, 1));
    const bool shown = point.size != 0 && is_printable(point.value);
    if (shown || escapes.kept.find(character[0]) != escapes.kept.npos) {
      if (escapes.backslashed.find(character[0]) != escapes.backslashed.npos) *out += '\\';
      *out += character;
    } else {
      for (const char byte : character) append_escape(byte, escapes.controls, out);
    }
    bytes.remove_prefix(character.size());
  }
}

void append_quoted(std::string_view bytes, std::string* out, std::size_t max_size,
                   Controls controls) {
  *out += '"';
  append_escaped(utf8_prefix(bytes, max_size), {.controls = controls, .backslashed = "\"\\"}, out);
  *out += '"';
  if (bytes.size() > max_size) *out += fmt::format("... {} bytes", bytes.size());
}

bool is_bare_word(std::string_view bytes) {
  return !bytes.empty() && std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\'' && c != '\\';
  });
}

}  // namespace kvstore
