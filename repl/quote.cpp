#include "repl/quote.h"

#include "src/base/quote.h"
#include "src/base/utf8.h"

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

}  // namespace

bool is_plain(std::string_view bytes, Newlines newlines) {
  if (bytes.empty() || bytes == "OK") return false;
  if (bytes.front() == '"' || bytes.front() == '\'' || bytes.front() == '(') return false;
  return all_printable(bytes, newlines);
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
  std::string out;
  out.reserve(text.size());
  append_escaped(text, {.controls = Controls::kHex, .kept = "\n\t"}, &out);
  return out;
}

}  // namespace kvstore::repl
