#include "repl/quote.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/base/utf8.h"

namespace kvstore::repl {
namespace {

bool all_printable(std::string_view bytes, Newlines newlines) {
  while (!bytes.empty()) {
    const CodePoint point = first_code_point(bytes);
    if (point.size == 0) return false;
    const bool layout =
        newlines == Newlines::kShown && (point.value == '\n' || point.value == '\t');
    if (!layout && !is_printable(point.value)) return false;
    bytes.remove_prefix(point.size);
  }
  return true;
}

// What the shell itself would print of something else than this text.
bool is_like_an_answer(std::string_view bytes) {
  if (bytes.size() > 1 && bytes.front() == '"' && bytes.back() == '"') return true;
  for (const std::string_view answer :
       {"(nil)", "(empty array)", "(integer) ", "(double) ", "(error) "}) {
    const bool is_whole = answer.back() == ')';
    if (is_whole ? bytes == answer : bytes.starts_with(answer)) return true;
  }
  return false;
}

}  // namespace

bool is_plain(std::string_view bytes, Newlines newlines) {
  if (bytes.empty() || bytes == "OK") return false;
  // Among others on a line, or for a program, the first character has to tell.
  const char first = bytes.front();
  const bool may_mislead = first == '"' || first == '\'' || first == '(';
  const bool misleads = newlines == Newlines::kShown ? is_like_an_answer(bytes) : may_mislead;
  return !misleads && all_printable(bytes, newlines);
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

void escape_unprintable(std::size_t begin, std::string* json) {
  const std::string_view given = std::string_view(*json).substr(begin);
  if (std::all_of(given.begin(), given.end(), [](char c) { return c >= ' ' && c < 0x7F; })) return;
  std::string out;
  for (std::string_view rest = given; !rest.empty();) {
    const CodePoint point = first_code_point(rest);
    const std::size_t size = std::max<std::size_t>(point.size, 1);
    if (point.size == 0 || is_printable(point.value)) {
      out += rest.substr(0, size);
    } else {
      out += fmt::format("\\u{:04x}", point.value);  // none of them is above U+FFFF
    }
    rest.remove_prefix(size);
  }
  json->replace(begin, std::string::npos, out);
}

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(text, {.controls = Controls::kHex, .kept = "\n\t"}, &out);
  return out;
}

}  // namespace kvstore::repl
