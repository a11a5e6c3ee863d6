#include "repl/quote.h"

#include <algorithm>

#include "repl/utf8.h"

namespace kvstore::repl {
namespace {

bool all_printable(std::string_view bytes, Newlines newlines) {
  while (!bytes.empty()) {
    const CodePoint point = first_code_point(bytes);
    if (point.size == 0) return false;
    const bool layout = newlines == Newlines::kShown && (point.value == '\n' || point.value == '\t');
    if (!layout && !is_printable(point.value)) return false;
    bytes.remove_prefix(point.size);
  }
  return true;
}

void append_hex_escape(char byte, std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  *out += "\\x";
  *out += kDigits[static_cast<unsigned char>(byte) >> 4];
  *out += kDigits[static_cast<unsigned char>(byte) & 15];
}

void append_escape(char byte, std::string* out) {
  switch (byte) {
    case '\n': *out += "\\n"; return;
    case '\r': *out += "\\r"; return;
    case '\t': *out += "\\t"; return;
    case '\\': *out += "\\\\"; return;
    case '"': *out += "\\\""; return;
    default: append_hex_escape(byte, out);
  }
}

}  // namespace

bool is_plain(std::string_view bytes, Newlines newlines) {
  if (bytes.empty() || bytes == "OK") return false;
  if (bytes.front() == '"' || bytes.front() == '\'' || bytes.front() == '(') return false;
  return all_printable(bytes, newlines);
}

void append_quoted(std::string_view bytes, std::string* out) {
  *out += '"';
  while (!bytes.empty()) {
    const CodePoint point = first_code_point(bytes);
    const std::size_t size = std::max<std::size_t>(point.size, 1);
    const bool escaped = point.size == 0 || !is_printable(point.value) || point.value == '"' ||
                         point.value == '\\';
    if (escaped) {
      for (const char byte : bytes.substr(0, size)) append_escape(byte, out);
    } else {
      out->append(bytes, 0, size);
    }
    bytes.remove_prefix(size);
  }
  *out += '"';
}

void append_word(std::string_view bytes, std::string* out) {
  const bool bare = !bytes.empty() && bytes.front() != '"' && bytes.front() != '\'' &&
                    bytes.front() != '#' && !bytes.starts_with("<<") &&
                    bytes.find(' ') == bytes.npos && all_printable(bytes, Newlines::kQuoted);
  if (bare) {
    *out += bytes;
  } else {
    append_quoted(bytes, out);
  }
}

void append_shown(std::string_view bytes, Newlines newlines, std::string* out) {
  if (is_plain(bytes, newlines)) {
    *out += bytes;
  } else {
    append_quoted(bytes, out);
  }
}

std::string harmless(std::string_view text) {
  if (all_printable(text, Newlines::kShown)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    const std::size_t size = std::max<std::size_t>(point.size, 1);
    if (all_printable(text.substr(0, size), Newlines::kShown)) {
      out.append(text, 0, size);
    } else {
      for (const char byte : text.substr(0, size)) append_hex_escape(byte, &out);
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace kvstore::repl
