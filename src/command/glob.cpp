#include "src/command/glob.h"

#include <algorithm>
#include <cstddef>

namespace kvstore::command {
namespace {

constexpr auto npos = std::string_view::npos;

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

// Matches one set, `pattern[at]` being after its '['; moves `at` after its ']'.
// As in Redis, a set that is never closed ends with the pattern.
bool match_set(std::string_view pattern, std::size_t* at, char c) {
  const bool negated = *at < pattern.size() && pattern[*at] == '^';
  if (negated) ++*at;
  bool found = false;
  while (*at < pattern.size() && pattern[*at] != ']') {
    if (pattern[*at] == '\\' && *at + 1 < pattern.size()) {
      found |= pattern[*at + 1] == c;
      *at += 2;
    } else if (*at + 2 < pattern.size() && pattern[*at + 1] == '-') {
      const unsigned char from = byte(pattern[*at]);
      const unsigned char to = byte(pattern[*at + 2]);
      found |= std::min(from, to) <= byte(c) && byte(c) <= std::max(from, to);
      *at += 3;
    } else {
      found |= pattern[*at] == c;
      ++*at;
    }
  }
  if (*at < pattern.size()) ++*at;
  return found != negated;
}

// Matches one character of `text` against the pattern at `at` (not a '*') and
// moves `at` after what it was matched with.
bool match_one(std::string_view pattern, std::size_t* at, char c) {
  const char p = pattern[(*at)++];
  if (p == '?') return true;
  if (p == '[') return match_set(pattern, at, c);
  if (p == '\\' && *at < pattern.size()) return pattern[(*at)++] == c;
  return p == c;
}

}  // namespace

// Only the last '*' need ever be tried again, one character further: whatever an
// earlier one could take instead, the last one can take too.
bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = npos;  // after the last '*' seen
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
    } else if (p < pattern.size() && match_one(pattern, &p, text[t])) {
      ++t;
    } else if (star != npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string glob_prefix(std::string_view pattern) {
  std::string prefix;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*' || c == '?' || c == '[') break;
    if (c == '\\' && i + 1 < pattern.size()) ++i;
    prefix += pattern[i];
  }
  return prefix;
}

}  // namespace kvstore::command
